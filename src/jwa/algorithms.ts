/** The one algorithm table. Adding an algorithm is one row; nothing outside this folder switches on `alg`. RFC 7518 §3.1. */
import { tokenError } from "../errors.ts";
import { ALGS, isAlg } from "./alg-names.ts";
import type { Alg, Algorithm, AsymmetricAlg, HmacAlg } from "./algorithm.ts";
import { ecdsa } from "./ecdsa.ts";
import { eddsa } from "./eddsa.ts";
import { hmac } from "./hmac.ts";
import { mlDsa } from "./ml-dsa.ts";
import { rsaPkcs1, rsaPss } from "./rsa.ts";

// Without a prototype, so that no inherited name ("constructor") is an algorithm.
const TABLE: Readonly<Record<Alg, Algorithm>> = Object.freeze({
  __proto__: null as never,
  HS256: hmac("HS256", "sha256", 32),
  HS384: hmac("HS384", "sha384", 48),
  HS512: hmac("HS512", "sha512", 64),
  RS256: rsaPkcs1("RS256", "sha256"),
  RS384: rsaPkcs1("RS384", "sha384"),
  RS512: rsaPkcs1("RS512", "sha512"),
  PS256: rsaPss("PS256", "sha256", 32),
  PS384: rsaPss("PS384", "sha384", 48),
  PS512: rsaPss("PS512", "sha512", 64),
  ES256: ecdsa("ES256", "sha256", "prime256v1", 32),
  ES384: ecdsa("ES384", "sha384", "secp384r1", 48),
  ES512: ecdsa("ES512", "sha512", "secp521r1", 66),
  ES256K: ecdsa("ES256K", "sha256", "secp256k1", 32),
  // RFC 9864 §2.2 split EdDSA by curve. A key of the new name reads tokens of the old one; the old name stays exact.
  Ed25519: eddsa(["Ed25519", "EdDSA"], ["ed25519"]),
  EdDSA: eddsa(["EdDSA"], ["ed25519", "ed448"]),
  Ed448: eddsa(["Ed448", "EdDSA"], ["ed448"]),
  "ML-DSA-44": mlDsa("ML-DSA-44", 2420),
  "ML-DSA-65": mlDsa("ML-DSA-65", 3309),
  "ML-DSA-87": mlDsa("ML-DSA-87", 4627),
});

/**
 * The row of a name that the caller chose.
 * @throws ALG_UNSUPPORTED for a name that is not in the table (`none` is not), or that this runtime lacks
 */
export function algorithm(alg: Alg): Algorithm {
  if (!isAlg(alg)) throw tokenError("ALG_UNSUPPORTED", `option "alg" must be one of ${ALGS.join(", ")}`);
  const row = TABLE[alg];
  if (!row.isSupported()) {
    throw tokenError("ALG_UNSUPPORTED", `this runtime has no ${alg}: ML-DSA takes Node 24.7 or later`);
  }
  return row;
}

/** True for the algorithms whose one key both signs and verifies. */
export function isHmacAlg(alg: Alg): alg is HmacAlg {
  return algorithm(alg).kty === "oct";
}

/** True for the algorithms with a public half. */
export function isAsymmetricAlg(alg: Alg): alg is AsymmetricAlg {
  return algorithm(alg).kty !== "oct";
}
