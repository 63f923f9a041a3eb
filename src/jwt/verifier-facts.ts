/** What verifierByIssuer must know of a verifier, and what verifiers of every kind answer alike. Internal to the package. */
import { isMisuse, isTokenError, type TokenError } from "../errors.ts";
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

/** The verifier, frozen, with its facts. */
export function withFacts<V extends object>(verifier: V, { issuers, limits }: VerifierFacts): V {
  const facts: VerifierFacts = { issuers, limits };
  return Object.freeze(Object.defineProperty(verifier, VERIFIER_FACTS, { value: facts }));
}

/** The answer of `safeVerify` to what `verify` throws. A programmer's mistake must not pass for a bad token. */
export function refusal(error: unknown): { readonly ok: false; readonly error: TokenError } {
  if (isTokenError(error) && !isMisuse(error)) return { ok: false, error };
  throw error;
}
