/** What a verifier asks of a revocation list; the floor above answers it. */
import { configError } from "../options.ts";
import type { Payload } from "./claim-checks.ts";

/** A revocation list, as `createVerifier` takes it: from `createRevocationList`. */
export interface Revocations {
  readonly "~revocations": true;
}

export interface RevocationChecker {
  /**
   * Says for which issuer this list is, once: entries are scoped by issuer.
   * @param clockSkew of the verifier, seconds
   * @throws CONFIG for a second issuer, or a skew by which tokens outlive their entries
   */
  bindTo(issuer: string, clockSkew: number): void;
  /**
   * Synchronous, without a network call.
   * @param payload whose signature and claims held
   * @param kid of the key whose signature held
   * @param time seconds on the verifier's clock
   * @param requireFresh refuses where an outage would otherwise be lived through
   * @throws REVOKED; REVOCATIONS_STALE; CLAIM_MISSING or CLAIM_INVALID for a token that could outlive its entry
   */
  check(payload: Payload, kid: string | undefined, time: number, requireFresh: boolean): void;
}

// In the global registry, so that a list of the ESM copy serves a verifier of the CJS copy.
export const REVOCATION_CHECKER: unique symbol = Symbol.for("rejwt.revocation-checker") as never;

/**
 * The checker of a list, bound to the verifier's issuer.
 * @throws CONFIG for what is no list, where the verifier is not for exactly one issuer, or its clock skew is too large
 */
export function checkerOf(
  where: string,
  list: Revocations | undefined,
  issuers: readonly string[] | undefined,
  clockSkew: number,
): RevocationChecker | undefined {
  if (list === undefined) return undefined;
  const checker = (list as { readonly [REVOCATION_CHECKER]?: RevocationChecker } | null)?.[REVOCATION_CHECKER];
  if (checker === undefined) throw configError(where, 'option "revocations" must come from createRevocationList');
  const [issuer, ...more] = issuers ?? [];
  if (issuer === undefined || more.length > 0) {
    throw configError(
      where,
      'option "revocations" needs exactly one `issuer`, since what is revoked is revoked by one',
    );
  }
  checker.bindTo(issuer, clockSkew);
  return checker;
}
