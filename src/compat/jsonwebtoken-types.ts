/** The types of jsonwebtoken 9, under the names that its users import. */
import type { createPrivateKey, createPublicKey, KeyObject } from "node:crypto";
import type { JsonWebTokenError, NotBeforeError, TokenExpiredError } from "./jsonwebtoken-errors.ts";

/** Without `none`: this layer neither makes nor takes unsigned tokens. */
export type Algorithm = `${"HS" | "RS" | "PS" | "ES"}${"256" | "384" | "512"}`;

export type Secret = string | Uint8Array | KeyObject | { readonly key: string | Buffer; readonly passphrase: string };
export type PublicKey = Parameters<typeof createPublicKey>[0];
export type PrivateKey = Parameters<typeof createPrivateKey>[0];

export interface JwtHeader {
  alg: string;
  typ?: string | undefined;
  cty?: string | undefined;
  kid?: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: as in @types/jsonwebtoken, so that programs compile as they are
  [member: string]: any;
}

export interface JwtPayload {
  iss?: string | undefined;
  sub?: string | undefined;
  aud?: string | string[] | undefined;
  exp?: number | undefined;
  nbf?: number | undefined;
  iat?: number | undefined;
  jti?: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: as in @types/jsonwebtoken, so that programs compile as they are
  [claim: string]: any;
}

export interface Jwt {
  header: JwtHeader;
  payload: JwtPayload | string;
  signature: string;
}

export interface SignOptions {
  /** Default HS256. It must be one that the key is for. */
  algorithm?: Algorithm | undefined;
  keyid?: string | undefined;
  /** Seconds, or text with a unit such as "2 days", "10h", "90s". */
  expiresIn?: number | string | undefined;
  /** Seconds from now, or text with a unit. */
  notBefore?: number | string | undefined;
  audience?: string | string[] | undefined;
  subject?: string | undefined;
  issuer?: string | undefined;
  jwtid?: string | undefined;
  /** Writes the registered claims into the caller's own object too. */
  mutatePayload?: boolean | undefined;
  noTimestamp?: boolean | undefined;
  /** More header members; `alg`, if there, must be the algorithm. */
  header?: Partial<JwtHeader> | undefined;
  /** Of a text payload: only "utf8". */
  encoding?: string | undefined;
  /** Lets HMAC secrets be shorter than the hash, for the time of a migration. RSA keys stay at 2048 bits or more. */
  allowInsecureKeySizes?: boolean | undefined;
}

export interface VerifyOptions {
  /** Default: those that the key is for. */
  algorithms?: readonly Algorithm[];
  /** One of these is in the token's `aud`: exact text, no patterns. */
  audience?: string | readonly string[];
  issuer?: string | readonly string[];
  subject?: string;
  jwtid?: string;
  nonce?: string;
  /** Seconds, or text with a unit such as "2 days", "10h", "90s". */
  maxAge?: number | string;
  /** Seconds. */
  clockTolerance?: number | undefined;
  /** Seconds since 1970, in place of this machine's time. */
  clockTimestamp?: number | undefined;
  ignoreExpiration?: boolean | undefined;
  ignoreNotBefore?: boolean | undefined;
  /** Answers header and signature too. */
  complete?: boolean | undefined;
  /** Lets HMAC secrets be shorter than the hash, for the time of a migration. */
  allowInsecureKeySizes?: boolean | undefined;
}

export interface DecodeOptions {
  complete?: boolean | undefined;
  json?: boolean | undefined;
}

export type VerifyErrors = JsonWebTokenError | NotBeforeError | TokenExpiredError;
export type VerifyCallback<T = Jwt | JwtPayload | string> = (error: VerifyErrors | null, decoded?: T) => void;
export type SignCallback = (error: Error | null, encoded?: string) => void;
export type SigningKeyCallback = (error: Error | null, signingKey?: Secret | PublicKey) => void;
/** Finds the key by a header that nobody has proved yet. */
export type GetPublicKeyOrSecret = (header: JwtHeader, callback: SigningKeyCallback) => void;
