/** JWK Sets: RFC 7517 §5. */
import { isTokenError, tokenError } from "../errors.ts";
import type { Alg } from "../jwa/algorithm.ts";
import { algorithm } from "../jwa/algorithms.ts";
import { checkNames, configError } from "../options.ts";
import { importJwk, type Jwk, type Jwks } from "./jwk.ts";
import type { Key } from "./key.ts";

export interface ImportJwksOptions {
  /** The algorithms that keys of this set may be for. A JWK without `alg` is bound to the one of these that it fits. */
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
  const { algs } = options;
  if (!Array.isArray(algs) || algs.length === 0)
    throw configError("importJwks", 'option "algs" must name an algorithm');
  for (const alg of algs) algorithm(alg);
  const members: unknown = jwks?.keys;
  if (!Array.isArray(members)) throw tokenError("KEY_INVALID", 'a JWK Set is an object with an array "keys"');

  const usable: Key[] = [];
  let firstProblem: unknown;
  for (const jwk of members as Jwk[]) {
    try {
      usable.push(...importFor(jwk, algs));
    } catch (error) {
      if (!isTokenError(error)) throw error;
      firstProblem ??= error;
    }
  }
  if (usable.length === 0) {
    throw tokenError("KEY_INVALID", "no key of the JWK Set can be used", { cause: firstProblem });
  }
  refuseMixture(members);
  refuseSharedKid(members);
  return usable;
}

/** One key, bound to its own `alg`, or to each of `algs` that it fits. */
function importFor(jwk: Jwk, algs: readonly Alg[]): Key[] {
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
  return keys;
}

/** A set with a secret beside public keys was published by mistake, or invites key confusion. */
function refuseMixture(members: readonly Jwk[]): void {
  const secrets = members.filter((jwk) => jwk?.kty === "oct").length;
  if (secrets !== 0 && secrets !== members.length) {
    throw tokenError("KEY_INVALID", "the JWK Set mixes secrets with public keys");
  }
}

/** RFC 7517 §4.5: keys of one type with one kid cannot be told apart, whether or not each is usable. */
function refuseSharedKid(members: readonly Jwk[]): void {
  const seen = new Set<string>();
  for (const { kty, kid } of members.filter((jwk) => typeof jwk?.kid === "string")) {
    const name = JSON.stringify([kty, kid]);
    if (seen.has(name)) throw tokenError("KEY_INVALID", "two keys of the JWK Set have one kid");
    seen.add(name);
  }
}
