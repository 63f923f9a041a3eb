/** jsonwebtoken's `decode`: what a token says, whoever wrote it. */
import { decodeBase64url } from "../encoding/base64url.ts";
import { parseJsonObject } from "../encoding/json.ts";
import { decodeUtf8 } from "../encoding/utf8.ts";
import { isTokenError, tokenError } from "../errors.ts";
import { splitCompact } from "../jws/compact.ts";
import { parseHeader } from "../jws/header.ts";
import { DEFAULT_LIMITS } from "../jws/limits.ts";
import type { DecodeOptions, Jwt, JwtHeader, JwtPayload } from "./jsonwebtoken-types.ts";

/**
 * The payload, nothing proved: **anyone can write anything here**.
 * @returns null for what is no signed token; with `complete`, header and signature too
 */
export function decode(token: string, options: DecodeOptions & { complete: true }): Jwt | null;
export function decode(token: string, options: DecodeOptions & { json: true }): JwtPayload | null;
export function decode(token: string, options?: DecodeOptions): JwtPayload | string | null;
export function decode(token: string, options: DecodeOptions = {}): Jwt | JwtPayload | string | null {
  try {
    if (typeof token !== "string" || token.length > DEFAULT_LIMITS.maxBytes) return null;
    const parts = splitCompact(token);
    decodeBase64url(parts.signature);
    const header = parseHeader(parts.header, DEFAULT_LIMITS.maxDepth);
    const payload = readPayload(decodeBase64url(parts.payload), header.typ === "JWT" || options?.json === true);
    return options?.complete === true ? { header: header as JwtHeader, payload, signature: parts.signature } : payload;
  } catch (error) {
    if (isTokenError(error)) return null;
    throw error;
  }
}

/**
 * An object where the bytes spell one, else their text: jsonwebtoken signs text too.
 * @param mustBeObject the token says that it is a JWT
 * @throws MALFORMED
 */
export function readPayload(bytes: Uint8Array, mustBeObject: boolean): JwtPayload | string {
  const text = decodeUtf8(bytes);
  const value = jsonOf(text);
  if (typeof value === "object" && value !== null) return parseJsonObject(bytes, DEFAULT_LIMITS.maxDepth, "payload");
  if (mustBeObject || text === "") throw tokenError("MALFORMED", "the payload is not a JSON object");
  return text;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
