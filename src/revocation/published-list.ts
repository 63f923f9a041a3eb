/** The list as an issuer publishes it: read from the feed when somebody asks, signed when it has changed. */
import type { SigningSource } from "../jwt/signing-source.ts";
import type { FeedReader, RevocationFeed } from "../store/revocation-feed.ts";
import { type Clock, nowMs } from "../time.ts";
import { ShardCopy } from "./shard-copy.ts";
import { signPayload, tagOf } from "./signed-list.ts";
import { Unanswered, within } from "./waiting.ts";

export interface PublishedListParts {
  readonly feed: RevocationFeed;
  readonly issuer: string;
  /** Signs the entries. */
  readonly listSource: SigningSource;
  /** Signs the times. */
  readonly asOfSource: SigningSource;
  /** For so long one reading answers everybody. */
  readonly maxAgeMs: number;
  readonly clock: Clock;
  readonly monotonic: () => number;
}

/** One reading. */
export interface Publication {
  readonly tag: string;
  /** A compact JWS of the entries: the same text for as long as this server signs with one key and the tag stays. */
  readonly body: string;
  /** A compact JWS of the time. */
  readonly asOf: string;
}

/** A feed that does not answer is given up, and asked anew by the next who comes. */
const PATIENCE_MS = 5000;

export class PublishedList {
  readonly #parts: PublishedListParts;
  readonly #shards: readonly ShardCopy[];
  #reader: FeedReader | undefined;
  #reading: Promise<Publication> | undefined;
  #last: { readonly publication: Publication; readonly askedMs: number } | undefined;
  #body: { readonly tag: string; readonly key: unknown; readonly text: string } | undefined;

  constructor(parts: PublishedListParts) {
    this.#parts = parts;
    this.#shards = Array.from({ length: parts.feed.shards }, (_, shard) => new ShardCopy(shard));
  }

  /** However many ask at once, the feed is read once. Rejects where it cannot be, or nothing can be signed. */
  async current(): Promise<Publication> {
    const { monotonic, maxAgeMs } = this.#parts;
    if (this.#last !== undefined && monotonic() - this.#last.askedMs < maxAgeMs) return this.#last.publication;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** Frees the feed's reader. Whoever asks later opens another. */
  async close(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    this.#last = undefined;
    await reader?.close();
  }

  async #read(): Promise<Publication> {
    const { clock, monotonic } = this.#parts;
    const [askedMs, wallMs] = [monotonic(), nowMs(clock)];
    this.#reader ??= this.#parts.feed.reader();
    const reader = this.#reader;
    try {
      const behind = await within(PATIENCE_MS, () => Promise.all(this.#shards.map((shard) => shard.readOn(reader))));
      // All is known as of the question, less what the feed itself was behind.
      const publication = await this.#sign(Math.floor(wallMs - Math.max(...behind)));
      this.#last = { publication, askedMs };
      return publication;
    } catch (error) {
      if (error instanceof Unanswered) this.#giveUp(reader);
      throw error;
    }
  }

  #giveUp(reader: FeedReader): void {
    this.#reader = undefined;
    reader.close().catch(() => {
      // It was given up because it does not answer.
    });
  }

  async #sign(asOf: number): Promise<Publication> {
    const { feed, issuer: iss, listSource, asOfSource, clock } = this.#parts;
    const { maxTokenLifeMs } = feed;
    const tag = tagOf(
      this.#shards.map(({ cursor }) => cursor),
      maxTokenLifeMs,
    );
    const current = listSource.current();
    if (this.#body?.tag !== tag || this.#body.key !== current.key) {
      const at = nowMs(clock);
      const shards = this.#shards.map((shard) => ({ ...shard.cursor, entries: shard.entriesAt(at) }));
      const text = await signPayload(current, { iss, tag, maxTokenLifeMs, shards });
      this.#body = { tag, key: current.key, text };
    }
    return { tag, body: this.#body.text, asOf: await signPayload(asOfSource.current(), { iss, tag, asOf }) };
  }
}
