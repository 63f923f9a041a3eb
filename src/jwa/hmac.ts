/** HMAC with SHA-2: RFC 7518 §3.2. */
import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from "node:crypto";
import { tokenError } from "../errors.ts";
import type { Alg, Algorithm, SigningInput } from "./algorithm.ts";

/**
 * A row of the table.
 * @param digest node:crypto's name of the hash
 * @param size of the hash, and the least size of the key, in bytes
 */
export function hmac(name: Alg, digest: string, size: number): Algorithm {
  const sign = (key: KeyObject, input: SigningInput): Uint8Array => createHmac(digest, key).update(input).digest();
  const verify = (key: KeyObject, input: SigningInput, signature: Uint8Array): boolean => {
    const expected = sign(key, input);
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  };
  return {
    kty: "oct",
    names: [name],
    signatureSize: () => size,
    isSupported: () => true,
    check(key) {
      if (key.type !== "secret") throw tokenError("KEY_INVALID", `${name} needs a secret, not a ${key.type} key`);
      const length = key.symmetricKeySize ?? 0;
      // RFC 7518 §3.2: a key of the same size as the hash output or larger MUST be used.
      if (length < size) {
        throw tokenError(
          "KEY_WEAK",
          `${name} needs a secret of at least ${size} bytes, this one has ${length}. Make one with: openssl rand -base64 ${size}`,
        );
      }
    },
    async generate() {
      return createSecretKey(randomBytes(size));
    },
    sign,
    verify,
    // A hash of 8 KiB takes microseconds, less than the way to another thread and back.
    async signAsync(key, input) {
      return sign(key, input);
    },
    async verifyAsync(key, input, signature) {
      return verify(key, input, signature);
    },
  };
}
