/** A payload as text that can be edited, and back. */
import { encodeBase64url } from "../../src/encoding/base64url.ts";
import { encodeUtf8 } from "../../src/encoding/utf8.ts";

/**
 * The segment that an edited payload becomes: without white space where it is JSON, and as it stands where it is not.
 * What says the same as the original is the original, to the byte.
 */
export function segmentOf(edited: string, original: { readonly text: string; readonly json: unknown }): string {
  let json: unknown;
  try {
    json = JSON.parse(edited);
  } catch {
    return encodeBase64url(encodeUtf8(edited));
  }
  const compact = JSON.stringify(json);
  return compact === JSON.stringify(original.json) ? original.text : encodeBase64url(encodeUtf8(compact));
}
