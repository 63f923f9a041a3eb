/** HMAC with SHA-2: RFC 7518 §3.2. */
import { createHmac, createSecretKey, type Hmac, type KeyObject, randomBytes, timingSafeEqual } from "node:crypto";
import { decodeBase64url } from "../encoding/base64url.ts";
import { tokenError } from "../errors.ts";
import type { Alg, Algorithm, SigningInput } from "./algorithm.ts";

/**
 * A row of the table.
 * @param digest node:crypto's name of the hash
 * @param size of the hash, and the least size of the key, in bytes
 */
export function hmac(name: Alg, digest: string, size: number): Algorithm {
  const mac = (key: KeyObject, input: SigningInput): Hmac => {
    const hash = createHmac(digest, key);
    return typeof input === "string" ? hash.update(input, "latin1") : hash.update(input);
  };
  const sign = (key: KeyObject, input: SigningInput): Uint8Array => mac(key, input).digest();
  // node:crypto writes a MAC as text in less time than as bytes.
  const signText = (key: KeyObject, input: SigningInput): string => mac(key, input).digest("base64url");
  const verify = (key: KeyObject, input: SigningInput, signature: Uint8Array): boolean => {
    const expected = sign(key, input);
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  };

  const textSize = Math.ceil((size * 4) / 3);
  const expectedBytes = Buffer.alloc(textSize);
  const givenBytes = Buffer.alloc(textSize);
  /** Compared as text, in constant time; then exactly, since these bytes hold the low half of each character alone. */
  const isSameText = (expected: string, given: string): boolean => {
    if (given.length !== textSize) return false;
    expectedBytes.write(expected, "latin1");
    givenBytes.write(given, "latin1");
    return timingSafeEqual(expectedBytes, givenBytes) && expected === given;
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
    signText,
    verify,
    verifyText(key, input, signature) {
      if (isSameText(signText(key, input), signature)) return true;
      // The MAC's one spelling is strict by itself; any other text has yet to be told from a misspelled one.
      decodeBase64url(signature);
      return false;
    },
    // A hash of 8 KiB takes microseconds, less than the way to another thread and back.
    offLoop: false,
    async signAsync(key, input) {
      return sign(key, input);
    },
    async verifyAsync(key, input, signature) {
      return verify(key, input, signature);
    },
  };
}
