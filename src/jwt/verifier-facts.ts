/** What verifierByIssuer must know of a verifier. Internal to the package. */
import type { Limits } from "../jws/limits.ts";

export interface VerifierFacts {
  /** Whose tokens it is for; undefined where it asks for no issuer. */
  readonly issuers: readonly string[] | undefined;
  readonly limits: Limits;
}

// In the global registry, so that verifiers of the ESM and the CJS copy can stand side by side.
export const VERIFIER_FACTS: unique symbol = Symbol.for("rejwt.verifier-facts") as never;

/** Undefined for anything that createVerifier did not make. */
export function factsOf(verifier: unknown): VerifierFacts | undefined {
  return (verifier as { readonly [VERIFIER_FACTS]?: VerifierFacts } | null | undefined)?.[VERIFIER_FACTS];
}
