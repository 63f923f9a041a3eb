/** Text of strangers on a terminal: nothing in it may move the cursor, change colours, or hide. */

/** Controls, invisible format characters (text direction among them) and exotic line ends, but for the newline. */
const INVISIBLE = /[\p{Cf}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/gu;

/** The text with what cannot be seen spelled as JSON spells it: `\u202e`. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) =>
    // Two units where the character is beyond U+FFFF.
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

/** JSON for people, visible all through. */
export function visibleJson(value: unknown): string {
  try {
    return visible(JSON.stringify(value, null, 2) ?? "");
  } catch {
    // JSON.stringify recurses, and a stranger's JSON may be a hundred thousand levels deep.
    return "(nested too deeply to be shown)";
  }
}
