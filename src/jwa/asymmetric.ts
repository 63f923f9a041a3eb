/** What RSA, ECDSA, EdDSA and ML-DSA share: node:crypto's sign and verify, here and on libuv's pool. */

import {
  createVerify,
  type KeyObject,
  type SignKeyObjectInput,
  sign as signOnce,
  type VerifyKeyObjectInput,
  verify as verifyOnce,
} from "node:crypto";
import { decodeBase64url, encodeBase64url } from "../encoding/base64url.ts";
import { tokenError } from "../errors.ts";
import type { Alg, Algorithm, KeyType, SigningInput } from "./algorithm.ts";

/** node:crypto's one-shot functions with a callback work on the pool. */
function onPool<T>(start: (done: (error: Error | null, result: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error ? reject(error) : resolve(result)));
  });
}

export interface AsymmetricFacts {
  readonly kty: KeyType;
  readonly names: readonly Alg[];
  /** node:crypto's name of the hash; null where the algorithm has its own. */
  readonly digest: string | null;
  /**
   * What node:crypto is to sign and to verify with. Default: the key itself, which is the fastest: on Node 24 an object of
   * options around it costs 17 µs a call.
   */
  readonly signWith?: (key: KeyObject) => KeyObject | SignKeyObjectInput;
  readonly verifyWith?: (key: KeyObject) => KeyObject | VerifyKeyObjectInput;
  /** Where node:crypto spells signatures in another way than JWS. Default: the same. */
  readonly spelling?: SignatureSpelling;
  /** Of every signature made with this key, in bytes. */
  readonly signatureSize: (key: KeyObject) => number;
  /** @throws KEY_INVALID, KEY_WEAK for a key that is not for this algorithm */
  readonly checkKey: (key: KeyObject) => void;
  /** Default: always. */
  readonly isSupported?: Algorithm["isSupported"];
  /** Generates a private key. */
  readonly generate: Algorithm["generate"];
}

export interface SignatureSpelling {
  readonly toJws: (signature: Uint8Array) => Uint8Array;
  readonly fromJws: (signature: Uint8Array) => Uint8Array;
}

const itself = <T>(value: T): T => value;

/** A row of the table, from its facts. */
export function asymmetric(facts: AsymmetricFacts): Algorithm {
  const { kty, names, digest, signatureSize, generate, isSupported = () => true } = facts;
  const { signWith = itself, verifyWith = itself } = facts;
  const { toJws = itself, fromJws = itself } = facts.spelling ?? {};
  const sign = (key: KeyObject, input: SigningInput): Uint8Array =>
    toJws(signOnce(digest, bytesOf(input), signWith(key)));
  // Where the hash is apart, to hash first takes less time than the one-shot function: a thirtieth of RS256. Bytes take no
  // notice of an encoding.
  const verifyHere = (key: KeyObject | VerifyKeyObjectInput, input: SigningInput, signature: Uint8Array): boolean =>
    digest === null
      ? verifyOnce(digest, bytesOf(input), key, signature)
      : createVerify(digest)
          .update(input as string, "latin1")
          .verify(key, signature);
  const verify = (key: KeyObject, input: SigningInput, signature: Uint8Array): boolean =>
    signature.length === signatureSize(key) && verifyHere(verifyWith(key), input, fromJws(signature));
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
    sign,
    signText: (key, input) => encodeBase64url(sign(key, input)),
    verify,
    verifyText: (key, input, signature) => verify(key, input, decodeBase64url(signature)),
    offLoop: true,
    signAsync: async (key, input) =>
      toJws(await onPool<Uint8Array>((done) => signOnce(digest, bytesOf(input), signWith(key), done))),
    verifyAsync: async (key, input, signature) =>
      signature.length === signatureSize(key) &&
      onPool<boolean>((done) => verifyOnce(digest, bytesOf(input), verifyWith(key), fromJws(signature), done)),
  };
}

function bytesOf(input: SigningInput): Uint8Array {
  return typeof input === "string" ? Buffer.from(input, "latin1") : input;
}
