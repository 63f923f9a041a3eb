/** JSON objects as a token may carry them, each with exactly one reading: RFC 7519 §4, RFC 8725 §2.4. */
import { tokenError } from "../errors.ts";
import { scanJson } from "./json-scan.ts";
import { decodeUtf8 } from "./utf8.ts";

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [name: string]: JsonValue | undefined };

/**
 * The object that some bytes spell.
 * @param bytes UTF-8 without a byte order mark
 * @param maxDepth how deep objects and arrays may nest; the object itself is 1
 * @param part what the bytes are, for the message
 * @throws MALFORMED for invalid UTF-8 or JSON, anything but an object, duplicate members, a `__proto__` member,
 *   lone surrogates, numbers beyond a double, or more than `maxDepth` levels
 */
export function parseJsonObject(bytes: Uint8Array, maxDepth: number, part: string): Record<string, unknown> {
  const text = decodeUtf8(bytes);
  const shallow = opensAtMost(text, maxDepth);
  const value = parse(text, part);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw tokenError("MALFORMED", `the ${part} is not a JSON object`);
  }
  if (!shallow || !readsOneWay(text, value)) scanJson(text, maxDepth, part);
  return value as Record<string, unknown>;
}

/**
 * True where the cheap proof holds: text that comes back the same has no duplicate member, and with no \u escape
 * it has no lone surrogate either. Text without the proof is not refused, it is scanned.
 */
function readsOneWay(text: string, value: object): boolean {
  return !text.includes("\\u") && !text.includes('"__proto__"') && JSON.stringify(value) === text;
}

/** True where at most `count` brackets open: it cannot nest deeper. Asked first, since JSON.stringify recurses. */
function opensAtMost(text: string, count: number): boolean {
  let left = count;
  for (const bracket of ["{", "["]) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      if (left-- === 0) return false;
    }
  }
  return true;
}

function parse(text: string, part: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, and the text is somebody's token.
    throw tokenError("MALFORMED", `the ${part} is not JSON`);
  }
}
