/** The list of what was revoked, as every verifier holds it: checked without a network call. */
import { setMaxListeners } from "node:events";
import { tokenError } from "../errors.ts";
import type { Payload } from "../jwt/claim-checks.ts";
import { REVOCATION_CHECKER, type RevocationChecker, type Revocations } from "../jwt/revocation-check.ts";
import type { VerifiedClaims } from "../jwt/verified.ts";
import { checkFunction, checkNames, configError, timeoutOption } from "../options.ts";
import type { Revocation } from "../store/revocation.ts";
import { REVOCATION_MARGIN_MS } from "../store/revocation.ts";
import type { FeedReader, RevocationFeed } from "../store/revocation-feed.ts";
import { type Clock, nowMs } from "../time.ts";
import { createEmit, type Emit, type RevocationEvent, tell } from "./events.ts";
import { follow } from "./follow.ts";
import {
  judgeFreshness,
  type ListState,
  type Moment,
  type Promises,
  promiseOf,
  secondsBetween,
  stateOf,
} from "./freshness.ts";
import { RevokedEntries } from "./revoked-entries.ts";
import { checkLife, checkSkew, readVouchedFor, verifiedPayload } from "./vouched-for.ts";
import { pause } from "./waiting.ts";

export interface RevocationStatus {
  readonly state: ListState;
  /** Since everything was last known to be whole; Infinity before the feed first answered. */
  readonly lagMs: number;
  readonly entries: number;
  /** Tokens that passed though the list was older than its bound. */
  readonly degradedAccepts: number;
  /** What the options promise, in a sentence with its numbers: for a log line at the start. */
  readonly promise: string;
}

export interface RevocationList extends Revocations {
  status(): RevocationStatus;
  /**
   * Resolves true once the whole list was read, false after `timeoutMs` (default 5000) without that, or when it is closed.
   * Never rejects because the feed is down.
   */
  ready(options?: { readonly timeoutMs?: number }): Promise<boolean>;
  /**
   * Whether what was verified once has been revoked since: for WebSockets, SSE and jobs. Synchronous, no network call. It
   * knows no `kid`: what a leaked key signed is closed by closing everything.
   */
  isRevoked(claims: VerifiedClaims<{ readonly sub?: string | undefined }>): boolean;
  /** Calls `listener` after entries came that were not known. Answers the function that ends this. */
  onChange(listener: () => void): () => void;
  /** Stops following the feed. Verifiers that hold the list then refuse as it ages. Idempotent. */
  close(): Promise<void>;
}

/** What a list is made of, its options read. */
export interface ListParts {
  readonly feed: RevocationFeed;
  readonly promises: Promises;
  readonly clock: Clock;
  readonly monotonic: () => number;
  readonly onEvent: ((event: RevocationEvent) => unknown) | undefined;
}

const READY_MS = 5000;
/** A question may wait for news this long at most, though the bound would allow more. */
const LONGEST_WAIT_MS = 20_000;

export class FollowedList implements RevocationList, RevocationChecker {
  readonly "~revocations": true = true as const;
  readonly #entries = new RevokedEntries();
  readonly #listeners = new Set<() => void>();
  readonly #abort = new AbortController();
  /** Nobody need wait for the whole list any longer: it was read, or never will be. */
  readonly #decided = new AbortController();
  readonly #feed: RevocationFeed;
  readonly #promises: Promises;
  readonly #clock: Clock;
  readonly #monotonic: () => number;
  readonly #emit: Emit;
  /** By shard: as of when everything in it is known. */
  readonly #wholeAsOf: (Moment | undefined)[];
  readonly #loops: readonly Promise<void>[];
  #reader: FeedReader;
  #issuer: string | undefined;
  #state: ListState = "blind";
  #degradedAccepts = 0;

  constructor({ feed, promises, clock, monotonic, onEvent }: ListParts) {
    this.#feed = feed;
    this.#promises = promises;
    this.#clock = clock;
    this.#monotonic = monotonic;
    this.#emit = createEmit(onEvent);
    this.#wholeAsOf = Array.from({ length: feed.shards }, () => undefined);
    this.#reader = feed.reader();
    // Each shard waits on the one, whoever asks on the other, and Node takes more than ten for a leak.
    setMaxListeners(0, this.#abort.signal, this.#decided.signal);
    this.#loops = this.#wholeAsOf.map((_, shard) => this.#follow(shard));
    // How verifiers find it; not on the type that users see.
    Object.defineProperty(this, REVOCATION_CHECKER, { value: this });
  }

  status(): RevocationStatus {
    const age = this.#age();
    this.#noteState(stateOf(age, this.#promises));
    return {
      state: this.#state,
      lagMs: age * 1000,
      entries: this.#entries.size,
      degradedAccepts: this.#degradedAccepts,
      promise: promiseOf(this.#promises),
    };
  }

  async ready(options: { readonly timeoutMs?: number } = {}): Promise<boolean> {
    checkNames("ready", options, ["timeoutMs"]);
    const limitMs = timeoutOption("ready", "timeoutMs", options.timeoutMs ?? READY_MS);
    await pause(limitMs, this.#decided.signal, { keepsAlive: true });
    return this.#isWhole();
  }

  isRevoked(claims: VerifiedClaims<{ readonly sub?: string | undefined }>): boolean {
    const payload = verifiedPayload(claims);
    return this.#entries.match(payload, readVouchedFor(payload, this.#feed.shards), undefined) !== undefined;
  }

  onChange(listener: () => void): () => void {
    checkFunction("onChange", "listener", listener);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#abort.abort();
    this.#decided.abort();
    await this.#reader.close();
    await Promise.all(this.#loops);
  }

  bindTo(issuer: string, clockSkew: number): void {
    if (this.#issuer !== undefined && this.#issuer !== issuer) {
      throw configError("createVerifier", 'option "revocations": this list serves another issuer; make one for each');
    }
    checkSkew(clockSkew);
    this.#issuer = issuer;
  }

  /** Nothing here waits, and nothing is written but a count. */
  check(payload: Payload, kid: string | undefined, time: number, requireFresh: boolean): void {
    const rv = readVouchedFor(payload, this.#feed.shards);
    checkLife(payload, rv, time, this.#feed.maxTokenLifeMs / 1000);
    if (this.#entries.match(payload, rv, kid) !== undefined) throw tokenError("REVOKED", "the token was revoked");
    const now = this.#now();
    const age = rv === undefined ? this.#age(now) : Math.max(this.#ageOf(0, now), this.#ageOf(rv.shard, now));
    const verdict = judgeFreshness(age, rv && time - rv.t, this.#promises);
    if (verdict === "fresh") return;
    if (verdict === "refused" || requireFresh) {
      throw tokenError(
        "REVOCATIONS_STALE",
        "the revocation list is too old to say that the token is good: refresh once",
      );
    }
    this.#degradedAccepts++;
  }

  #follow(shard: number): Promise<void> {
    return follow({
      shard,
      reader: () => this.#reader,
      giveUp: (reader) => this.#replace(reader),
      // An answer counts from its question, so two waits and what they take must fit: else a list that is well turns stale.
      waitMs: Math.min(LONGEST_WAIT_MS, Math.max(1, Math.floor(this.#promises.bound * 250))),
      now: () => this.#now(),
      heard: (revocations, asOf) => this.#heard(shard, revocations, asOf),
      emit: this.#emit,
      signal: this.#abort.signal,
    });
  }

  #replace(reader: FeedReader): void {
    if (reader !== this.#reader) return;
    this.#reader = this.#feed.reader();
    reader.close().catch(() => {
      // It was given up because it does not answer.
    });
  }

  #heard(shard: number, revocations: readonly Revocation[], asOf: Moment | undefined): void {
    const clockMs = this.#now().wallMs;
    const latestMs = clockMs + this.#feed.maxTokenLifeMs + 2 * REVOCATION_MARGIN_MS;
    let added = 0;
    for (const revocation of revocations) {
      const entry = this.#shortened(shard, revocation, latestMs);
      if (entry !== undefined && this.#entries.add(entry)) added++;
    }
    this.#entries.forget(clockMs);
    if (asOf !== undefined && isLater(asOf, this.#wholeAsOf[shard])) this.#wholeAsOf[shard] = asOf;
    if (added > 0) {
      this.#emit({ type: "changed", shard, entries: added });
      for (const listener of this.#listeners) tell(listener);
    }
    this.#noteState(stateOf(this.#age(), this.#promises));
    if (this.#isWhole()) this.#decided.abort();
  }

  /** No token that is accepted outlives `maxTokenLifeMs`, so no entry is worth more. What is no entry is left out. */
  #shortened(shard: number, entry: Revocation, latestMs: number): Revocation | undefined {
    if (entry.kind === "key") return entry;
    if (!Number.isFinite(entry.untilMs)) return undefined;
    if (entry.untilMs <= latestMs) return entry;
    this.#emit({ type: "shortened", shard });
    return { ...entry, untilMs: latestMs };
  }

  #isWhole(): boolean {
    return this.#wholeAsOf.every((moment) => moment !== undefined);
  }

  #noteState(state: ListState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#emit({ type: "state", state });
  }

  /** Seconds since all of it was last known to be whole. */
  #age(now = this.#now()): number {
    return this.#wholeAsOf.reduce((oldest, _, shard) => Math.max(oldest, this.#ageOf(shard, now)), 0);
  }

  #ageOf(shard: number, now: Moment): number {
    const moment = this.#wholeAsOf[shard];
    return moment === undefined ? Number.POSITIVE_INFINITY : secondsBetween(moment, now);
  }

  #now(): Moment {
    return { wallMs: nowMs(this.#clock), monotonicMs: this.#monotonic() };
  }
}

function isLater(moment: Moment, known: Moment | undefined): boolean {
  return known === undefined || moment.wallMs > known.wallMs || moment.monotonicMs > known.monotonicMs;
}
