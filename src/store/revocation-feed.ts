/**
 * What a revocation feed promises. To write one: implement `RevocationFeed`, keep every entry until its own end, number
 * the entries of a shard without a gap, and run `feedConformance` of `rejwt/testing` on it.
 *
 * A feed answers what was revoked and how much of it a reader has heard. It never answers whether a token is good: every
 * verifier decides that by itself, from the copy of the list that it holds. Times are milliseconds since 1970 on the
 * **store's** clock; no writer sends one, but for the `exp` of a token that it revokes.
 */
import type { Revocation } from "./revocation.ts";

/** All that is revoked in one shard, at one moment. */
export interface FeedSnapshot {
  /** The entries that have not reached their end, in any order. */
  readonly revocations: readonly Revocation[];
  /** The place after them, for `tail`. */
  readonly cursor: FeedCursor;
  /**
   * How far behind the question the answer is, where a relay gives it: it is whole as of so long before. Below zero where
   * the relay looked after it was asked, as one that waits does. Default 0.
   */
  readonly ageMs?: number;
}

/**
 * A place in the history of a shard: `position` entries were written before it. `history` tells histories apart: after a
 * failover or a restore that lost entries, the same position is another place.
 */
export interface FeedCursor {
  /** 0 before the first entry; each adds 1, and none is skipped. */
  readonly position: number;
  /** Opaque text. Two cursors of one position are the same place only where this is the same. */
  readonly history: string;
}

/** What came after a cursor. An empty answer is a heartbeat: as of the moment it was asked, there was nothing more. */
export interface FeedChanges {
  /** Oldest first; the first follows the cursor that was given, with nothing between. */
  readonly revocations: readonly Revocation[];
  readonly cursor: FeedCursor;
  /** True where the answer was cut off, and more follows the cursor already: a reader knows the whole with the last part. */
  readonly isPart?: boolean;
  /** As in a snapshot. */
  readonly ageMs?: number;
}

/** One reader's connection. Every answer comes from where writes are acknowledged, never from a replica. */
export interface FeedReader {
  /** One consistent reading. Rejects where the feed cannot answer. */
  snapshot(shard: number): Promise<FeedSnapshot>;
  /**
   * Answers at once where something came after the cursor; else after at most `waitMs`, empty. "gone" where the feed has
   * no such place any more: the log was trimmed, or entries were lost. Rejects where it cannot answer.
   */
  tail(shard: number, cursor: FeedCursor, waitMs: number): Promise<FeedChanges | "gone">;
  /** Ends what it waits for, and frees what it opened itself. Idempotent. */
  close(): Promise<void>;
}

/** What is to be revoked, before the store has put its time on it. */
export type RevocationRequest =
  | { readonly kind: "token"; readonly jti: string /** Milliseconds. */; readonly expiresAtMs: number }
  | { readonly kind: "session"; readonly sessionId: string }
  | { readonly kind: "subject"; readonly subject: string }
  /** In every shard: resolves when each has acknowledged. */
  | { readonly kind: "everyone" }
  | { readonly kind: "key"; readonly kid: string };

export interface RevocationFeed {
  readonly "~feed": true;
  /** How many shards there are: those of the sessions, 1 where there is nothing to spread. */
  readonly shards: number;
  /**
   * The longest life of an access token that entries are kept for, in milliseconds. A verifier with a list of this feed
   * refuses tokens that live longer.
   */
  readonly maxTokenLifeMs: number;
  /** A reader of its own, for one list. */
  reader(): FeedReader;
  /** Writes one entry with the store's time. Atomic, durable when it resolves, and harmless to repeat. */
  addRevocation(request: RevocationRequest): Promise<void>;
}
