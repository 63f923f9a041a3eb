/**
 * The fan-out of logouts to a fleet whose verifiers are well, slow, cut off or cold, with the real list in each, on virtual
 * time: the longest time for which any still accepted what was revoked, beside what the bound says.
 */
import { isTokenError } from "../../src/errors.ts";
import { checkerOf, type RevocationChecker } from "../../src/jwt/revocation-check.ts";
import { FollowedList } from "../../src/revocation/revocation-list.ts";
import { Cache, type Line, SimulatedStore, simulatedFeed, type Way } from "./simulated-feed.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface Story {
  readonly name: string;
  readonly way: Way;
  readonly bound: number;
  readonly acceptFor: number | undefined;
  readonly verifiers: number;
  readonly seconds: number;
}

export interface Outcome {
  readonly kind: string;
  readonly verifiers: number;
  readonly logouts: number;
  /** Milliseconds from a logout to the last moment at which a verifier of the kind accepted its token. */
  readonly medianMs: number;
  readonly worstMs: number;
  readonly limitMs: number;
  /** Of the questions about a token that is good. */
  readonly goodAccepted: number;
}

/** How far a verifier's clock is from the store's at most, milliseconds. */
export const SKEW_MS = 500;
const TICK_MS = 100;
const LOGOUT_EVERY_MS = 3000;
const EPOCH_MS = Date.parse("2026-05-01T12:00:00Z");
const KINDS = ["well", "slow", "cut off", "cold"] as const;
const SHARES = [0.6, 0.2, 0.15, 0.05];

interface Verifier {
  readonly kind: (typeof KINDS)[number];
  readonly startMs: number;
  readonly offsetMs: number;
  checker: RevocationChecker | undefined;
  /** By logout: how long after it its token last passed; undefined once it is on the list, or over. */
  readonly passedMs: number[];
  asked: number;
  accepted: number;
}

export async function simulate(time: VirtualTime, story: Story): Promise<readonly Outcome[]> {
  const startMs = time.nowMs;
  const endMs = startMs + story.seconds * 1000;
  const store = new SimulatedStore();
  const origin = new Cache();
  const cache = new Cache(
    story.way.maxAgeMs === 0 ? undefined : () => origin.read(store, time.nowMs, story.way.maxAgeMs),
  );
  const lists: FollowedList[] = [];
  const verifiers = KINDS.flatMap((kind, index) =>
    Array.from({ length: Math.round(story.verifiers * (SHARES[index] ?? 0)) }, (): Verifier => {
      const isCold = kind === "cold";
      return {
        kind,
        startMs: isCold ? time.between(startMs, endMs - 20_000) : startMs,
        offsetMs: Math.round(time.between(-SKEW_MS, SKEW_MS)),
        checker: undefined,
        passedMs: [],
        asked: 0,
        accepted: 0,
      };
    }),
  );
  const limitMs = (story.acceptFor ?? story.bound) * 1000 + SKEW_MS;
  const logouts: { readonly atMs: number; readonly payload: ReturnType<typeof payloadOf> }[] = [];
  const good = () => payloadOf("good", startMs - 60_000);

  for (let nowMs = startMs; nowMs < endMs; nowMs += TICK_MS) {
    await time.runUntil(nowMs);
    for (const verifier of verifiers) {
      if (verifier.checker !== undefined || verifier.startMs > nowMs) continue;
      const list = start(time, store, story, cache, verifier, lineOf(time, verifier, startMs, endMs));
      lists.push(list);
      verifier.checker = checkerOf("simulation", list, ["https://auth.test"], 0);
    }
    if ((nowMs - startMs) % LOGOUT_EVERY_MS === 0 && nowMs > startMs && nowMs < endMs - 2 * limitMs) {
      const sid = `session ${logouts.length}`;
      // The worst case: the store vouched for the session in the very moment before.
      logouts.push({ atMs: nowMs, payload: payloadOf(sid, nowMs) });
      store.log.push({ kind: "session", sessionId: sid, untilMs: EPOCH_MS + nowMs + 1_500_000 });
    }
    for (const verifier of verifiers) {
      const { checker } = verifier;
      if (checker === undefined) continue;
      const clock = (EPOCH_MS + nowMs + verifier.offsetMs) / 1000;
      verifier.asked++;
      if (codeOf(checker, good(), clock) === "ok") verifier.accepted++;
      for (const [index, { atMs, payload }] of logouts.entries()) {
        if (nowMs - atMs > 2 * limitMs) continue;
        verifier.passedMs[index] ??= 0;
        if (codeOf(checker, payload, clock) === "ok") verifier.passedMs[index] = nowMs - atMs;
      }
    }
  }
  await Promise.all(lists.map((list) => list.close()).concat(time.runUntil(endMs + 60_000)));
  return KINDS.map((kind) => outcomeOf(kind, verifiers, logouts.length, limitMs));
}

function start(
  time: VirtualTime,
  store: SimulatedStore,
  { bound, acceptFor, way }: Story,
  cache: Cache,
  { offsetMs }: Verifier,
  line: Line,
): FollowedList {
  return new FollowedList({
    feed: simulatedFeed(time, store, line, { ...way, cache }, offsetMs),
    promises: { bound, acceptFor },
    clock: () => new Date(EPOCH_MS + time.nowMs + offsetMs),
    monotonic: () => time.nowMs,
    onEvent: undefined,
  });
}

function lineOf(time: VirtualTime, { kind, startMs: ownStartMs }: Verifier, startMs: number, endMs: number): Line {
  const isRefused = time.random() < 0.5;
  if (kind === "slow") return { latencyMs: [200, 1000], cut: undefined, isRefused };
  if (kind === "well") return { latencyMs: [1, 20], cut: undefined, isRefused };
  const fromMs = kind === "cold" ? ownStartMs - 1 : time.between(startMs + 5000, endMs - 40_000);
  const lastsMs = kind === "cold" ? time.between(0, 10_000) : time.between(2000, 40_000);
  return { latencyMs: [1, 20], cut: [fromMs, fromMs + lastsMs], isRefused };
}

function payloadOf(sid: string, vouchedMs: number) {
  const t = (EPOCH_MS + vouchedMs) / 1000;
  return { sub: "user", sid, jti: sid, iat: Math.floor(t), exp: t + 800, rv: { t, s: 1, e: 1, shard: 0 } };
}

function codeOf(checker: RevocationChecker, payload: ReturnType<typeof payloadOf>, clock: number): string {
  try {
    checker.check(payload, undefined, clock, false);
    return "ok";
  } catch (error) {
    if (isTokenError(error)) return error.code;
    throw error;
  }
}

function outcomeOf(kind: string, all: readonly Verifier[], logouts: number, limitMs: number): Outcome {
  const verifiers = all.filter((verifier) => verifier.kind === kind);
  // A cold one was not there for the logouts before it.
  const passed = verifiers.flatMap(({ passedMs }) => passedMs.filter((ms) => ms !== undefined)).sort((a, b) => a - b);
  const sum = (of: (verifier: Verifier) => number): number => verifiers.reduce((total, one) => total + of(one), 0);
  return {
    kind,
    verifiers: verifiers.length,
    logouts,
    medianMs: passed[passed.length >> 1] ?? 0,
    worstMs: passed.at(-1) ?? 0,
    limitMs,
    goodAccepted:
      sum(({ accepted }) => accepted) /
      Math.max(
        1,
        sum(({ asked }) => asked),
      ),
  };
}
