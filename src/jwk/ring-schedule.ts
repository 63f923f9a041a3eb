/** When each key of a ring signs and is accepted: a pure function of its entries and the time. */
import { configError } from "../options.ts";
import { dateMs } from "../time.ts";
import type { ExternalKey } from "./external-key.ts";
import { isKey, type Key, withDeclaredKid } from "./key.ts";

/** A key, alone (it signs from ever) or with the time from which it signs. */
export type RingEntry<K> = K | { readonly key: K; readonly signsFrom: Date };

export type RingKey = Key | ExternalKey;

/** One key's times, in milliseconds since 1970. */
export interface Turn {
  readonly key: RingKey;
  readonly signsFromMs: number;
  /** When its last token has expired: the next key's start and `tokenLife` later. */
  readonly acceptedUntilMs: number;
}

/** What a ring is between two of its changes. */
export interface RingState {
  /** Undefined where no key is due yet. */
  readonly signing: RingKey | undefined;
  /** Every key but those whose last token has expired; future ones too, so that verifiers know them in time. */
  readonly accepted: readonly RingKey[];
  /** The same state holds from this time … */
  readonly fromMs: number;
  /** … to just before this one. */
  readonly untilMs: number;
}

/**
 * The turns of some entries, by the time from which they sign.
 * @param tokenLifeMs how long a token of this ring lives
 * @throws CONFIG for no entry, for one without kid, for two with one kid or one time, for keys that only verify
 */
export function schedule(entries: readonly RingEntry<RingKey>[], tokenLifeMs: number): readonly Turn[] {
  if (!Array.isArray(entries) || entries.length === 0) throw configError(WHERE, "a ring needs at least one key");
  const starts = entries.map(readEntry).sort((a, b) => a.signsFromMs - b.signsFromMs);
  const turns = starts.map(({ key, signsFromMs }, at) => {
    const next = starts[at + 1]?.signsFromMs ?? Number.POSITIVE_INFINITY;
    return { key, signsFromMs, acceptedUntilMs: next + tokenLifeMs };
  });
  checkTurns(turns);
  return turns;
}

/** What the ring is at one time. */
export function ringState(turns: readonly Turn[], nowMs: number): RingState {
  const due = turns.filter(({ signsFromMs }) => signsFromMs <= nowMs);
  const accepted = turns.filter(({ acceptedUntilMs }) => nowMs < acceptedUntilMs);
  const changes = turns.flatMap(({ signsFromMs, acceptedUntilMs }) => [signsFromMs, acceptedUntilMs]);
  return {
    signing: due.at(-1)?.key,
    accepted: accepted.map(({ key }) => key),
    fromMs: Math.max(Number.NEGATIVE_INFINITY, ...changes.filter((change) => change <= nowMs)),
    untilMs: Math.min(Number.POSITIVE_INFINITY, ...changes.filter((change) => change > nowMs)),
  };
}

const WHERE = "keyRing";

function readEntry(entry: RingEntry<RingKey>): { readonly key: RingKey; readonly signsFromMs: number } {
  if (isKey(entry)) return { key: withDeclaredKid(entry), signsFromMs: Number.NEGATIVE_INFINITY };
  const { key, signsFrom } = (entry ?? {}) as { readonly key?: RingKey; readonly signsFrom?: Date };
  if (!isKey(key)) throw configError(WHERE, "an entry is a key, or { key, signsFrom }");
  const signsFromMs = dateMs(signsFrom);
  if (Number.isNaN(signsFromMs)) throw configError(WHERE, "signsFrom must be a valid Date");
  return { key: withDeclaredKid(key as RingKey), signsFromMs };
}

function checkTurns(turns: readonly Turn[]): void {
  const kids = turns.map(({ key }) => key.kid);
  if (kids.includes(undefined)) throw configError(WHERE, "a secret in a ring needs a kid: secretKey(…, { alg, kid })");
  if (new Set(kids).size !== kids.length) throw configError(WHERE, "two keys have the same kid");
  if (new Set(turns.map(({ signsFromMs }) => signsFromMs)).size !== turns.length) {
    throw configError(WHERE, "two keys sign from the same time: give all but one its own signsFrom");
  }
  if (turns.some(({ key }) => !key.canSign)) {
    throw configError(WHERE, "a key of the ring can only verify: import the private key");
  }
}
