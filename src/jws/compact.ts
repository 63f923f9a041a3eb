/** The compact serialization, and the only place that knows its dots. RFC 7515 §3.1, §7.1. */
import { tokenError } from "../errors.ts";

/** The three segments of a compact token, each still base64url text. */
export interface CompactToken {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
  /** What the signature covers: header and payload with the dot between. RFC 7515 §5.1. */
  readonly signingInput: string;
}

/**
 * Takes a compact token apart. Nothing is decoded and nothing is proved.
 * @throws MALFORMED unless there are exactly three segments, the first and the last not empty
 */
export function splitCompact(token: string): CompactToken {
  if (typeof token !== "string") throw tokenError("MALFORMED", "the token is not text");
  const first = token.indexOf(".");
  const last = token.lastIndexOf(".");
  // The dot after the first is the last: with one dot there is none after it, with three it is another.
  if (first === -1 || token.indexOf(".", first + 1) !== last) throw wrongCount(token);
  const header = token.slice(0, first);
  const signature = token.slice(last + 1);
  if (header === "") throw tokenError("MALFORMED", "the token has no header");
  if (signature === "") throw tokenError("MALFORMED", "the token has no signature");
  return { header, payload: token.slice(first + 1, last), signature, signingInput: token.slice(0, last) };
}

/** What a signature over these two segments covers. RFC 7515 §5.1. */
export function signingInput(header: string, payload: string): string {
  return `${header}.${payload}`;
}

/** The compact token of a signing input and its signature, base64url. */
export function joinCompact(input: string, signature: string): string {
  return `${input}.${signature}`;
}

/** Every segment of a text, however many: for tools that show what they were given. */
export function segmentsOf(text: string): readonly string[] {
  return text.split(".");
}

/** A JWE has five segments: RFC 7516 §3.1. */
export const JWE_SEGMENTS = 5;
/** A JWS has three: RFC 7515 §3.1. */
export const JWS_SEGMENTS = 3;

function wrongCount(token: string): Error {
  const count = segmentsOf(token).length;
  const encrypted =
    count === JWE_SEGMENTS ? ": it may be an encrypted token (JWE), which this package does not read" : "";
  return tokenError("MALFORMED", `a signed token has three segments, this has ${count}${encrypted}`);
}
