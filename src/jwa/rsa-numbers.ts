/** How large an RSA key must and may be, whoever holds it: RFC 7518 §3.3, §3.5. */
import { tokenError } from "../errors.ts";
import type { Alg } from "./algorithm.ts";
import { hasRocaFingerprint } from "./roca.ts";

export interface RsaNumbers {
  /** Of the modulus. */
  readonly bits: number;
  readonly exponent: bigint;
  /** Undefined where it cannot be read. */
  readonly modulus: bigint | undefined;
}

/** Beyond this, one verification of an attacker's choosing costs milliseconds; OpenSSL refuses to verify above it. */
const MAX_MODULUS_BITS = 16_384;

/** @throws KEY_WEAK, KEY_INVALID */
export function checkRsaNumbers(name: Alg, { bits, exponent, modulus }: RsaNumbers): void {
  if (bits < 2048) {
    throw tokenError("KEY_WEAK", `${name} needs an RSA key of at least 2048 bits, this one has ${bits}`);
  }
  if (bits > MAX_MODULUS_BITS) {
    throw tokenError("KEY_INVALID", `an RSA key of ${bits} bits is larger than ${MAX_MODULUS_BITS}`);
  }
  // With e = 1 every message is its own signature; an even e has no inverse. FIPS 186-5 §A.1.1: below 2^256, and what is
  // larger makes every verification as slow as a signature.
  if (exponent < 3n || exponent % 2n === 0n || exponent >> 256n > 0n) {
    throw tokenError("KEY_WEAK", "an RSA key's public exponent must be odd, from 3 to 2^256");
  }
  if (modulus !== undefined && hasRocaFingerprint(modulus)) {
    throw tokenError("KEY_WEAK", "this RSA key was made by a chip with the ROCA flaw (CVE-2017-15361): make another");
  }
}
