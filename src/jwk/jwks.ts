/** JWK Sets: RFC 7517 §5. */
import { isTokenError, tokenError } from "../errors.ts";
import type { Alg } from "../jwa/algorithm.ts";
import { algorithm } from "../jwa/algorithms.ts";
import { checkNames, configError } from "../options.ts";
import { importJwk, type Jwk, type Jwks } from "./jwk.ts";
import type { Key } from "./key.ts";

export interface ImportJwksOptions {
  /** The algorithms that keys of this set may be for. A JWK without `alg` is bound to those of these that it fits. */
  readonly algs: readonly [Alg, ...Alg[]];
}

/**
 * The keys of a set that can be used, in its order. RFC 7517 §5 asks to ignore a key that is unknown or unusable, so a
 * bad key does not take a good one down with it.
 * @throws KEY_INVALID for anything but a set; for one that mixes secrets and public keys; for two keys with one kid; and
 *   where no key can be used (`cause` says why for the first)
 */
export function importJwks(jwks: Jwks, options: ImportJwksOptions): Key[] {
  checkNames("importJwks", options, ["algs"]);
  const algs = algsOption("importJwks", options.algs);
  const members = membersOf(jwks);
  refuseMixture(members);
  if (sharedKids(members).size > 0) throw tokenError("KEY_INVALID", "two keys of the JWK Set have one kid");

  let firstProblem: unknown;
  const usable = members.flatMap((jwk) => {
    try {
      return importForAlgs(jwk, algs);
    } catch (error) {
      if (!isTokenError(error)) throw error;
      firstProblem ??= error;
      return [];
    }
  });
  if (usable.length > 0) return usable;
  throw tokenError("KEY_INVALID", "no key of the JWK Set can be used", { cause: firstProblem });
}

/** The value of an option `algs`. @throws CONFIG, ALG_UNSUPPORTED */
export function algsOption<A extends Alg>(where: string, algs: readonly A[]): readonly A[] {
  if (!Array.isArray(algs) || algs.length === 0) throw configError(where, 'option "algs" must name an algorithm');
  for (const alg of algs) algorithm(alg);
  return [...new Set(algs)];
}

/** The members of a set, not looked at yet. @throws KEY_INVALID for anything but a set */
export function membersOf(jwks: unknown): readonly Jwk[] {
  const members = (jwks as Partial<Jwks> | null | undefined)?.keys;
  if (!Array.isArray(members)) throw tokenError("KEY_INVALID", 'a JWK Set is an object with an array "keys"');
  return members as Jwk[];
}

/**
 * RFC 7517 §4.5: the kids that two keys of one type have, and that tell nothing apart, whether or not each is usable.
 * A key for encryption is never meant by a token, so it may share one.
 */
export function sharedKids(members: readonly Jwk[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const jwk of members) {
    if (typeof jwk?.kid !== "string" || typeof jwk.kty !== "string" || jwk.use === "enc") continue;
    const name = JSON.stringify([jwk.kty, jwk.kid]);
    if (seen.has(name)) shared.add(jwk.kid);
    seen.add(name);
  }
  return shared;
}

/**
 * One JWK, bound to its own `alg`, or to each of `algs` that it fits. A key that reads both names of its algorithm
 * (Ed25519, EdDSA) stands for the one that reads the old name alone.
 * @throws KEY_INVALID where it fits none
 */
export function importForAlgs(jwk: Jwk, algs: readonly Alg[]): Key[] {
  const declared = jwk?.alg;
  const fitting = algs.filter((alg) => declared === undefined || algorithm(alg).names.includes(declared as Alg));
  let problem: unknown = tokenError("KEY_INVALID", "the JWK is for another algorithm");
  const keys: Key[] = [];
  for (const alg of fitting) {
    try {
      keys.push(importJwk(jwk, { alg }));
    } catch (error) {
      problem = error;
    }
  }
  if (keys.length === 0) throw problem;
  return keys.filter((key) => !keys.some((other) => other !== key && algorithm(other.alg).names.includes(key.alg)));
}

/** A set with a secret beside public keys was published by mistake, or invites key confusion. */
function refuseMixture(members: readonly Jwk[]): void {
  const secrets = members.filter((jwk) => jwk?.kty === "oct").length;
  if (secrets !== 0 && secrets !== members.length) {
    throw tokenError("KEY_INVALID", "the JWK Set mixes secrets with public keys");
  }
}
