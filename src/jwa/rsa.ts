/** RSASSA-PKCS1-v1_5 and RSASSA-PSS: RFC 7518 §3.3 and §3.5. */
import { constants, createPublicKey, type KeyObject, type SignKeyObjectInput } from "node:crypto";
import { tokenError } from "../errors.ts";
import type { Alg, Algorithm } from "./algorithm.ts";
import { asymmetric } from "./asymmetric.ts";
import { generatePrivateKey } from "./key-pair.ts";
import { checkRsaNumbers } from "./rsa-numbers.ts";
import { type PssDigest, pssKeys } from "./rsa-pss-key.ts";

/** A row of the table: RSASSA-PKCS1-v1_5. */
export function rsaPkcs1(name: Alg, digest: string): Algorithm {
  return asymmetric({
    kty: "RSA",
    names: [name],
    digest,
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
export function rsaPss(name: Alg, digest: PssDigest, hashSize: number): Algorithm {
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: hashSize };
  const signWith = (key: KeyObject): SignKeyObjectInput => ({ ...padding, key });
  const pssKeyOf = pssKeys(digest, hashSize);
  return asymmetric({
    kty: "RSA",
    names: [name],
    digest,
    signWith,
    verifyWith: (key) => pssKeyOf(key) ?? signWith(key),
    signatureSize: modulusBytes,
    generate: ({ modulusLength }) => generateRsa(modulusLength),
    checkKey(key) {
      if (key.asymmetricKeyType === "rsa-pss") checkPssParameters(name, key, digest, hashSize);
      else if (key.asymmetricKeyType !== "rsa") throw wrongType(name, key);
      checkNumbers(name, key);
    },
  });
}

function checkNumbers(name: Alg, key: KeyObject): void {
  const { modulusLength, publicExponent } = detailsOf(key);
  checkRsaNumbers(name, { bits: modulusLength, exponent: publicExponent, modulus: modulusOf(key) });
}

/** node:crypto always has both of an RSA key. */
function detailsOf(key: KeyObject): { readonly modulusLength: number; readonly publicExponent: bigint } {
  return key.asymmetricKeyDetails as { readonly modulusLength: number; readonly publicExponent: bigint };
}

/** Undefined for a key of type rsa-pss, which has no JWK form; the chips with the ROCA flaw never made one. */
function modulusOf(key: KeyObject): bigint | undefined {
  if (key.asymmetricKeyType !== "rsa") return undefined;
  const { n } = (key.type === "public" ? key : createPublicKey(key)).export({ format: "jwk" });
  return BigInt(`0x${Buffer.from(n as string, "base64url").toString("hex")}`);
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

// Node 24 puts the details together anew each time they are asked for.
const sizes = new WeakMap<KeyObject, number>();

function modulusBytes(key: KeyObject): number {
  const size = sizes.get(key) ?? Math.ceil(detailsOf(key).modulusLength / 8);
  sizes.set(key, size);
  return size;
}

function generateRsa(modulusLength: number): Promise<KeyObject> {
  return generatePrivateKey("rsa", { modulusLength, publicExponent: 0x1_0001 });
}

function wrongType(name: Alg, key: KeyObject): Error {
  return tokenError("KEY_INVALID", `${name} needs an RSA key, not ${key.asymmetricKeyType}`);
}
