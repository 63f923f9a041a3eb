/** Strict UTF-8: RFC 3629, RFC 7515 §2. */
import { isUtf8 } from "node:buffer";
import { tokenError } from "../errors.ts";

/** The bytes of a text. Text with lone surrogates has none, and comes back as U+FFFD: check it first. */
export function encodeUtf8(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}

/** The text of some bytes. @throws MALFORMED for anything that is not well-formed UTF-8 */
export function decodeUtf8(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw tokenError("MALFORMED", "not valid UTF-8");
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
