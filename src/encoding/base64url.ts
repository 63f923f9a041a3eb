/** Base64URL without padding, one spelling for each run of bytes: RFC 4648 §5, RFC 7515 §2. */
import { tokenError } from "../errors.ts";
import { checkBytes } from "../options.ts";

/**
 * The base64url text of some bytes, without padding.
 * @param bytes any length; empty gives `""`
 * @throws CONFIG for anything but bytes
 */
export function encodeBase64url(bytes: Uint8Array): string {
  checkBytes("encodeBase64url", "input", bytes);
  return asBuffer(bytes).toString("base64url");
}

/**
 * The bytes of a base64url text, strictly: no padding, no white space, no other alphabet, no non-zero trailing bits.
 * @param text base64url; `""` gives no bytes
 * @throws MALFORMED RFC 7515 §2
 */
export function decodeBase64url(text: string): Uint8Array {
  if (typeof text !== "string") throw tokenError("MALFORMED", "not text");
  const bytes = Buffer.from(text, "base64url");
  // Node's decoder forgives; only the one spelling that it would write itself comes back the same.
  if (bytes.toString("base64url") !== text) {
    throw tokenError("MALFORMED", "not base64url as RFC 7515 §2 spells it (no padding, no spaces, no spare bits)");
  }
  return bytes;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
