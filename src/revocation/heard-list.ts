/** What one reader has heard over HTTP: the last good list, as of when, and what came with the lists before it. */
import { parseRevocation, type Revocation } from "../store/revocation.ts";
import type { FeedChanges, FeedCursor, FeedSnapshot } from "../store/revocation-feed.ts";
import { HttpFeedError } from "./feed-fault.ts";
import type { Moment } from "./freshness.ts";
import type { AsOf, SignedList, SignedShard } from "./signed-list.ts";

/** By so much may the clocks of an issuer's servers differ, and the verifier's from theirs: as for `iat`. */
const CLOCKS_DIFFER_MS = 5000;

/** Changes of so many lists are kept, for whoever is not there yet. */
const MOST_STEPS = 16;

/** When the answer that counts was asked for, and how long before that what it says was true, in milliseconds. */
export interface Heard {
  readonly sent: Moment;
  readonly behindMs: number;
}

interface HeardShard {
  readonly cursor: FeedCursor;
  /** The entries, by their text. */
  readonly known: ReadonlySet<string>;
  /** Places that lead here, the oldest first, and what came after each. */
  readonly steps: readonly { readonly from: FeedCursor; readonly news: readonly Revocation[] }[];
}

export class HeardList {
  #shards: readonly HeardShard[] = [];
  #tag: string | undefined;
  #asOf = 0;
  #heard: Heard | undefined;

  /** Of the list that is held. */
  get tag(): string | undefined {
    return this.#tag;
  }

  /** Undefined before the first list. */
  get heard(): Heard | undefined {
    return this.#heard;
  }

  /**
   * Takes in what an answer proved. Where it throws, nothing has changed.
   * @param list undefined where the list stays the one that is held
   * @param cachedMs how long caches on the way have had the answer
   * @throws HttpFeedError
   */
  take(list: SignedList | undefined, asOf: AsOf, asked: { sent: Moment; cachedMs: number; nowMs: number }): void {
    if (asOf.tag !== (list?.tag ?? this.#tag)) {
      throw new HttpFeedError(list ? "malformed" : "not-modified", "the signed time is that of another list");
    }
    this.#checkTime(asOf.asOf, asked.nowMs);
    if (list !== undefined && list.tag !== this.#tag) {
      this.#shards = list.shards.map((shard, index) => this.#step(shard, this.#shards[index], asOf.asOf));
      this.#tag = list.tag;
    }
    // The same time again is the same answer, from a cache: it gets older, however often it comes.
    if (this.#heard !== undefined && asOf.asOf === this.#asOf) return;
    this.#asOf = asOf.asOf;
    const { sent, cachedMs } = asked;
    this.#heard = { sent, behindMs: Math.max(0, cachedMs, sent.wallMs - asOf.asOf) };
  }

  snapshot(index: number): FeedSnapshot {
    const { known, cursor } = this.#shard(index);
    return { revocations: [...known].map(entryOf), cursor };
  }

  changesAfter(index: number, place: FeedCursor): FeedChanges | "gone" {
    const { cursor, steps } = this.#shard(index);
    if (isSame(place, cursor)) return { revocations: [], cursor };
    const from = steps.findIndex((step) => isSame(step.from, place));
    return from === -1 ? "gone" : { revocations: steps.slice(from).flatMap(({ news }) => news), cursor };
  }

  #shard(index: number): HeardShard {
    const shard = this.#shards[index];
    if (shard === undefined) throw new Error("no list has come yet");
    return shard;
  }

  #checkTime(asOf: number, nowMs: number): void {
    if (asOf < this.#asOf) throw new HttpFeedError("as-of-older", "the answer is older than the one before");
    if (asOf > nowMs + CLOCKS_DIFFER_MS) {
      throw new HttpFeedError(
        "as-of-ahead",
        "the answer's time lies ahead of this machine's clock: set one of the two",
      );
    }
  }

  #step({ position, history, entries }: SignedShard, last: HeardShard | undefined, asOf: number): HeardShard {
    const cursor = { position, history };
    const known = new Set(entries);
    const news = [...known].filter((entry) => last?.known.has(entry) !== true).map(entryOf);
    if (last === undefined) return { cursor, known, steps: [] };
    const isBehind = position < last.cursor.position;
    // One server may lag behind another by what their clocks differ. Later, entries were lost, and the list says so.
    if (isBehind && (history === last.cursor.history || asOf <= this.#asOf + CLOCKS_DIFFER_MS)) {
      throw new HttpFeedError("cursor-older", "the list knows less of its history than the one before");
    }
    if (isSame(cursor, last.cursor)) return { ...last, known };
    const follows = position > last.cursor.position && news.length === position - last.cursor.position;
    const steps = follows ? [...last.steps, { from: last.cursor, news }].slice(-MOST_STEPS) : [];
    return { cursor, known, steps };
  }
}

function isSame(one: FeedCursor, other: FeedCursor): boolean {
  return one.position === other.position && one.history === other.history;
}

function entryOf(text: string): Revocation {
  const entry = parseRevocation(text);
  if (entry === undefined) throw new HttpFeedError("entry", "the list holds an entry that this version does not know");
  return entry;
}
