/** A revocation feed in this process's memory. */
import { randomBytes } from "node:crypto";
import { type Clock, nowMs } from "../time.ts";
import type { Revocation } from "./revocation.ts";
import type { FeedChanges, FeedCursor, FeedReader, FeedSnapshot, RevocationRequest } from "./revocation-feed.ts";
import {
  everyoneRevocation,
  requestedRevocation,
  type Stamp,
  sessionRevocation,
  subjectRevocation,
} from "./revocation-stamp.ts";

const LEAST_LOG = 1024;

/** The log of one memory store: synchronous, so that an entry is written in the operation that it belongs to. */
export class MemoryFeed {
  readonly #clock: Clock;
  readonly #maxTokenLifeMs: number;
  readonly #history: string = randomBytes(8).toString("base64url");
  /** Those that have not reached their end, but for some that have; `#dropped` came before them. */
  #log: Revocation[] = [];
  #dropped = 0;
  /** The length at which the log is looked through. */
  #forgetAt = LEAST_LOG;
  #waiting = new Set<() => void>();

  constructor(clock: Clock, maxTokenLifeMs: number) {
    this.#clock = clock;
    this.#maxTokenLifeMs = maxTokenLifeMs;
  }

  /** @param atMs the time of the operation that each belongs to */
  endSessions(sessionIds: readonly string[], atMs: number): void {
    this.#append(sessionIds.map((sessionId) => sessionRevocation(sessionId, this.#stamp(atMs))));
  }

  cutOffSubject(subject: string, epoch: number, atMs: number): void {
    this.#append([subjectRevocation(subject, epoch, this.#stamp(atMs))]);
  }

  cutOffEveryone(epoch: number, atMs: number): void {
    this.#append([everyoneRevocation(0, epoch, this.#stamp(atMs))]);
  }

  add(request: RevocationRequest): void {
    this.#append([requestedRevocation("memoryStore", request, 0, this.#stamp(nowMs(this.#clock)))]);
  }

  reader(): FeedReader {
    const closed = new AbortController();
    return {
      snapshot: async () => this.#snapshot(),
      tail: (_shard, cursor, waitMs) => this.#tail(cursor, waitMs, closed.signal),
      close: async () => closed.abort(),
    };
  }

  #stamp(atMs: number): Stamp {
    return { atMs, maxTokenLifeMs: this.#maxTokenLifeMs };
  }

  #append(revocations: readonly Revocation[]): void {
    if (revocations.length === 0) return;
    this.#forget();
    this.#log.push(...revocations);
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }

  #cursor(): FeedCursor {
    return { position: this.#dropped + this.#log.length, history: this.#history };
  }

  #snapshot(): FeedSnapshot {
    const clockMs = nowMs(this.#clock);
    return { revocations: this.#log.filter((entry) => !isOver(entry, clockMs)), cursor: this.#cursor() };
  }

  async #tail(cursor: FeedCursor, waitMs: number, closed: AbortSignal): Promise<FeedChanges | "gone"> {
    const behind = this.#behind(cursor);
    if (behind === "gone" || behind.length > 0) return this.#changes(behind);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      timer.unref();
      const wake = (): void => {
        clearTimeout(timer);
        closed.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      closed.addEventListener("abort", wake);
    });
    return this.#changes(this.#behind(cursor));
  }

  #changes(behind: readonly Revocation[] | "gone"): FeedChanges | "gone" {
    return behind === "gone" ? behind : { revocations: behind, cursor: this.#cursor() };
  }

  #behind({ position, history }: FeedCursor): readonly Revocation[] | "gone" {
    const at = position - this.#dropped;
    return history !== this.#history || at < 0 || at > this.#log.length ? "gone" : this.#log.slice(at);
  }

  /**
   * Drops what is over, wherever it stands. A reader's place then has entries after it that it knows, never fewer: what
   * was dropped is counted as if it had come first.
   */
  #forget(): void {
    if (this.#log.length < this.#forgetAt) return;
    const clockMs = nowMs(this.#clock);
    const kept = this.#log.filter((entry) => !isOver(entry, clockMs));
    this.#dropped += this.#log.length - kept.length;
    this.#log = kept;
    this.#forgetAt = Math.max(LEAST_LOG, kept.length * 2);
  }
}

function isOver(entry: Revocation, clockMs: number): boolean {
  return entry.kind !== "key" && entry.untilMs <= clockMs;
}
