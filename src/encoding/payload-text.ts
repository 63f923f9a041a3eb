/**
 * A payload segment and its text, through one buffer that is used again and again: as fast as node:buffer goes, and
 * nothing is left for the garbage collector.
 */
import { encodeBase64url } from "./base64url.ts";
import { encodeUtf8 } from "./utf8.ts";

const SIZE = 16_384;
const scratch = /* @__PURE__ */ Buffer.alloc(SIZE);
/** UTF-8 takes at most three bytes for one of JavaScript's characters. */
const MAX_CHARACTERS = SIZE / 3;
/** What the decoder writes where bytes are not UTF-8. Text that holds it for itself is looked at in another way. */
const REPLACEMENT = "\uFFFD";

/** The base64url of a text's UTF-8. Text with lone surrogates has none: check it first. */
export function segmentOfText(text: string): string {
  if (text.length > MAX_CHARACTERS) return encodeBase64url(encodeUtf8(text));
  return scratch.toString("base64url", 0, scratch.write(text, "utf8"));
}

/** The text of a segment; undefined where it is not base64url in its one spelling, or may not be UTF-8, or is too long. */
export function textOfSegment(segment: string): string | undefined {
  if (segment.length > SIZE) return undefined;
  const length = scratch.write(segment, "base64url");
  if (scratch.toString("base64url", 0, length) !== segment) return undefined;
  const text = scratch.toString("utf8", 0, length);
  return text.includes(REPLACEMENT) ? undefined : text;
}
