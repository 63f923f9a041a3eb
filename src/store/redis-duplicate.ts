/** A reader's own connection, made from the application's client: opened at the first use, replaced where it fails. */
import { configError } from "../options.ts";
import { withinTime } from "./feed-waiting.ts";
import { messageOf } from "./outage.ts";
import { type RedisClient, type RunScript, scriptRunner } from "./redis-client.ts";

/** What `duplicate()` answers, of either client: more than is asked of the client itself. */
interface Duplicate {
  on(event: "error" | "ready" | "end", listener: () => void): unknown;
  /** ioredis; "wait" where it connects at its first command. */
  readonly status?: string;
  /** node-redis must be told to; ioredis does so by itself, unless it waits. */
  connect?(): Promise<unknown>;
  /** node-redis. */
  destroy?(): unknown;
  /** ioredis. */
  disconnect?(): unknown;
}

export interface OwnConnection {
  /** Rejects where Redis does not answer in time. The next call has a new connection. */
  readonly run: RunScript;
  /** Idempotent. */
  close(): void;
}

/**
 * A client reconnects by itself, but not from everything: a server that stands still, a peer that is gone without a word,
 * a policy that has given up. So a connection that failed once is dropped, and with it what waits there.
 */
export function ownConnection(where: string, client: RedisClient): OwnConnection {
  let current: { readonly duplicate: Duplicate; readonly ready: Promise<RunScript> } | undefined;

  function open(): { readonly duplicate: Duplicate; readonly ready: Promise<RunScript> } {
    const duplicate = client.duplicate() as RedisClient & Duplicate;
    if (typeof duplicate?.on !== "function") throw configError(where, "the client's duplicate() must answer a client");
    // Whoever asks is told. Without a listener, an error would end the process.
    duplicate.on("error", () => {});
    const run = scriptRunner(where, duplicate);
    return { duplicate, ready: connected(duplicate).then(() => run) };
  }

  function drop(): void {
    const dropped = current?.duplicate;
    current = undefined;
    try {
      if (dropped?.destroy !== undefined) dropped.destroy();
      else dropped?.disconnect?.();
    } catch {
      // Closed before.
    }
  }

  return {
    async run(script, keys, args) {
      current ??= open();
      const used = current;
      try {
        return await withinTime(
          "Redis",
          used.ready.then((run) => run(script, keys, args)),
        );
      } catch (error) {
        // Of many that fail together, the first makes room for a new one. What a Cluster says of the keys, it says at once.
        if (used === current && !messageOf(error).includes("CROSSSLOT")) drop();
        throw error;
      }
    },
    close: drop,
  };
}

/**
 * Resolves when commands may be sent. Where the application's client has no offline queue, its duplicate refuses what is
 * sent sooner; and a connection that was refused once is dropped, so that no other would ever get further.
 */
async function connected(duplicate: Duplicate): Promise<void> {
  if (duplicate.status === "ready") return;
  if (duplicate.status === undefined) return void (await duplicate.connect?.());
  await new Promise<void>((resolve, reject) => {
    duplicate.on("ready", resolve);
    duplicate.on("end", () => reject(new Error("the connection has ended")));
    if (duplicate.status === "wait") duplicate.connect?.().catch(reject);
  });
}
