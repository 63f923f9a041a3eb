/** The browser's twin of src/encoding/utf8.ts. RFC 3629. */
import { tokenError } from "../../src/errors.ts";

export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** @throws MALFORMED */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    // A byte order mark stays, so that JSON refuses it.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw tokenError("MALFORMED", "not valid UTF-8");
  }
}
