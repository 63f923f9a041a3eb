/** One verifier for each issuer, so that no issuer's keys can speak for another. RFC 8725 §3.8. */
import { isTokenError, type TokenError, tokenError } from "../errors.ts";
import { DEFAULT_LIMITS, type Limits } from "../jws/limits.ts";
import { configError } from "../options.ts";
import { readUnverified, readUnverifiedClaims } from "./decode.ts";
import type { AsyncVerifier, ClaimsOf, Verifier } from "./verifier.ts";
import { factsOf } from "./verifier-facts.ts";
import { readAsked, type VerifyAsyncOptions } from "./verify-options.ts";

type AnyVerifier = AsyncVerifier<unknown> & Partial<Verifier<unknown>>;

/**
 * One verifier of several, each with its own keys and policy. The token's unverified `iss` only picks which ONE is asked,
 * by exact match; that one then checks `iss` for itself. At most one may have `issuer: false`: it gets tokens whose `iss`
 * is absent or matches none. Without it such tokens are ISSUER_UNKNOWN.
 * @throws CONFIG for no verifier, for what createVerifier did not make, for two of one issuer, for two with `issuer: false`
 */
export function verifierByIssuer<const V extends readonly [AsyncVerifier<unknown>, ...AsyncVerifier<unknown>[]]>(
  verifiers: V,
): V extends readonly Verifier<unknown>[] ? Verifier<ClaimsOf<V[number]>> : AsyncVerifier<ClaimsOf<V[number]>>;
export function verifierByIssuer(verifiers: readonly AnyVerifier[]): AnyVerifier {
  const { byIssuer, others, limits } = index(verifiers);

  const pick = (token: string): AnyVerifier => {
    const { iss } = readUnverifiedClaims(token, limits);
    const picked = (typeof iss === "string" ? byIssuer.get(iss) : undefined) ?? others;
    if (picked === undefined) {
      // A token that is none is called so first, whoever is asked.
      readUnverified(token, limits);
      throw tokenError("ISSUER_UNKNOWN", "the token's issuer is none of this verifier's", { claim: "iss" });
    }
    return picked;
  };
  const attempt = (token: string, options: VerifyAsyncOptions | undefined, mode: "sync" | "async") => {
    try {
      return pick(token);
    } catch (error) {
      // Nobody is asked, but a programmer's mistake must not pass for a bad token.
      readAsked(options, mode);
      return refused(error);
    }
  };

  const asynchronous: AsyncVerifier<unknown> = {
    verifyAsync: async (token, options) => pick(token).verifyAsync(token, options),
    safeVerifyAsync: async (token, options) => {
      const picked = attempt(token, options, "async");
      return "ok" in picked ? picked : picked.safeVerifyAsync(token, options);
    },
  };
  if (!verifiers.every(isSynchronous)) return Object.freeze(asynchronous);

  const synchronous: Verifier<unknown> = {
    ...asynchronous,
    verify: (token, options) => (pick(token) as Verifier<unknown>).verify(token, options),
    safeVerify: (token, options) => {
      const picked = attempt(token, options, "sync");
      return "ok" in picked ? picked : (picked as Verifier<unknown>).safeVerify(token, options);
    },
  };
  return Object.freeze(synchronous);
}

interface Index {
  readonly byIssuer: ReadonlyMap<string, AnyVerifier>;
  /** The one that asks for no issuer. */
  readonly others: AnyVerifier | undefined;
  /** The widest of all: the verifier that is picked applies its own. */
  readonly limits: Limits;
}

function index(verifiers: readonly AnyVerifier[]): Index {
  if (!Array.isArray(verifiers) || verifiers.length === 0) throw problem("at least one verifier is needed");
  const byIssuer = new Map<string, AnyVerifier>();
  let others: AnyVerifier | undefined;
  let { maxBytes, maxDepth } = DEFAULT_LIMITS;
  for (const verifier of verifiers) {
    const facts = factsOf(verifier);
    if (facts === undefined) throw problem("every verifier must come from createVerifier");
    maxBytes = Math.max(maxBytes, facts.limits.maxBytes);
    maxDepth = Math.max(maxDepth, facts.limits.maxDepth);
    if (facts.issuers === undefined) {
      if (others !== undefined) throw problem("at most one verifier may have issuer: false");
      others = verifier;
    }
    for (const issuer of facts.issuers ?? []) {
      if (byIssuer.has(issuer)) throw problem(`two verifiers are for the issuer ${issuer}`);
      byIssuer.set(issuer, verifier);
    }
  }
  return { byIssuer, others, limits: { maxBytes, maxDepth } };
}

function isSynchronous(verifier: AnyVerifier): boolean {
  return verifier.verify !== undefined;
}

function refused(error: unknown): { readonly ok: false; readonly error: TokenError } {
  if (isTokenError(error)) return { ok: false, error };
  throw error;
}

function problem(what: string): Error {
  return configError("verifierByIssuer", what);
}
