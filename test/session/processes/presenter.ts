/** A process of its own that uses sessions on a shared store, told what to do by messages. Bundled and forked by a fleet. */
import { secretKey } from "../../../src/jwk/secret-key.ts";
import { createSigner } from "../../../src/jwt/signer.ts";
import { createSessions } from "../../../src/session/sessions.ts";
import type { SessionStore } from "../../../src/store/contract.ts";
import { openStore, type Place } from "../../store/real-stores.ts";

export interface Task {
  readonly place: Place;
  readonly secret: string;
  /** Presented all at once, `times` times each. */
  readonly tokens: readonly string[];
  readonly times: number;
  /** Kills this process with SIGKILL between commit and reply. */
  readonly dieAfterCommit?: boolean;
}

export interface Presented {
  /** `rotated`, `replayed`, or the code of the error. */
  readonly outcome: string;
  readonly refreshToken: string | undefined;
}

const key = secretKey("an HMAC secret of the tests, long enough", { alg: "HS256" });

/** Opened at the first task, and kept as an application would. */
const opened = new Map<string, SessionStore>();

process.on("message", async ({ place, secret, tokens, times, dieAfterCommit }: Task) => {
  const name = JSON.stringify(place);
  const store = opened.get(name) ?? openStore(place).store;
  if (!opened.has(name)) await store.migrate();
  opened.set(name, store);
  const sessions = createSessions({
    signer: createSigner({ key, issuer: "https://auth.test", audience: false, expiresIn: "15m" }),
    store: dieAfterCommit === true ? dyingAfterCommit(store) : store,
    refreshSecrets: [secret],
    idle: "14d",
    absolute: "90d",
  });
  const present = async (token: string): Promise<Presented> => {
    try {
      const { outcome, refreshToken } = await sessions.refresh(token);
      return { outcome, refreshToken };
    } catch (error) {
      return { outcome: String((error as { readonly code?: unknown }).code), refreshToken: undefined };
    }
  };
  const all = Array.from({ length: times }, () => tokens).flat();
  process.send?.(await Promise.all(all.map(present)));
});

function dyingAfterCommit(store: SessionStore): SessionStore {
  const rotate: SessionStore["rotate"] = async (command) => {
    await store.rotate(command);
    // What won is told by its hash: the token itself dies with this process.
    process.send?.(command.proposal.secretHash, () => process.kill(process.pid, "SIGKILL"));
    return new Promise(() => {});
  };
  return new Proxy(store, {
    get: (target, member) => {
      if (member === "rotate") return rotate;
      const value: unknown = Reflect.get(target, member);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

process.send?.("ready");
