/** Which of the configured keys may check a token: chosen by `alg` and `kid`, which nobody has proved yet. */
import { tokenError } from "../errors.ts";
import type { Alg } from "../jwa/algorithm.ts";
import { algorithm } from "../jwa/algorithms.ts";
import { configError } from "../options.ts";
import { type Key, materialOf, verifyingHalf } from "./key.ts";

/** At most this many keys are tried for one token, so that many keys do not multiply an attacker's work. */
export const MAX_CANDIDATES = 4;

export interface KeySet {
  /**
   * The keys to try, in this order: those whose kid the token names, then those whose kid nobody declared.
   * @throws ALG where no key is for this algorithm; KEY_UNKNOWN where the kid matches nothing and every key declares one
   */
  candidates(alg: string, kid: string | undefined): readonly Key[];
}

/** Indexes keys by the `alg` values that they accept. @throws CONFIG for no key, for two of one name, for what is no key */
export function keySet(where: string, keys: readonly Key[]): KeySet {
  if (keys.length === 0) throw configError(where, 'option "keys" is empty: nothing could ever be verified');
  const byAlg = new Map<string, Key[]>();
  for (const key of keys) {
    verifyingHalf(key);
    for (const name of algorithm(key.alg).names) byAlg.set(name, [...(byAlg.get(name) ?? []), key]);
  }
  for (const [alg, group] of byAlg) checkGroup(where, alg as Alg, group);

  return {
    candidates(alg, kid) {
      const group = byAlg.get(alg);
      if (group === undefined) throw tokenError("ALG", "the token's alg is not that of any key of this verifier");
      if (kid === undefined) return few(group);
      const named = group.filter((key) => key.kid === kid);
      const unnamed = group.filter((key) => key.kid !== kid && !materialOf(key).kidDeclared);
      if (named.length + unnamed.length === 0) {
        throw tokenError("KEY_UNKNOWN", "the token's kid is not that of any key of this verifier");
      }
      return few([...named, ...unnamed]);
    },
  };
}

/** RFC 7515 §4.1.4: a kid that two keys share tells them apart no more. */
function checkGroup(where: string, alg: Alg, group: readonly Key[]): void {
  const declared = group.filter((key) => materialOf(key).kidDeclared).map((key) => key.kid);
  if (new Set(declared).size !== declared.length) {
    throw configError(where, `two ${alg} keys have the same kid: give each its own`);
  }
  if (group.length - declared.length > MAX_CANDIDATES) {
    throw configError(
      where,
      `more than ${MAX_CANDIDATES} ${alg} keys without a kid: a token would have to be tried with each. Declare kids`,
    );
  }
}

function few(keys: readonly Key[]): readonly Key[] {
  if (keys.length > MAX_CANDIDATES) {
    throw tokenError("KEY_UNKNOWN", `the token names no kid, and more than ${MAX_CANDIDATES} keys could be meant`);
  }
  return keys;
}
