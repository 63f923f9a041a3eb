/** One entry of the revocation list: what it matches, when it was written, and until when it is kept. */
import { checkDefined } from "../options.ts";
import { type Duration, durationOption } from "../time.ts";

/** A token by its `jti`, kept until the token's own end. */
export interface RevokedToken {
  readonly kind: "token";
  readonly jti: string;
  readonly untilMs: number;
}

/** A session by its `sid`. */
export interface RevokedSession {
  readonly kind: "session";
  readonly sessionId: string;
  readonly untilMs: number;
}

/**
 * All of a subject's tokens from before: those that froze a lower epoch. Without `epoch`, where no session was asked,
 * those that a store last vouched for, or that were issued, at `atMs` or earlier.
 */
export interface RevokedSubject {
  readonly kind: "subject";
  readonly subject: string;
  readonly epoch: number | undefined;
  readonly atMs: number;
  readonly untilMs: number;
}

/** The same for every subject of one shard. */
export interface RevokedEveryone {
  readonly kind: "everyone";
  readonly shard: number;
  readonly epoch: number | undefined;
  readonly atMs: number;
  readonly untilMs: number;
}

/** Everything that a key signed. Never forgotten by age. */
export interface RevokedKey {
  readonly kind: "key";
  readonly kid: string;
}

export type Revocation = RevokedToken | RevokedSession | RevokedSubject | RevokedEveryone | RevokedKey;

/** How far a verifier's clock and skew may lag behind the store's before a revoked token could outlive its entry. */
export const REVOCATION_MARGIN_MS = 600_000;

/** Where a store is not told how long access tokens live at most. */
export const DEFAULT_MAX_TOKEN_LIFE_MS = 3_600_000;

/** A store's option `maxTokenLife`, in milliseconds. @throws CONFIG unless it is more than zero */
export function readMaxTokenLife(where: string, options: { readonly maxTokenLife?: Duration }): number {
  checkDefined(where, options, ["maxTokenLife"]);
  if (options.maxTokenLife === undefined) return DEFAULT_MAX_TOKEN_LIFE_MS;
  return Math.ceil(durationOption(where, "maxTokenLife", options.maxTokenLife, Number.MIN_VALUE) * 1000);
}

/** Until when an entry that was written now is kept. */
export function revokedUntilMs(atMs: number, maxTokenLifeMs: number): number {
  return atMs + maxTokenLifeMs + REVOCATION_MARGIN_MS;
}

/**
 * The text that databases keep of an entry: a JSON array, its first member the kind.
 *
 *     ["t", jti, until]   ["s", session id, until]   ["u", subject, epoch or null, at, until]
 *     ["e", shard, epoch or null, at, until]         ["k", kid]
 */
export function formatRevocation(revocation: Revocation): string {
  switch (revocation.kind) {
    case "token":
      return JSON.stringify(["t", revocation.jti, revocation.untilMs]);
    case "session":
      return JSON.stringify(["s", revocation.sessionId, revocation.untilMs]);
    case "subject":
      return JSON.stringify(["u", revocation.subject, revocation.epoch ?? null, revocation.atMs, revocation.untilMs]);
    case "everyone":
      return JSON.stringify(["e", revocation.shard, revocation.epoch ?? null, revocation.atMs, revocation.untilMs]);
    case "key":
      return JSON.stringify(["k", revocation.kid]);
  }
}

/** The entry that a text spells, or undefined for any other text. */
export function parseRevocation(text: string): Revocation | undefined {
  const fields = arrayOf(text);
  const [tag, what, ...rest] = fields;
  if (tag === "k" && fields.length === 2) return isText(what) ? { kind: "key", kid: what } : undefined;
  if ((tag === "t" || tag === "s") && fields.length === 3) {
    const [untilMs] = rest;
    if (!isText(what) || !isTime(untilMs)) return undefined;
    return tag === "t" ? { kind: "token", jti: what, untilMs } : { kind: "session", sessionId: what, untilMs };
  }
  if ((tag === "u" || tag === "e") && fields.length === 5) {
    const [epoch, atMs, untilMs] = rest;
    if (!(epoch === null || isTime(epoch)) || !isTime(atMs) || !isTime(untilMs)) return undefined;
    const times = { epoch: epoch ?? undefined, atMs, untilMs };
    if (tag === "u") return isText(what) ? { kind: "subject", subject: what, ...times } : undefined;
    return isTime(what) ? { kind: "everyone", shard: what, ...times } : undefined;
  }
  return undefined;
}

function arrayOf(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** The longest text that an entry may match: that of a subject. */
const MOST_CHARACTERS = 1024;

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MOST_CHARACTERS;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
