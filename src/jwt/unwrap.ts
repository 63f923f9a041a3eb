/** A token as people paste it, without what came along. */

/** Longer text is not taken apart. */
export const MAX_TEXT = 1_048_576;

/** Without what terminals, mail programs and HTTP headers put around a token and into it. */
export function unwrap(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^["'`]|["'`]$/g, "")
    .replace(/^(?:authorization: *)?bearer +/i, "")
    .replaceAll(" ", "");
}
