/** What WebCrypto has of the algorithm table: RFC 7518 §3.1, and Ed25519. Nothing else in this folder switches on `alg`. */
import { tokenError } from "../errors.ts";
import { ALGS, isAlg } from "../jwa/alg-names.ts";
import type { Alg, KeyType } from "../jwa/algorithm.ts";
import { checkRsaNumbers } from "../jwa/rsa-numbers.ts";
import { isSmallOrder } from "../jwa/small-order.ts";
import { decodeBase64url } from "./base64url.ts";

/** The members of a JWK that make the key, each strict base64url but `kty` and `crv`. */
export type KeyData = Readonly<Record<string, string>>;

export interface WebAlgorithm {
  readonly kty: KeyType;
  /** `alg` header values that mean this algorithm; the first is the one that is written. */
  readonly names: readonly Alg[];
  /** WebCrypto's parameters, to import a key … */
  readonly importing: { readonly name: string; readonly hash?: string; readonly namedCurve?: string };
  /** … and to sign and verify with it. */
  readonly using: { readonly name: string; readonly hash?: string; readonly saltLength?: number };
  /** Of every signature made with this key, in bytes. */
  signatureSize(data: KeyData): number;
  /** @throws KEY_INVALID, KEY_WEAK for a key that this algorithm may not use */
  check(data: KeyData): void;
}

// Without a prototype, so that no inherited name ("constructor") is an algorithm.
const TABLE: Readonly<Partial<Record<Alg, WebAlgorithm>>> = Object.freeze({
  __proto__: null as never,
  HS256: hmac("HS256", "SHA-256", 32),
  HS384: hmac("HS384", "SHA-384", 48),
  HS512: hmac("HS512", "SHA-512", 64),
  RS256: rsa("RS256", { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }),
  RS384: rsa("RS384", { name: "RSASSA-PKCS1-v1_5", hash: "SHA-384" }),
  RS512: rsa("RS512", { name: "RSASSA-PKCS1-v1_5", hash: "SHA-512" }),
  PS256: rsa("PS256", { name: "RSA-PSS", hash: "SHA-256", saltLength: 32 }),
  PS384: rsa("PS384", { name: "RSA-PSS", hash: "SHA-384", saltLength: 48 }),
  PS512: rsa("PS512", { name: "RSA-PSS", hash: "SHA-512", saltLength: 64 }),
  ES256: ecdsa("ES256", "SHA-256", "P-256", 32),
  ES384: ecdsa("ES384", "SHA-384", "P-384", 48),
  ES512: ecdsa("ES512", "SHA-512", "P-521", 66),
  // RFC 9864 §2.2: a key of the new name reads tokens of the old one; the old name stays exact.
  Ed25519: ed25519(["Ed25519", "EdDSA"]),
  EdDSA: ed25519(["EdDSA"]),
});

/**
 * The row of a name that the caller chose.
 * @throws ALG_UNSUPPORTED for a name that is no algorithm (`none` is not), or that WebCrypto lacks
 */
export function webAlgorithm(alg: Alg): WebAlgorithm {
  if (!isAlg(alg)) throw tokenError("ALG_UNSUPPORTED", `option "alg" must be one of ${ALGS.join(", ")}`);
  const row = TABLE[alg];
  if (row === undefined) {
    throw tokenError("ALG_UNSUPPORTED", `WebCrypto has no ${alg}: use "rejwt" in Node, or another algorithm`);
  }
  return row;
}

/** The `alg` header values that a key of this name accepts. @throws ALG_UNSUPPORTED */
export function namesOf(alg: Alg): readonly Alg[] {
  return webAlgorithm(alg).names;
}

function hmac(name: Alg, hash: string, size: number): WebAlgorithm {
  return {
    kty: "oct",
    names: [name],
    importing: { name: "HMAC", hash },
    using: { name: "HMAC" },
    signatureSize: () => size,
    check({ k = "" }) {
      const { length } = decodeBase64url(k);
      // RFC 7518 §3.2: a key of the same size as the hash output or larger MUST be used.
      if (length < size) {
        throw tokenError(
          "KEY_WEAK",
          `${name} needs a secret of at least ${size} bytes, this one has ${length}. Make one with: openssl rand -base64 ${size}`,
        );
      }
    },
  };
}

function rsa(alg: Alg, { name, hash, saltLength }: WebAlgorithm["using"]): WebAlgorithm {
  return {
    kty: "RSA",
    names: [alg],
    importing: { name, ...(hash === undefined ? {} : { hash }) },
    using: { name, ...(saltLength === undefined ? {} : { saltLength }) },
    signatureSize: ({ n = "" }) => decodeBase64url(n).length,
    check({ n = "", e = "" }) {
      const modulus = bigintOf(decodeBase64url(n));
      checkRsaNumbers(alg, { bits: modulus.toString(2).length, exponent: bigintOf(decodeBase64url(e)), modulus });
    },
  };
}

function ecdsa(name: Alg, hash: string, namedCurve: string, size: number): WebAlgorithm {
  return {
    kty: "EC",
    names: [name],
    importing: { name: "ECDSA", namedCurve },
    using: { name: "ECDSA", hash },
    signatureSize: () => 2 * size,
    check({ crv }) {
      if (crv !== namedCurve) {
        throw tokenError("KEY_INVALID", `${name} needs a key on the curve ${namedCurve}, not ${crv}`);
      }
    },
  };
}

function ed25519(names: readonly Alg[]): WebAlgorithm {
  return {
    kty: "OKP",
    names,
    importing: { name: "Ed25519" },
    using: { name: "Ed25519" },
    signatureSize: () => 64,
    check({ crv, x = "" }) {
      if (crv === "Ed448" && names[0] === "EdDSA") {
        throw tokenError("ALG_UNSUPPORTED", 'WebCrypto has no Ed448: use "rejwt" in Node, or Ed25519');
      }
      if (crv !== "Ed25519") throw tokenError("KEY_INVALID", `${names[0]} needs a key on ed25519, not ${crv}`);
      if (isSmallOrder("ed25519", decodeBase64url(x))) {
        throw tokenError("KEY_WEAK", "this EdDSA key is a point of small order: anybody can sign for it");
      }
    },
  };
}

function bigintOf(bytes: Uint8Array): bigint {
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return BigInt(`0x${hex === "" ? "0" : hex}`);
}
