/** Base64url as `encoding/base64url.ts` has it, to the letter, for runtimes without Buffer: RFC 4648 §5, RFC 7515 §2. */
import { tokenError } from "../errors.ts";
import { checkBytes } from "../options.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** What each character code stands for; 255 for what is not in the alphabet. */
const VALUES: Uint8Array = new Uint8Array(128).fill(255);
for (let value = 0; value < ALPHABET.length; value++) VALUES[ALPHABET.charCodeAt(value)] = value;

/**
 * The base64url text of some bytes, without padding.
 * @throws CONFIG for anything but bytes
 */
export function encodeBase64url(bytes: Uint8Array): string {
  checkBytes("encodeBase64url", "input", bytes);
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const four =
      letter(a >> 2) + letter(((a & 3) << 4) | (b >> 4)) + letter(((b & 15) << 2) | (c >> 6)) + letter(c & 63);
    text += four.slice(0, Math.min(4, bytes.length - at + 1));
  }
  return text;
}

/**
 * The bytes of a base64url text, strictly: no padding, no white space, no other alphabet, no non-zero trailing bits.
 * @throws MALFORMED RFC 7515 §2
 */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> {
  if (typeof text !== "string") throw tokenError("MALFORMED", "not text");
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let count = 0;
  let size = 0;
  for (let at = 0; at < text.length; at++) {
    const value = VALUES[text.charCodeAt(at)] ?? 255;
    if (value === 255) throw misspelled();
    bits = (bits << 6) | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes[size++] = bits >> count;
      bits &= (1 << count) - 1;
    }
  }
  // A character that brings no byte, or bits that no byte takes: another spelling of the same bytes.
  if (count === 6 || bits !== 0) throw misspelled();
  return bytes;
}

function letter(value: number): string {
  return ALPHABET.charAt(value);
}

function misspelled(): Error {
  return tokenError("MALFORMED", "not base64url as RFC 7515 §2 spells it (no padding, no spaces, no spare bits)");
}
