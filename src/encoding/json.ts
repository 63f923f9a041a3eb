/** JSON objects as a token may carry them, each with exactly one reading: RFC 7519 §4, RFC 8725 §2.4. */
import { tokenError } from "../errors.ts";
import { scanJson } from "./json-scan.ts";
import { decodeUtf8 } from "./utf8.ts";

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [name: string]: JsonValue | undefined };

/**
 * The object that some bytes spell.
 * @param content UTF-8 without a byte order mark, or its text
 * @param maxDepth how deep objects and arrays may nest; the object itself is 1
 * @param part what the bytes are, for the message
 * @throws MALFORMED for invalid UTF-8 or JSON, anything but an object, duplicate members, a `__proto__` member,
 *   lone surrogates, numbers beyond a double, or more than `maxDepth` levels
 */
export function parseJsonObject(content: Uint8Array | string, maxDepth: number, part: string): Record<string, unknown> {
  const text = typeof content === "string" ? content : decodeUtf8(content);
  const brackets = openingBrackets(text, maxDepth);
  const value = parse(text, part);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw tokenError("MALFORMED", `the ${part} is not a JSON object`);
  }
  if (brackets > maxDepth || !readsOneWay(text, value)) scanJson(text, maxDepth, part);
  return value as Record<string, unknown>;
}

/**
 * True where the cheap proof holds: as many members are written as were read, so that no name stands twice; with no \u
 * escape no surrogate is alone either; no number is infinite. Text without the proof is not refused, it is scanned.
 */
function readsOneWay(text: string, value: object): boolean {
  // The characters that the rare words start with are looked for first: that is ten times as fast.
  const hasEscape = text.includes("\\") && text.includes("\\u");
  const hasProto = text.includes("__") && text.includes('"__proto__"');
  if (hasEscape || hasProto) return false;
  return membersWritten(text) === membersRead(value);
}

/**
 * Colons that may follow a member's name: never fewer than there are members, and as many in JSON as programs write it.
 * Infinity where one follows white space, which this does not look behind.
 */
function membersWritten(text: string): number {
  let count = 0;
  for (let at = text.indexOf(":"); at !== -1; at = text.indexOf(":", at + 1)) {
    const before = text.charCodeAt(at - 1);
    if (before === QUOTE) count++;
    // Any other character stands inside of a string: outside, a colon follows a string or white space.
    else if (before <= SPACE) return Number.POSITIVE_INFINITY;
  }
  return count;
}

const QUOTE = 0x22;
const SPACE = 0x20;

/**
 * Members of all objects in a value, each name once; NaN where a number is beyond a double. It nests no deeper than
 * brackets open in its text.
 */
function membersRead(value: object): number {
  const parts: readonly unknown[] = Object.values(value);
  let count = Array.isArray(value) ? 0 : parts.length;
  for (const part of parts) {
    if (typeof part === "object" && part !== null) count += membersRead(part);
    else if (part === Number.POSITIVE_INFINITY || part === Number.NEGATIVE_INFINITY) return Number.NaN;
  }
  return count;
}

/** Brackets that open, those in strings too: no text nests deeper. Counted no further than one over `most`. */
function openingBrackets(text: string, most: number): number {
  let count = 0;
  for (const bracket of ["{", "["]) {
    for (let at = text.indexOf(bracket); at !== -1 && count <= most; at = text.indexOf(bracket, at + 1)) count++;
  }
  return count;
}

function parse(text: string, part: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, and the text is somebody's token.
    throw tokenError("MALFORMED", `the ${part} is not JSON`);
  }
}
