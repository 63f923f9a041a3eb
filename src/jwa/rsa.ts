/** RSASSA-PKCS1-v1_5 and RSASSA-PSS: RFC 7518 §3.3 and §3.5. */
import { constants, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { tokenError } from "../errors.ts";
import type { Alg, Algorithm } from "./algorithm.ts";
import { asymmetric } from "./asymmetric.ts";
import { hasRocaFingerprint } from "./roca.ts";

const generatePair = promisify(generateKeyPair);

/** A row of the table: RSASSA-PKCS1-v1_5. */
export function rsaPkcs1(name: Alg, digest: string): Algorithm {
  return asymmetric({
    kty: "RSA",
    names: [name],
    digest,
    parameters: { padding: constants.RSA_PKCS1_PADDING },
    signatureSize: modulusBytes,
    generate: ({ modulusLength }) => generateRsa(modulusLength),
    checkKey(key) {
      if (key.asymmetricKeyType !== "rsa") throw wrongType(name, key);
      checkNumbers(name, key);
    },
  });
}

/**
 * A row of the table: RSASSA-PSS with MGF1 over the same hash.
 * @param hashSize in bytes, which is the size of the salt too (RFC 7518 §3.5)
 */
export function rsaPss(name: Alg, digest: string, hashSize: number): Algorithm {
  return asymmetric({
    kty: "RSA",
    names: [name],
    digest,
    parameters: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: hashSize },
    signatureSize: modulusBytes,
    generate: ({ modulusLength }) => generateRsa(modulusLength),
    checkKey(key) {
      if (key.asymmetricKeyType === "rsa-pss") checkPssParameters(name, key, digest, hashSize);
      else if (key.asymmetricKeyType !== "rsa") throw wrongType(name, key);
      checkNumbers(name, key);
    },
  });
}

/** Beyond this, one verification of an attacker's choosing costs milliseconds; OpenSSL refuses to verify above it. */
const MAX_MODULUS_BITS = 16_384;

function checkNumbers(name: Alg, key: KeyObject): void {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < 2048) {
    throw tokenError("KEY_WEAK", `${name} needs an RSA key of at least 2048 bits, this one has ${modulusLength}`);
  }
  if (modulusLength > MAX_MODULUS_BITS) {
    throw tokenError("KEY_INVALID", `an RSA key of ${modulusLength} bits is larger than ${MAX_MODULUS_BITS}`);
  }
  // With e = 1 every message is its own signature; an even e has no inverse.
  if (publicExponent < 3n || publicExponent % 2n === 0n) {
    throw tokenError("KEY_WEAK", `an RSA key's public exponent must be odd and at least 3`);
  }
  if (hasRocaFingerprint(key)) {
    throw tokenError("KEY_WEAK", "this RSA key was made by a chip with the ROCA flaw (CVE-2017-15361): make another");
  }
}

/** A key of type rsa-pss may carry the parameters that it is restricted to (RFC 4055 §3.1). */
function checkPssParameters(name: Alg, key: KeyObject, digest: string, hashSize: number): void {
  const { hashAlgorithm, mgf1HashAlgorithm, saltLength } = key.asymmetricKeyDetails ?? {};
  const fits =
    (hashAlgorithm === undefined || hashAlgorithm === digest) &&
    (mgf1HashAlgorithm === undefined || mgf1HashAlgorithm === digest) &&
    (saltLength === undefined || saltLength <= hashSize);
  if (!fits) throw tokenError("KEY_INVALID", `this RSA-PSS key's own parameters do not allow ${name}`);
}

function modulusBytes(key: KeyObject): number {
  return Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
}

async function generateRsa(modulusLength: number): Promise<KeyObject> {
  return (await generatePair("rsa", { modulusLength, publicExponent: 0x1_0001 })).privateKey;
}

function wrongType(name: Alg, key: KeyObject): Error {
  return tokenError("KEY_INVALID", `${name} needs an RSA key, not ${key.asymmetricKeyType ?? "this one"}`);
}
