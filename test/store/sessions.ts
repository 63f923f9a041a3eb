/** Sessions over a store under test, on this machine's clock. */
import { secretKey } from "../../src/jwk/secret-key.ts";
import { createSigner } from "../../src/jwt/signer.ts";
import type { SessionEvent } from "../../src/session/events.ts";
import { createSessions } from "../../src/session/sessions.ts";
import type { Sessions, SessionsOptions } from "../../src/session/types.ts";
import type { SessionStore } from "../../src/store/contract.ts";

const signer = createSigner({
  issuer: "https://auth.test",
  audience: "https://api.test",
  key: secretKey("an HMAC secret of the tests, long enough", { alg: "HS256" }),
  expiresIn: "15m",
});

export const REFRESH_SECRET: Uint8Array = new Uint8Array(32).fill(7);

export function sessionsOver(
  store: SessionStore,
  changes: Partial<SessionsOptions> = {},
): { readonly sessions: Sessions; readonly events: SessionEvent[] } {
  const events: SessionEvent[] = [];
  const sessions = createSessions({
    signer,
    store,
    refreshSecrets: [REFRESH_SECRET],
    idle: "14d",
    absolute: "90d",
    onEvent: (event) => events.push(event),
    ...changes,
  });
  return { sessions, events };
}
