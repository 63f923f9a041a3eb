/** Tells by its shape alone what kind of token a text is. */
import { JWE_SEGMENTS, JWS_SEGMENTS, segmentsOf } from "../jws/compact.ts";

/** The shape of a refresh token: a fixed prefix that secret scanners can look for, and a fixed length. */
export const REFRESH_TOKEN_SHAPE: { readonly prefix: string; readonly bytes: number; readonly characters: number } =
  /* @__PURE__ */ Object.freeze({ prefix: "rjt1", bytes: 102, characters: 136 });

export type TokenKind = "jws" | "jwe" | "refresh-token" | "not-a-token";

const BASE64URL = /^[\w-]*$/;

/** What `text` looks like; nothing is decoded and nothing is proved. */
export function tokenKind(text: string): TokenKind {
  const segments = segmentsOf(text);
  if (!segments.every((segment) => BASE64URL.test(segment))) return "not-a-token";
  if (segments.length === JWS_SEGMENTS) return "jws";
  if (segments.length === JWE_SEGMENTS) return "jwe";
  const { prefix, characters } = REFRESH_TOKEN_SHAPE;
  return text.length === characters && text.startsWith(prefix) ? "refresh-token" : "not-a-token";
}
