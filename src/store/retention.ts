/** How long a store keeps what is over. Nothing that is correct depends on it: no record means ended. */
import type { Family } from "./contract.ts";

const HOUR_MS = 3_600_000;

/** A dead session still says why it ended, for seven days. */
export const DEAD_SESSION_MS: number = 7 * 24 * HOUR_MS;

/** How far a verifier's clock may be behind the store's before an id could be used twice. */
export const USED_ID_MARGIN_MS: number = HOUR_MS;

/** How many dead records `sweep()` removes where it is given no limit. */
export const SWEEP_LIMIT = 1000;

/** How many dead sessions of its subject one start removes at most. */
export const PRUNED_BY_A_START = 16;

/** From when on a session's record may be removed, milliseconds on the store's clock. */
export function removableFromMs(family: Family): number {
  return Math.min(family.idleExpiresAtMs, family.ended?.atMs ?? Number.POSITIVE_INFINITY) + DEAD_SESSION_MS;
}
