/** The two Redis clients as one function: run a script on keys of one hash tag, and answer or reject. */
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { configError } from "../options.ts";
import { monotonicMs } from "../time.ts";
import { messageOf, outage } from "./outage.ts";

/** ioredis: a `Redis` (standalone, Sentinel) or a `Cluster`. */
export interface IoRedisClient {
  call(command: string, ...args: string[]): Promise<unknown>;
  duplicate(...args: never[]): unknown;
}

/**
 * node-redis: what `createClient`, `createSentinel`, `createCluster` or `createClientPool` made. `eval` and `evalSha`
 * are the same on all of them; `sendCommand` is not.
 */
export interface NodeRedisClient {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  evalSha(sha1: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  duplicate(...args: never[]): unknown;
}

export type RedisClient = IoRedisClient | NodeRedisClient;

/** A Lua script, and the digest that a server knows it by. */
export interface Script {
  readonly text: string;
  readonly sha1: string;
}

/**
 * Runs a script. All keys are in one hash tag, so that one node of a cluster has them. Rejects where Redis does not answer.
 * @param makeWhole called where a slot that is being moved holds the script up, before it is tried again
 */
export type RunScript = (
  script: Script,
  keys: readonly string[],
  args: readonly string[],
  makeWhole?: () => Promise<void>,
) => Promise<unknown>;

/** A script with its digest. EVALSHA asks for SHA-1, which says which script, and proves nothing. */
export function script(text: string): Script {
  return { text, sha1: createHash("sha1").update(text).digest("hex") };
}

/**
 * How often, and how long apart, an operation is tried while a slot of a cluster is being moved: TRYAGAIN says that
 * some of its keys are still here and some already there. About two seconds in all; then it rejects.
 */
const TRY_AGAIN_MS: readonly number[] = [10, 20, 40, 80, 150, 300, 500, 500, 500];
const TRY_AGAIN_WITHIN_MS = TRY_AGAIN_MS.reduce((sum, ms) => sum + ms, 0);

/** Nothing has run. ioredis follows redirections itself, sixteen of them in about a second, and then says how it ended. */
const SLOT_IS_MOVED = /^(TRYAGAIN\b|Too many Cluster redirections\. Last error: ReplyError: (TRYAGAIN|ASK|MOVED)\b)/;

/** @throws CONFIG for what is no client of ioredis or node-redis */
export function scriptRunner(where: string, client: RedisClient): RunScript {
  const { evaluate, evaluateSha } = commandsOf(where, client);

  async function runOnce(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    try {
      return await evaluateSha(script, keys, args);
    } catch (error) {
      // Unknown there: a new server, a failover, SCRIPT FLUSH. EVAL teaches it again. Nothing has run yet.
      if (!messageOf(error).startsWith("NOSCRIPT")) throw error;
      return await evaluate(script, keys, args);
    }
  }

  return async (script, keys, args, makeWhole) => {
    const fromMs = monotonicMs();
    for (let attempt = 0; ; attempt++) {
      try {
        return await runOnce(script, keys, args);
      } catch (error) {
        const waitMs = TRY_AGAIN_MS[attempt];
        const isOver = waitMs === undefined || monotonicMs() - fromMs > TRY_AGAIN_WITHIN_MS;
        if (isOver || !SLOT_IS_MOVED.test(messageOf(error))) throw outage("Redis", error, args);
        if (attempt === 0) await makeWhole?.();
        await pause(waitMs);
      }
    }
  };
}

interface Commands {
  evaluate(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  evaluateSha(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown>;
}

function commandsOf(where: string, client: RedisClient): Commands {
  const has = (client ?? {}) as Partial<IoRedisClient & NodeRedisClient>;
  if (typeof has.evalSha === "function" && typeof has.eval === "function") {
    const nodeRedis = client as NodeRedisClient;
    return {
      evaluate: (script, keys, args) => nodeRedis.eval(script.text, { keys: [...keys], arguments: [...args] }),
      evaluateSha: (script, keys, args) => nodeRedis.evalSha(script.sha1, { keys: [...keys], arguments: [...args] }),
    };
  }
  if (typeof has.call === "function") {
    const ioRedis = client as IoRedisClient;
    return {
      evaluate: (script, keys, args) => ioRedis.call("EVAL", script.text, String(keys.length), ...keys, ...args),
      evaluateSha: (script, keys, args) => ioRedis.call("EVALSHA", script.sha1, String(keys.length), ...keys, ...args),
    };
  }
  throw configError(where, "pass a client of ioredis or node-redis, not its options or a URL");
}
