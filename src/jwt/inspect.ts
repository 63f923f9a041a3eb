/** A report on any text that might be a token: its parts, its times, and what is odd about it. Proves nothing. */
import { decodeBase64url } from "../encoding/base64url.ts";
import { parseJsonObject } from "../encoding/json.ts";
import { isTokenError } from "../errors.ts";
import { segmentsOf } from "../jws/compact.ts";
import { DEFAULT_LIMITS } from "../jws/limits.ts";
import { checkFunction, checkNames } from "../options.ts";
import { type Clock, now, systemClock } from "../time.ts";
import type { Finding, InspectedSegment } from "./finding.ts";
import { findingsOf } from "./finding-rules.ts";
import { type TokenKind, tokenKind } from "./token-kind.ts";
import { MAX_TEXT, unwrap } from "./unwrap.ts";

export interface InspectOptions {
  /** For "expired" and "not yet valid". Default: this machine's. */
  readonly clock?: Clock;
}

export interface Inspection {
  /** Every segment is canonical base64url, and header and payload are JSON objects with one reading. */
  readonly wellFormed: boolean;
  readonly kind: TokenKind;
  readonly segments: readonly InspectedSegment[];
  /** What the claims say, as dates; a claim that is absent or no time is left out. */
  readonly times: { readonly issuedAt?: Date; readonly notBefore?: Date; readonly expiresAt?: Date };
  readonly findings: readonly Finding[];
}

/**
 * Looks at anything and tells what it sees. Never throws for any `token`; nothing is verified, and nothing leaves the
 * process.
 * @param token text, with or without white space, quotes or a "Bearer " prefix around it
 * @throws CONFIG for wrong options or a broken clock alone
 */
export function inspect(token: unknown, options: InspectOptions = {}): Inspection {
  checkNames("inspect", options, ["clock"]);
  const { clock = systemClock } = options;
  checkFunction("inspect", "clock", clock);
  const time = now(clock);
  const text = typeof token === "string" && token.length <= MAX_TEXT ? unwrap(token) : "";
  const kind = tokenKind(text);
  const segments = kind === "jws" || kind === "jwe" ? readSegments(text, kind) : wholeText(text);
  const [header, payload] = segments;
  const claims = kind === "jws" ? objectOf(payload) : undefined;
  return {
    wellFormed: isWellFormed(kind, segments),
    kind,
    segments,
    times: timesOf(claims),
    findings: findingsOf({ given: token, text, kind, segments, header: objectOf(header), claims, now: time }),
  };
}

function readSegments(text: string, kind: TokenKind): InspectedSegment[] {
  const names = kind === "jws" ? (["header", "payload", "signature"] as const) : (["header"] as const);
  return segmentsOf(text).map((segment, at) => {
    const name = names[at] ?? "other";
    const bytes = attempt(() => decodeBase64url(segment));
    const isJson = name === "header" || name === "payload";
    const json = isJson && bytes !== undefined ? readJson(bytes, name) : undefined;
    return { name, text: segment, bytes, json };
  });
}

/** The object, or whatever else the JSON is: a report shows what a verifier refuses. */
function readJson(bytes: Uint8Array, name: string): unknown {
  return (
    attempt(() => parseJsonObject(bytes, DEFAULT_LIMITS.maxDepth, name)) ??
    attempt(() => JSON.parse(new TextDecoder().decode(bytes)) as unknown)
  );
}

function wholeText(text: string): InspectedSegment[] {
  return text === "" ? [] : [{ name: "other", text, bytes: attempt(() => decodeBase64url(text)), json: undefined }];
}

function isWellFormed(kind: TokenKind, segments: readonly InspectedSegment[]): boolean {
  if (kind === "not-a-token" || segments.some(({ bytes }) => bytes === undefined)) return false;
  const strict = (bytes: Uint8Array | undefined, name: string): boolean =>
    bytes !== undefined && attempt(() => parseJsonObject(bytes, DEFAULT_LIMITS.maxDepth, name)) !== undefined;
  return segments.every(({ name, bytes }) => (name !== "header" && name !== "payload") || strict(bytes, name));
}

function timesOf(claims: Readonly<Record<string, unknown>> | undefined): Inspection["times"] {
  const entries = [
    ["issuedAt", dateOf(claims?.iat)],
    ["notBefore", dateOf(claims?.nbf)],
    ["expiresAt", dateOf(claims?.exp)],
  ] as const;
  return Object.fromEntries(entries.filter(([, date]) => date !== undefined));
}

function dateOf(seconds: unknown): Date | undefined {
  const date = new Date(typeof seconds === "number" ? seconds * 1000 : Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function objectOf(segment: InspectedSegment | undefined): Readonly<Record<string, unknown>> | undefined {
  const json = segment?.json;
  return typeof json === "object" && json !== null && !Array.isArray(json)
    ? (json as Record<string, unknown>)
    : undefined;
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (isTokenError(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
