/** Tokens that work once: password resets, e-mail links, RFC 7523 assertions. */
import { tokenError } from "../errors.ts";
import type { RegisteredClaims } from "./verified.ts";

/** Remembers what was used once. DPoP's and private_key_jwt's replay caches are this too. */
export interface UsedTokens {
  /**
   * One atomic step, at most once for each id whoever asks: true the first time `id` is seen, false after.
   * May forget the id after `until`.
   */
  markUsed(id: string, until: Date): Promise<boolean>;
}

/**
 * Marks the token as used, in one atomic step of the store.
 * @throws ALREADY_USED; CLAIM_MISSING without `jti` or `exp`; STORE_UNAVAILABLE where the store does not answer
 */
export async function useOnce(claims: RegisteredClaims, clockSkew: number, store: UsedTokens): Promise<void> {
  for (const claim of ["jti", "exp"] as const) {
    if (claims[claim] === undefined) throw tokenError("CLAIM_MISSING", `a single-use token needs ${claim}`, { claim });
  }
  // The same jti of another issuer is another token. JSON keeps the two apart whatever they hold.
  const id = JSON.stringify([claims.iss ?? null, claims.jti]);
  const until = new Date(Math.min(((claims.exp as number) + clockSkew) * 1000, LAST_DATE_MS));
  if (!(await markUsed(store, id, until))) {
    throw tokenError("ALREADY_USED", "the token works once, and was used already", { claim: "jti" });
  }
}

/** The last time that a Date can hold: ECMA-262 §21.4.1.1. */
const LAST_DATE_MS = 8.64e15;

/** True the first time. @throws STORE_UNAVAILABLE where the store does not answer */
export async function markUsed(store: UsedTokens, id: string, until: Date): Promise<boolean> {
  try {
    return (await store.markUsed(id, until)) === true;
  } catch (cause) {
    throw tokenError("STORE_UNAVAILABLE", "the store of used tokens did not answer", { cause });
  }
}
