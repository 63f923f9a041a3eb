/** Sessions on a clock that tests move, over a store whose calls are counted. */
import type { JsonObject } from "../../src/encoding/json.ts";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { createSigner, type Signer } from "../../src/jwt/signer.ts";
import { createVerifier } from "../../src/jwt/verifier.ts";
import type { SessionEvent } from "../../src/session/events.ts";
import { createSessions } from "../../src/session/sessions.ts";
import type { Sessions, SessionsOptions } from "../../src/session/types.ts";
import type { SessionStore } from "../../src/store/contract.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { type ManualClock, manualClock } from "../../src/testing/index.ts";

export const SECRET = new Uint8Array(32).fill(7);
export const OTHER_SECRET = new Uint8Array(32).fill(8);

const common = { issuer: "https://auth.test", audience: "https://api.test" } as const;
export const key = secretKey("an HMAC secret of the tests, long enough", { alg: "HS256" });

export function createTestSigner(clock: ManualClock): Signer {
  return createSigner({ ...common, key, expiresIn: "15m", clock });
}

/** What a verifier makes of an access token. */
export function claimsOf(clock: ManualClock, accessToken: string): Readonly<Record<string, unknown>> {
  return createVerifier({ ...common, keys: key, clock }).verify(accessToken).claims;
}

export type Calls = Partial<Record<keyof SessionStore, number>>;

/** The same store, with each call counted. */
export function countCalls(store: SessionStore, calls: Calls): SessionStore {
  return new Proxy(store, {
    get: (target, name: keyof SessionStore) => {
      const member: unknown = target[name];
      if (typeof member !== "function") return member;
      return (...given: unknown[]) => {
        calls[name] = (calls[name] ?? 0) + 1;
        return member.apply(target, given) as unknown;
      };
    },
  });
}

export interface Setup<M extends JsonObject> {
  readonly sessions: Sessions<M>;
  readonly clock: ManualClock;
  readonly store: SessionStore;
  readonly calls: Calls;
  readonly events: SessionEvent[];
}

export function setUp<M extends JsonObject = JsonObject>(changes: Partial<SessionsOptions<M>> = {}): Setup<M> {
  const clock = manualClock("2026-05-01T12:00:00Z");
  const store = changes.store ?? memoryStore({ clock });
  const calls: Calls = {};
  const events: SessionEvent[] = [];
  const sessions = createSessions<M>({
    signer: createTestSigner(clock),
    refreshSecrets: [SECRET],
    idle: "14d",
    absolute: "90d",
    clock,
    onEvent: (event) => events.push(event),
    ...changes,
    store: countCalls(store, calls),
  });
  return { sessions, clock, store, calls, events };
}
