/** Strict UTF-8 as `encoding/utf8.ts` has it, for runtimes without Buffer: RFC 3629, RFC 7515 §2. */
import { tokenError } from "../errors.ts";

const encoder = new TextEncoder();
// A byte order mark is no JSON: kept, so that it is seen and refused.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes of a text. Text with lone surrogates has none, and comes back as U+FFFD: check it first. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** The text of some bytes. @throws MALFORMED for anything that is not well-formed UTF-8 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw tokenError("MALFORMED", "not valid UTF-8");
  }
}
