/** What a token is worth now, as RFC 7662 §2.2 tells it. */
import { tokenKind } from "../jwt/token-kind.ts";
import type { AsyncVerifier } from "../jwt/verifier.ts";
import { sessionOfClaims, verifiedClaims } from "./presented-token.ts";
import type { Session, Sessions } from "./types.ts";

/** `active: false` and nothing else for every token that is not good, whatever the reason: RFC 7662 §2.2. */
export type Introspection = { readonly active: false } | { readonly active: true; readonly [member: string]: unknown };

export interface IntrospectionSources {
  readonly sessions: Pick<Sessions, "find" | "findByToken">;
  /** Of the access tokens. Its revocation list, if it has one, is heeded. */
  readonly verifier: AsyncVerifier<object>;
}

const INACTIVE: Introspection = /* @__PURE__ */ Object.freeze({ active: false });

/**
 * Whether a token is good now. An access token of a session is good only while the session lives: the question waits for
 * an answer anyhow, so that it is the store's. A token that is bound to a key is active with its `cnf`, which whoever
 * asks must compare (RFC 9449 §6.2). A refresh token is active while a refresh would succeed, and nothing is exchanged.
 * @param token an access token or a refresh token, told apart by shape; anything else is not active
 * @throws STORE_UNAVAILABLE, KEYS_UNAVAILABLE, REVOCATIONS_STALE where it cannot be told
 */
export async function introspectToken(
  token: string,
  { sessions, verifier }: IntrospectionSources,
): Promise<Introspection> {
  if (tokenKind(token) === "refresh-token") {
    const session = await sessions.findByToken(token);
    return session === undefined ? INACTIVE : refreshTokenMembers(session);
  }
  const claims = await verifiedClaims(token, verifier);
  if (claims === undefined) return INACTIVE;
  const sessionId = sessionOfClaims(claims);
  if (sessionId !== undefined && (await sessions.find(sessionId)) === undefined) return INACTIVE;
  // Whoever asks holds the token, and could read its claims without asking; `rv` is between issuer and verifier.
  const { rv: _, ...members } = claims;
  return { ...members, active: true, token_type: Object.hasOwn(claims, "cnf") ? "DPoP" : "Bearer" };
}

/** RFC 7662 §2.2: times in seconds. `token_type` is of access tokens alone (RFC 6749 §7.1). */
function refreshTokenMembers({ subject, sessionId, binding, ...session }: Session): Introspection {
  return {
    active: true,
    sub: subject,
    sid: sessionId,
    iat: seconds(session.lastRefreshedAt),
    exp: seconds(session.idleExpiresAt),
    ...(binding.clientId !== undefined && { client_id: binding.clientId }),
    ...(binding.jkt !== undefined && { cnf: { jkt: binding.jkt } }),
  };
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
