/** JSON objects as a token may carry them, each with exactly one reading: RFC 7519 §4, RFC 8725 §2.4. */
import { tokenError } from "../errors.ts";
import { isProven } from "./json-proof.ts";
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
  const value = parse(text, part);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw tokenError("MALFORMED", `the ${part} is not a JSON object`);
  }
  if (!isProven(text, value, maxDepth)) scanJson(text, maxDepth, part);
  return value as Record<string, unknown>;
}

function parse(text: string, part: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, and the text is somebody's token.
    throw tokenError("MALFORMED", `the ${part} is not JSON`);
  }
}
