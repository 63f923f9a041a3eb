/** How a session is written in Redis: text of fixed columns, which Lua cuts without parsing, then what varies in length. */
import type { EndReason } from "../errors.ts";
import type { Binding, Ending, Family } from "./contract.ts";

/** Times are milliseconds; every number is decimal with leading zeros, so that a record never changes its size. */
const COLUMNS = [
  ["version", 1],
  // Beside each other, since an operation that ends a session writes both.
  ["endedAt", 16],
  ["ending", 1],
  // From here to idleMs is what a rotation replaces by one text that the caller wrote.
  ["generation", 10],
  ["current", 43],
  ["previous", 43],
  ["salt", 22],
  ["attempt", 43],
  ["idleMs", 16],
  ["rotatedAt", 16],
  ["replayFlag", 1],
  ["replayStreak", 10],
  ["absolute", 16],
  ["subjectEpoch", 16],
  ["everyoneEpoch", 16],
  ["createdAt", 16],
  ["bound", 1],
] as const;

export type Column = (typeof COLUMNS)[number][0];

const places = new Map<Column, { readonly first: number; readonly last: number }>();
let end = 0;
for (const [name, width] of COLUMNS) {
  places.set(name, { first: end + 1, last: end + width });
  end += width;
}

/** Where the part of varying length begins, counted from 1 as Lua does: key id, jkt, client id, subject, then metadata. */
export const TAIL_AT: number = end + 1;

/** First and last character of a column, or of the columns from one to another, counted from 1 as Lua does. */
export function columns(from: Column, to: Column = from): string {
  return `${places.get(from)?.first}, ${places.get(to)?.last}`;
}

/** First character of a column, counted from 1. */
export function firstOf(name: Column): number {
  return places.get(name)?.first ?? TAIL_AT;
}

export const RECORD_VERSION = "1";
/** The ending of a session that lives, and the filler of a hash that there is not. In no base64url text. */
export const NONE = ".";
export const ZERO_MS: string = "0".repeat(16);
export const ZERO_COUNT: string = "0".repeat(10);

const LETTERS: Readonly<Record<EndReason, string>> = {
  logout: "l",
  reuse: "u",
  idle: "i",
  absolute: "a",
  epoch: "e",
  denied: "d",
  evicted: "v",
  regressed: "r",
  forked: "f",
  unknown: "n",
};
const REASONS: ReadonlyMap<string, EndReason> = new Map(
  Object.entries(LETTERS).map(([reason, letter]) => [letter, reason as EndReason]),
);

/** One letter for each reason. */
export function letterOf(reason: EndReason): string {
  return LETTERS[reason];
}

export function reasonOf(letter: string | undefined): EndReason {
  const reason = REASONS.get(letter ?? "");
  if (reason === undefined) throw new Error("Redis holds a record that this version does not understand");
  return reason;
}

/** Later than anything, and still a date: ECMA-262 §21.4.1.1. A double holds it exactly. */
const LAST_MS = 8e15;

/** A time or a duration as a column of 16 digits. @throws where it is no number from 0 up */
export function digitsOfMs(ms: number): string {
  if (!(ms >= 0)) throw new RangeError("a time must be a number of milliseconds from 0 up");
  return String(Math.min(Math.round(ms), LAST_MS)).padStart(16, "0");
}

/** A count as a column of 10 digits. @throws where it is none */
export function digitsOfCount(count: number): string {
  if (!Number.isSafeInteger(count) || count < 0 || count > 9_999_999_999) throw new RangeError("not a count");
  return String(count).padStart(10, "0");
}

const BASE64URL = /^[\w-]+$/;

/** A hash or a salt as a column. @throws where it is no base64url text of at most `width` characters */
export function column(text: string, width: 43 | 22): string {
  if (text.length > width || !BASE64URL.test(text)) throw new RangeError("a hash or salt must be base64url text");
  return text.padEnd(width, NONE);
}

/** Any text without a space or a line break in it. Two texts are equal exactly where these are. */
export function escaped(text: string): string {
  return encodeURIComponent(text);
}

/** What binds the session: a dot for nothing, so that even an empty text differs from none. */
export function bindingFields(binding: Binding | undefined): { readonly jkt: string; readonly clientId: string } {
  return { jkt: optional(binding?.jkt), clientId: optional(binding?.clientId) };
}

function optional(text: string | undefined): string {
  return text === undefined ? NONE : `=${escaped(text)}`;
}

function optionalFrom(field: string | undefined): string | undefined {
  return field?.startsWith("=") ? decodeURIComponent(field.slice(1)) : undefined;
}

/** Reads a record. @throws where it is of another version, or none */
export function familyOf(sessionId: string, record: string): Family {
  const lineEnd = record.indexOf("\n", TAIL_AT - 1);
  if (record[0] !== RECORD_VERSION || lineEnd < 0) {
    throw new Error("Redis holds a record that this version does not understand");
  }
  const text = (name: Column): string => {
    const place = places.get(name);
    return place === undefined ? "" : record.slice(place.first - 1, place.last);
  };
  const number = (name: Column): number => Number(text(name));
  const [keyId = "", jkt, clientId, subject = ""] = record.slice(TAIL_AT - 1, lineEnd).split(" ");
  const rotatedAtMs = number("rotatedAt");
  const absoluteExpiresAtMs = number("absolute");
  return {
    sessionId,
    subject: decodeURIComponent(subject),
    epochs: { subject: number("subjectEpoch"), everyone: number("everyoneEpoch") },
    generation: number("generation"),
    current: filled(text("current")) ?? "",
    previous: filled(text("previous")),
    salt: filled(text("salt")),
    keyId: decodeURIComponent(keyId),
    rotatedAtMs,
    replayFlag: text("replayFlag") === "1",
    replayStreak: number("replayStreak"),
    attempt: filled(text("attempt")),
    createdAtMs: number("createdAt"),
    // Kept as a duration, so that a rotation writes one time less.
    idleExpiresAtMs: Math.min(rotatedAtMs + number("idleMs"), absoluteExpiresAtMs),
    absoluteExpiresAtMs,
    ended: endingOf(text("ending"), number("endedAt")),
    binding: text("bound") === "1" ? { jkt: optionalFrom(jkt), clientId: optionalFrom(clientId) } : undefined,
    metadata: record.slice(lineEnd + 1),
  };
}

function endingOf(letter: string, atMs: number): Ending | undefined {
  return letter === NONE ? undefined : { reason: reasonOf(letter), atMs };
}

function filled(text: string): string | undefined {
  const last = text.indexOf(NONE);
  return last === 0 ? undefined : last < 0 ? text : text.slice(0, last);
}
