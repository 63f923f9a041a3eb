/** How much a list is worth at a moment: how old what it knows may be, and what follows from that. */

/** A moment on both of this machine's clocks: the wall's may be set, the monotonic one stands still in suspend. */
export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** *fresh*: within the bound. *stale*: within the ceiling, an outage that may be lived through. *blind*: neither. */
export type ListState = "fresh" | "stale" | "blind";

export interface Promises {
  /** Seconds that a revoked token may still pass while the feed is well. */
  readonly bound: number;
  /** Seconds that it may while the feed is down; undefined: not a token is accepted for want of freshness. */
  readonly acceptFor: number | undefined;
}

/**
 * How long without any answer of the feed a session's own proof of life (`rv.t`) still counts under "reject". A key that
 * was stolen, and whose revocation cannot be heard, could otherwise vouch for its own tokens for ever.
 */
const VOUCHER_CEILING = 900;

/** Seconds within which the feed must have answered for `rv.t` to count, and within which a list is not blind. */
export function ceilingOf({ bound, acceptFor }: Promises): number {
  return acceptFor === undefined ? Math.max(bound, VOUCHER_CEILING) : Math.max(bound, acceptFor);
}

/** Seconds between two moments, by whichever clock says more. Never below zero. */
export function secondsBetween(then: Moment, now: Moment): number {
  return Math.max(0, now.wallMs - then.wallMs, now.monotonicMs - then.monotonicMs) / 1000;
}

export function stateOf(age: number, promises: Promises): ListState {
  if (age <= promises.bound) return "fresh";
  return age <= (promises.acceptFor ?? promises.bound) ? "stale" : "blind";
}

/**
 * Whether a token may pass that no entry matches: "fresh", "degraded" (an outage lived through), or "refused".
 * @param age seconds since the list was last known to be whole; Infinity: never
 * @param vouched seconds since a store vouched for the token's session; undefined where it says nothing of it
 */
export function judgeFreshness(
  age: number,
  vouched: number | undefined,
  promises: Promises,
): "fresh" | "degraded" | "refused" {
  const counted = vouched !== undefined && age <= ceilingOf(promises) ? Math.max(0, vouched) : Number.POSITIVE_INFINITY;
  if (Math.min(age, counted) <= promises.bound) return "fresh";
  return promises.acceptFor !== undefined && age <= promises.acceptFor ? "degraded" : "refused";
}

/** The bound, said for these options. Counted from when the revoking call resolved, while the store keeps its writes. */
export function promiseOf({ bound, acceptFor }: Promises): string {
  const clocks = "and the difference between this machine's clock and the store's";
  if (acceptFor === undefined) {
    return `a revoked token passes for ${bound} s ${clocks} at most, and while the feed is down none passes for longer`;
  }
  return `a revoked token passes for ${bound} s ${clocks} at most while the feed is well, for ${acceptFor} s while it is down`;
}
