/** Which of the configured keys may check a token, for keys of this runtime. */
import { algorithm } from "../jwa/algorithms.ts";
import { type CandidateIndex, candidateIndex } from "./candidates.ts";
import { type Key, materialOf, verifyingHalf } from "./key.ts";

export { MAX_CANDIDATES } from "./candidates.ts";

export type KeySet = CandidateIndex<Key>;

/** Indexes keys by the `alg` values that they accept. @throws CONFIG for no key, for two of one name, for what is no key */
export function keySet(where: string, keys: readonly Key[]): KeySet {
  return candidateIndex(where, keys, (key) => {
    verifyingHalf(key);
    return { names: algorithm(key.alg).names, kidDeclared: materialOf(key).kidDeclared };
  });
}
