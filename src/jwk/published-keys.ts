/** The usable keys of a JWKS that somebody else published: what is wrong with one key costs that key alone. RFC 7517 §5. */
import { isTokenError, tokenError } from "../errors.ts";
import type { AsymmetricAlg } from "../jwa/algorithm.ts";
import { algorithm } from "../jwa/algorithms.ts";
import type { Jwk } from "./jwk.ts";
import { importForAlgs, membersOf, sharedKids } from "./jwks.ts";
import { type Key, materialOf } from "./key.ts";
import { MAX_CANDIDATES } from "./key-set.ts";

/** Why a key of the set is not used. The kid is as published, and only text. */
export interface RefusedKey {
  readonly kid: string | undefined;
  readonly why: string;
}

/** A set of more keys than any issuer has is a mistake or an attack. */
const MAX_KEYS = 256;

const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/**
 * The keys of a published set, each bound to its `alg` or to those of `algs` that it fits.
 * @param onRefused is told of every key that is left out
 * @throws KEY_INVALID for anything but a set, or one of more than 256 keys
 */
export function publishedKeys(
  jwks: unknown,
  algs: readonly AsymmetricAlg[],
  onRefused: (refused: RefusedKey) => void,
): Key[] {
  const members = membersOf(jwks);
  if (members.length > MAX_KEYS) throw tokenError("KEY_INVALID", `the JWK Set has more than ${MAX_KEYS} keys`);
  const ambiguous = sharedKids(members);
  const usable = members.flatMap((jwk) => {
    const kid = typeof jwk?.kid === "string" ? jwk.kid : undefined;
    try {
      checkPublic(jwk);
      if (kid !== undefined && ambiguous.has(kid))
        throw tokenError("KEY_INVALID", "another key of the set has its kid");
      return importForAlgs(jwk, algs);
    } catch (error) {
      if (!isTokenError(error)) throw error;
      onRefused({ kid, why: error.message });
      return [];
    }
  });
  const crowd = crowdedKeys(usable);
  for (const { alg } of crowd) {
    onRefused({ kid: undefined, why: `it has no kid, like more than ${MAX_CANDIDATES} ${alg} keys of the set` });
  }
  return usable.filter((key) => !crowd.has(key));
}

/** Keys without kid of which a token would mean too many to be tried with each. */
function crowdedKeys(keys: readonly Key[]): ReadonlySet<Key> {
  const byName = new Map<string, Key[]>();
  for (const key of keys) {
    if (materialOf(key).kidDeclared) continue;
    for (const name of algorithm(key.alg).names) byName.set(name, [...(byName.get(name) ?? []), key]);
  }
  return new Set([...byName.values()].filter((group) => group.length > MAX_CANDIDATES).flat());
}

/** A published private key is everybody's, and a published secret too. */
function checkPublic(jwk: Jwk): void {
  if (typeof jwk !== "object" || jwk === null) throw tokenError("KEY_INVALID", "a JWK must be an object");
  if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))) {
    throw tokenError("KEY_INVALID", "its private half was published: it is nobody's own any more");
  }
}
