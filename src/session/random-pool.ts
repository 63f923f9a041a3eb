/** Random bytes out of a pool: to ask node:crypto for a few of them costs as much as to ask for a thousand. */
import { randomFillSync } from "node:crypto";
import { type Clock, nowMs, systemClock } from "../time.ts";

const POOL_BYTES = 4096;
/**
 * What is left of a pool is thrown away after a second: of a process that is restored from a snapshot twice, both would give
 * the same bytes. (A child process and a worker have a pool of their own, since each loads this module anew.)
 */
const POOL_MS = 1000;

/**
 * A source of random bytes.
 * @param fill overwrites all of its argument
 * @returns gives that many bytes, at most 4096; no byte twice, and none stays in the pool once it was given
 */
export function randomPool(
  fill: (pool: Uint8Array) => unknown = randomFillSync,
  clock: Clock = systemClock,
): (count: number) => Uint8Array {
  const pool = new Uint8Array(POOL_BYTES);
  let at = POOL_BYTES;
  let filledAt = 0;
  return (count) => {
    const time = nowMs(clock);
    // A clock that was set back tells as little of the pool's age as one that is far ahead.
    if (at + count > POOL_BYTES || Math.abs(time - filledAt) >= POOL_MS) {
      fill(pool);
      at = 0;
      filledAt = time;
    }
    const bytes = pool.slice(at, at + count);
    pool.fill(0, at, at + count);
    at += count;
    return bytes;
  };
}

/** Of this process. */
export const takeRandom: (count: number) => Uint8Array = /* @__PURE__ */ randomPool();
