/** One shard of a feed, read on when somebody asks: for a server that publishes the list. */
import { formatRevocation } from "../store/revocation.ts";
import type { FeedChanges, FeedCursor, FeedReader } from "../store/revocation-feed.ts";

/** So many answers follow one another at most: a feed may be written to faster than it is read. */
const MOST_ANSWERS = 64;

export class ShardCopy {
  readonly #shard: number;
  /** By their text: when each ends. */
  readonly #entries = new Map<string, number>();
  #cursor: FeedCursor | undefined;

  constructor(shard: number) {
    this.#shard = shard;
  }

  /** The place that was read up to. */
  get cursor(): FeedCursor {
    return this.#cursor ?? { position: 0, history: "" };
  }

  /** Drops what is over. */
  entriesAt(nowMs: number): readonly string[] {
    for (const [entry, untilMs] of this.#entries) if (untilMs <= nowMs) this.#entries.delete(entry);
    return [...this.#entries.keys()];
  }

  /**
   * Reads on, up to what was there when this was called. Answers how far behind that the feed itself was, in milliseconds.
   * Rejects where the feed has gaps or parts only.
   */
  async readOn(reader: FeedReader): Promise<number> {
    for (let answers = 0; answers < MOST_ANSWERS; answers++) {
      const answer = await this.#ask(reader);
      if (answer !== "gone" && answer.isPart !== true) return Math.max(0, answer.ageMs ?? 0);
    }
    throw new Error("the feed did not answer the whole of its list");
  }

  async #ask(reader: FeedReader): Promise<FeedChanges | "gone"> {
    const from = this.#cursor;
    const answer: FeedChanges | "gone" =
      from === undefined ? await reader.snapshot(this.#shard) : await reader.tail(this.#shard, from, 0);
    const isGap = (changes: FeedChanges): boolean =>
      from !== undefined && changes.cursor.position !== from.position + changes.revocations.length;
    if (answer === "gone" || isGap(answer)) {
      this.#cursor = undefined;
      return "gone";
    }
    this.#cursor = answer.cursor;
    // Merged: a store that lost entries does not un-revoke.
    for (const entry of answer.revocations) {
      this.#entries.set(formatRevocation(entry), entry.kind === "key" ? Number.POSITIVE_INFINITY : entry.untilMs);
    }
    return answer;
  }
}
