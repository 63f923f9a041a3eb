/** What a signature algorithm is to this package: a row of facts and four operations on a KeyObject. RFC 7518 §3. */
import type { KeyObject } from "node:crypto";

export type HmacAlg = "HS256" | "HS384" | "HS512";
export type AsymmetricAlg =
  | "RS256"
  | "RS384"
  | "RS512"
  | "PS256"
  | "PS384"
  | "PS512"
  | "ES256"
  | "ES384"
  | "ES512"
  | "ES256K"
  | "Ed25519"
  | "EdDSA"
  | "Ed448"
  | "ML-DSA-44"
  | "ML-DSA-65"
  | "ML-DSA-87";
export type Alg = HmacAlg | AsymmetricAlg;

/** JWK key types: RFC 7518 §6.1, RFC 8037 §2 (OKP), and AKP for ML-DSA. */
export type KeyType = "oct" | "RSA" | "EC" | "OKP" | "AKP";

/** Text is what a compact token signs: ASCII, one byte a character. */
export type SigningInput = string | Uint8Array;

export interface GenerateOptions {
  /** RSA only, in bits. */
  readonly modulusLength: number;
}

export interface Algorithm {
  readonly kty: KeyType;
  /** `alg` header values that mean this algorithm; the first is the one that is written. */
  readonly names: readonly Alg[];
  /** Of every signature made with this key, in bytes. */
  signatureSize(key: KeyObject): number;
  /** False where this runtime lacks the algorithm. */
  isSupported(): boolean;
  /**
   * Refuses a key that this algorithm may not use: another type, another curve, too short.
   * @throws KEY_INVALID, KEY_WEAK RFC 7518 §3.2–3.4
   */
  check(key: KeyObject): void;
  /** A new secret or private key. */
  generate(options: GenerateOptions): Promise<KeyObject>;
  sign(key: KeyObject, input: SigningInput): Uint8Array;
  /** The same as base64url. */
  signText(key: KeyObject, input: SigningInput): string;
  /** False for any signature but the right one, of whatever length; never throws. */
  verify(key: KeyObject, input: SigningInput, signature: Uint8Array): boolean;
  /**
   * The same for a signature that is still base64url.
   * @throws MALFORMED for text that is not base64url as RFC 7515 §2 spells it
   */
  verifyText(key: KeyObject, input: SigningInput, signature: string): boolean;
  /** True where the primitive is slow enough to gain from libuv's pool. */
  readonly offLoop: boolean;
  /** The same off the event loop, on libuv's pool, where the primitive is slow enough to gain from it. */
  signAsync(key: KeyObject, input: SigningInput): Promise<Uint8Array>;
  verifyAsync(key: KeyObject, input: SigningInput, signature: Uint8Array): Promise<boolean>;
}
