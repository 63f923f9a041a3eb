/** The terms of one story: how sessions are kept, how bad the network is, and who takes part. */
import type { Chance } from "./chance.ts";

export interface Terms {
  readonly graceMs: number;
  readonly attemptWindowMs: number;
  readonly idleMs: number;
  readonly absoluteMs: number;
  readonly maxReplayStreak: number | undefined;
  /** The key that the session is bound to; undefined: a bearer session. */
  readonly key: string | undefined;
  /** How far each app server's clock is from the truth. */
  readonly skewsMs: readonly number[];
  /** Of requests on their way, and again of replies. A crash after the commit is a lost reply. */
  readonly lossRate: number;
  readonly duplicateRate: number;
  /** From sending to the latest possible reply. */
  readonly maxRoundTripMs: number;
  readonly intervalMs: number;
  /** Presenters of one device, who all refresh at about the same time. */
  readonly tabs: number;
  readonly attempts: boolean;
  readonly thief: boolean;
  /** How often the store fails over to a machine whose clock is behind. */
  readonly failovers: number;
  readonly logout: "session" | "subject" | "everyone" | undefined;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

export function drawTerms(chance: Chance): Terms {
  const graceMs = chance.pick([6, 10, 30, 60]) * SECOND;
  const absoluteMs = chance.happens(0.3) ? chance.between(1, 8) * 60 * MINUTE : 90 * DAY;
  return {
    graceMs,
    attemptWindowMs: chance.pick([graceMs, 2 * MINUTE, 10 * MINUTE]),
    idleMs: Math.min(14 * DAY, absoluteMs),
    absoluteMs,
    maxReplayStreak: undefined,
    key: chance.happens(0.2) ? "the device's key" : undefined,
    skewsMs: [0, chance.between(-10, 10) * MINUTE, chance.between(-90, 90) * SECOND],
    lossRate: chance.pick([0, 0.01, 0.05, 0.2, 0.4]),
    duplicateRate: chance.pick([0, 0.05, 0.2]),
    maxRoundTripMs: chance.pick([200, 1000, 2000]),
    intervalMs: chance.pick([1, 5, 15]) * MINUTE,
    tabs: chance.pick([1, 1, 2, 5]),
    attempts: chance.happens(0.5),
    thief: chance.happens(0.6),
    failovers: chance.pick([0, 0, 1, 3]),
    logout: chance.happens(0.2) ? chance.pick(["session", "subject", "everyone"] as const) : undefined,
  };
}
