/** What RSA, ECDSA, EdDSA and ML-DSA share: node:crypto's one-shot sign and verify, here and on libuv's pool. */

import {
  type KeyObject,
  type SignKeyObjectInput,
  sign as signOnce,
  type VerifyKeyObjectInput,
  verify as verifyOnce,
} from "node:crypto";
import { promisify } from "node:util";
import { tokenError } from "../errors.ts";
import type { Alg, Algorithm, KeyType, SigningInput } from "./algorithm.ts";

const signOnPool = promisify(signOnce);
const verifyOnPool = promisify(verifyOnce);

export interface AsymmetricFacts {
  readonly kty: KeyType;
  readonly names: readonly Alg[];
  /** node:crypto's name of the hash; null where the algorithm has its own. */
  readonly digest: string | null;
  /** Padding, salt, encoding: everything but the key. */
  readonly parameters?: Omit<SignKeyObjectInput, "key"> & Omit<VerifyKeyObjectInput, "key">;
  /** Of every signature made with this key, in bytes. */
  readonly signatureSize: (key: KeyObject) => number;
  /** @throws KEY_INVALID, KEY_WEAK for a key that is not for this algorithm */
  readonly checkKey: (key: KeyObject) => void;
  /** Default: always. */
  readonly isSupported?: Algorithm["isSupported"];
  /** Generates a private key. */
  readonly generate: Algorithm["generate"];
}

/** A row of the table, from its facts. */
export function asymmetric(facts: AsymmetricFacts): Algorithm {
  const { kty, names, digest, signatureSize, generate, isSupported = () => true } = facts;
  const withKey = (key: KeyObject): SignKeyObjectInput & VerifyKeyObjectInput => ({ ...facts.parameters, key });
  return {
    kty,
    names,
    signatureSize,
    isSupported,
    generate,
    check(key) {
      if (key.type === "secret") throw tokenError("KEY_INVALID", `${names[0]} needs a key pair, not a secret`);
      facts.checkKey(key);
    },
    sign: (key, input) => signOnce(digest, bytesOf(input), withKey(key)),
    verify: (key, input, signature) =>
      signature.length === signatureSize(key) && verifyOnce(digest, bytesOf(input), withKey(key), signature),
    signAsync: (key, input) => signOnPool(digest, bytesOf(input), withKey(key)),
    verifyAsync: async (key, input, signature) =>
      signature.length === signatureSize(key) && verifyOnPool(digest, bytesOf(input), withKey(key), signature),
  };
}

function bytesOf(input: SigningInput): Uint8Array {
  return typeof input === "string" ? Buffer.from(input, "latin1") : input;
}
