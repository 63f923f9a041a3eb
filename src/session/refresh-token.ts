/**
 * The refresh token: 102 bytes as base64url, 136 characters.
 *
 *     version 3 | key id 4 | session id 26 | generation 5 | secret 32 | MAC 32
 *
 * The MAC is HMAC-SHA256 over everything before it, with SHA-256(secret) in the secret's place.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { decodeBase64url, encodeBase64url } from "../encoding/base64url.ts";
import { isTokenError, tokenError } from "../errors.ts";
import { REFRESH_TOKEN_SHAPE, tokenKind } from "../jwt/token-kind.ts";
import type { RefreshSecret, RefreshSecrets } from "./refresh-secrets.ts";

export const TOKEN_SECRET_BYTES = 32;

/** What a refresh token says. Proved only where `verifyRefreshToken` answers it. */
export interface RefreshToken {
  /** Which refresh secret made it: 4 bytes, base64url. */
  readonly keyId: string;
  /** 26 bytes, base64url. */
  readonly sessionId: string;
  /** How often the session had rotated when it was made. */
  readonly generation: number;
  /** 32 bytes. The only part that is secret. */
  readonly secret: Uint8Array;
}

const { prefix: PREFIX, bytes: BYTES, characters: CHARACTERS } = REFRESH_TOKEN_SHAPE;
const KEY_ID_AT = 3;
const SESSION_ID_AT = 7;
const GENERATION_AT = 33;
const SECRET_AT = 38;
const MAC_AT = SECRET_AT + TOKEN_SECRET_BYTES;
const GENERATION_BYTES = SECRET_AT - GENERATION_AT;

/** Writes a token. @param secret the refresh secret that the new token names */
export function formatRefreshToken(token: Omit<RefreshToken, "keyId">, secret: RefreshSecret): string {
  const bytes = Buffer.alloc(BYTES);
  bytes.write(PREFIX, 0, "base64url");
  bytes.write(secret.id, KEY_ID_AT, "base64url");
  bytes.write(token.sessionId, SESSION_ID_AT, "base64url");
  bytes.writeUIntBE(token.generation, GENERATION_AT, GENERATION_BYTES);
  bytes.set(token.secret, SECRET_AT);
  bytes.set(macOf(bytes, secret), MAC_AT);
  return encodeBase64url(bytes);
}

/**
 * Proves that a configured secret made this token. Asks no store: garbage costs no I/O, and nobody who merely knows a
 * session id can end the session.
 * @throws REFRESH_INVALID for anything else; KEYS_UNAVAILABLE where its secret is not configured here
 */
export function verifyRefreshToken(text: unknown, secrets: RefreshSecrets): RefreshToken {
  const bytes = decodeToken(text);
  const token = readToken(bytes);
  const expected = macOf(bytes, secrets.byId(token.keyId));
  if (!timingSafeEqual(expected, bytes.subarray(MAC_AT))) throw invalid("it was changed, or not made here");
  return token;
}

/** The same, undefined for what no configured secret made. @throws KEYS_UNAVAILABLE */
export function readRefreshToken(text: unknown, secrets: RefreshSecrets): RefreshToken | undefined {
  try {
    return verifyRefreshToken(text, secrets);
  } catch (error) {
    if (isTokenError(error) && error.code === "REFRESH_INVALID") return undefined;
    throw error;
  }
}

/** SHA-256 of a token's secret, base64url: all that a store is given of it. */
export function hashSecret(secret: Uint8Array): string {
  return createHash("sha256").update(secret).digest("base64url");
}

function decodeToken(text: unknown): Buffer {
  if (typeof text !== "string" || text === "") throw invalid("it is missing, or not text");
  if (tokenKind(text) === "jws") throw invalid("this is a JWT, perhaps the access token; pass `refreshToken`");
  if (text.length !== CHARACTERS || !text.startsWith(PREFIX)) throw invalid("it has another shape");
  try {
    return Buffer.from(decodeBase64url(text));
  } catch {
    throw invalid("it is not base64url");
  }
}

function readToken(bytes: Buffer): RefreshToken {
  return {
    keyId: encodeBase64url(bytes.subarray(KEY_ID_AT, SESSION_ID_AT)),
    sessionId: encodeBase64url(bytes.subarray(SESSION_ID_AT, GENERATION_AT)),
    generation: bytes.readUIntBE(GENERATION_AT, GENERATION_BYTES),
    secret: bytes.subarray(SECRET_AT, MAC_AT),
  };
}

function macOf(bytes: Buffer, secret: RefreshSecret): Uint8Array {
  const hash = createHash("sha256").update(bytes.subarray(SECRET_AT, MAC_AT)).digest();
  return secret.mac(Buffer.concat([bytes.subarray(0, SECRET_AT), hash]));
}

function invalid(problem: string): Error {
  return tokenError("REFRESH_INVALID", `the refresh token is refused: ${problem}`);
}
