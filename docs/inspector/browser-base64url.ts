/** The browser's twin of src/encoding/base64url.ts: one spelling for each run of bytes. RFC 4648 §5, RFC 7515 §2. */
import { tokenError } from "../../src/errors.ts";

export function encodeBase64url(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @throws MALFORMED */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> {
  const bytes = /^[\w-]*$/.test(text) && text.length % 4 !== 1 ? decode(text) : undefined;
  // Spare bits that are not zero come back different.
  if (bytes === undefined || encodeBase64url(bytes) !== text) {
    throw tokenError("MALFORMED", "not base64url as RFC 7515 §2 spells it (no padding, no spaces, no spare bits)");
  }
  return bytes;
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}
