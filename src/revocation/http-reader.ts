/** Reads a published list over HTTP: all shards with one request, as often as the one that waits the shortest asks. */
import { setMaxListeners } from "node:events";
import type { FeedChanges, FeedCursor, FeedReader, FeedSnapshot } from "../store/revocation-feed.ts";
import { monotonicMs } from "../time.ts";
import { HttpFeedError } from "./feed-fault.ts";
import type { Moment } from "./freshness.ts";
import { HeardList } from "./heard-list.ts";
import { type ListRequest, requestList } from "./list-request.ts";
import { AS_OF_FIELD, openAsOf, openList, type SignedList, type Trust } from "./signed-list.ts";
import { pause, Unanswered, within } from "./waiting.ts";

export interface HttpReaderParts {
  readonly request: ListRequest;
  readonly trust: Trust;
  readonly shards: number;
  readonly maxTokenLifeMs: number;
  /** Between two requests at most, while somebody waits. */
  readonly pollMs: number;
  now(): Moment;
}

/** One request. Timers count real time, whatever clock a test gives for the age of what was heard. */
interface Round {
  readonly sentMs: number;
  readonly answer: Promise<void>;
  state: "open" | "answered" | "failed";
}

/** Of the signed time, which names no entry. */
const MOST_BYTES_OF_AS_OF = 16_384;

export class HttpFeedReader implements FeedReader {
  readonly #parts: HttpReaderParts;
  readonly #list = new HeardList();
  readonly #closed = new AbortController();
  #last: Round | undefined;
  /** After an answer that does not fit the list that is held, the whole list is asked for. */
  #asksForAll = false;

  constructor(parts: HttpReaderParts) {
    this.#parts = parts;
    setMaxListeners(0, this.#closed.signal);
  }

  async snapshot(shard: number): Promise<FeedSnapshot> {
    const asked = this.#parts.now();
    const last = this.#last;
    // All shards ask at once: they share a request, and its failure for a while.
    const isShared = last?.state === "open" || (last?.state === "failed" && this.#isRecent(last));
    await (isShared ? last.answer : this.#request());
    return { ...this.#list.snapshot(shard), ageMs: this.#behind(asked) };
  }

  async tail(shard: number, cursor: FeedCursor, waitMs: number): Promise<FeedChanges | "gone"> {
    const { pollMs } = this.#parts;
    const asked = this.#parts.now();
    const fromMs = monotonicMs();
    // Equal steps, the last one at the end of the wait.
    const steps = Math.max(1, Math.ceil(waitMs / pollMs));
    const stepMs = waitMs / steps;
    for (let step = 0; ; step++) {
      const changes = this.#list.heard === undefined ? "gone" : this.#list.changesAfter(shard, cursor);
      if (step === steps || changes === "gone" || changes.revocations.length > 0) {
        return changes === "gone" ? changes : { ...changes, ageMs: this.#behind(asked) };
      }
      const dueMs = fromMs + (step + 1) * stepMs;
      await pause(Math.max(0, dueMs - monotonicMs()), this.#closed.signal);
      const last = this.#last;
      // What another shard asked for will do, and a server that is slow is not asked twice.
      const isShared = last !== undefined && (last.state === "open" || last.sentMs >= dueMs - stepMs / 2);
      await (isShared ? last.answer : this.#request());
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }

  #isRecent({ sentMs }: Round): boolean {
    return monotonicMs() - sentMs < this.#parts.pollMs;
  }

  /** How far what is known lies behind a question of this reader's; below zero where it was looked at later. */
  #behind(asked: Moment): number {
    const { heard } = this.#list;
    if (heard === undefined) throw new Error("no list has come yet");
    const { sent, behindMs } = heard;
    // By the clock that says more: the monotonic one stands still while the machine sleeps.
    return Math.max(asked.wallMs - sent.wallMs, asked.monotonicMs - sent.monotonicMs) + behindMs;
  }

  #request(): Promise<void> {
    if (this.#closed.signal.aborted) return Promise.reject(new Error("the reader is closed"));
    const sentMs = monotonicMs();
    const answer = this.#ask(this.#parts.now());
    const round: Round = { sentMs, answer, state: "open" };
    this.#last = round;
    answer.then(
      () => {
        round.state = "answered";
      },
      () => {
        round.state = "failed";
      },
    );
    return answer;
  }

  async #ask(sent: Moment): Promise<void> {
    const { request, trust, now } = this.#parts;
    try {
      const { body, asOf, cachedMs } = await requestList(
        request,
        this.#asksForAll ? undefined : this.#list.tag,
        this.#closed.signal,
      );
      if (asOf === undefined) {
        throw new HttpFeedError(body === undefined ? "not-modified" : "malformed", `no ${AS_OF_FIELD} field came`);
      }
      // The keys may have to be fetched.
      const proved = await within(request.timeoutMs, async () => ({
        list: body === undefined ? undefined : this.#checked(await openList(body, trust)),
        asOf: await openAsOf(asOf, { ...trust, maxBytes: MOST_BYTES_OF_AS_OF }),
      }));
      this.#list.take(proved.list, proved.asOf, { sent, cachedMs, nowMs: now().wallMs });
      this.#asksForAll = false;
    } catch (error) {
      this.#asksForAll = true;
      throw error instanceof Unanswered ? new HttpFeedError("timeout", "the keys did not come in time") : error;
    }
  }

  /** What the options say of the issuer's feed must be so: a token outlives no entry, and is looked for in its shard. */
  #checked(list: SignedList): SignedList {
    const { shards, maxTokenLifeMs } = this.#parts;
    if (list.shards.length !== shards) {
      throw new HttpFeedError("options", `option "shards" is ${shards}, the issuer's feed has ${list.shards.length}`);
    }
    if (list.maxTokenLifeMs < maxTokenLifeMs) {
      const problem = `option "maxTokenLife" is more than the ${list.maxTokenLifeMs / 1000} s of the issuer's feed`;
      throw new HttpFeedError("options", problem);
    }
    return list;
  }
}
