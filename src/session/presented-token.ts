/** An access token that is asked about, not used: its claims while it is good, whomever it is bound to. */
import { isTokenError } from "../errors.ts";
import { DEFAULT_LIMITS } from "../jws/limits.ts";
import { readUnverifiedClaims } from "../jwt/decode.ts";
import type { AsyncVerifier } from "../jwt/verifier.ts";
import { parseSessionId } from "../store/session-id.ts";

export type Claims = Readonly<Record<string, unknown>>;

/**
 * Undefined for a token that is not good, whatever the reason. A bound token counts as proved by its own key: who asks
 * gets no access by the answer. The claims are the token's own, for a verifier's schema may drop `sid` and `cnf`, and a
 * token of an ended session would then look like one of no session.
 * @throws what the verifier throws in an outage, and for a programmer's mistake
 */
export async function verifiedClaims(token: string, verifier: AsyncVerifier<object>): Promise<Claims | undefined> {
  const provenKey = boundKey(token);
  const result = await verifier.safeVerifyAsync(token, provenKey === undefined ? {} : { provenKey });
  // Within the verifier's limits, which may be others than the default.
  if (result.ok) return readUnverifiedClaims(token, { maxBytes: Infinity, maxDepth: Infinity });
  if (result.error.retryable) throw result.error;
  return undefined;
}

/** The session that wrote the claims; undefined where another issuer did. */
export function sessionOfClaims({ sid }: Claims): string | undefined {
  return parseSessionId(sid) === undefined ? undefined : (sid as string);
}

function boundKey(token: string): string | undefined {
  const { cnf } = claimsUnverified(token);
  const jkt = typeof cnf === "object" && cnf !== null ? (cnf as { readonly jkt?: unknown }).jkt : undefined;
  return typeof jkt === "string" && jkt !== "" ? jkt : undefined;
}

function claimsUnverified(token: string): Claims {
  try {
    return readUnverifiedClaims(token, DEFAULT_LIMITS);
  } catch (error) {
    // The verifier will say the same, and its limits may be others.
    if (isTokenError(error)) return {};
    throw error;
  }
}
