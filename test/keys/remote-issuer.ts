/** An issuer behind a JWKS endpoint, and a verifier of its tokens that fetches its keys. */
import type { AsymmetricAlg } from "../../src/jwa/algorithm.ts";
import type { Key } from "../../src/jwk/key.ts";
import {
  type RemoteKeys,
  type RemoteKeysEvent,
  type RemoteKeysOptions,
  remoteKeys,
} from "../../src/jwk/remote-keys.ts";
import { createSigner } from "../../src/jwt/signer.ts";
import { type AsyncVerifier, createVerifier } from "../../src/jwt/verifier.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";

export const issuer = "https://issuer.example";

export interface Remote {
  readonly keys: RemoteKeys;
  readonly events: RemoteKeysEvent[];
  readonly time: ManualClock;
  readonly verifier: AsyncVerifier;
  /** Resolves with the kid that verified, or the code that refused. */
  verify(token: string): Promise<string | undefined>;
  /** Resolves at the next event of this type. */
  next(type: RemoteKeysEvent["type"]): Promise<void>;
}

/** A verifier with a clock that a test moves; every event is kept. */
export function remote(url: string, options: Partial<RemoteKeysOptions> = {}): Remote {
  const time = manualClock();
  const events: RemoteKeysEvent[] = [];
  const waiting = new Map<string, () => void>();
  const keys = remoteKeys(url, {
    algs: ["ES256"],
    allowHttp: true,
    clock: time.clock,
    onEvent: (event) => {
      events.push(event);
      waiting.get(event.type)?.();
    },
    ...options,
  });
  const verifier = createVerifier({ keys, issuer, audience: false, expiry: "optional" });
  return {
    keys,
    events,
    time,
    verifier,
    verify: async (token) => {
      const result = await verifier.safeVerifyAsync(token);
      return result.ok ? result.value.key.kid : result.error.code;
    },
    next: (type) => new Promise((resolve) => waiting.set(type, resolve)),
  };
}

/** A token of the issuer that never expires: these tests are about keys. */
export function tokenOf(key: Key): string {
  return createSigner({ key, issuer, audience: false, expiresIn: false }).sign({ sub: "user_42" });
}

/** A token whose header names any kid and alg; its signature is nobody's. */
export function forged(kid: string, alg: AsymmetricAlg = "ES256"): string {
  const segment = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return [segment({ alg, kid }), segment({ iss: issuer }), Buffer.alloc(64, 1).toString("base64url")].join(".");
}
