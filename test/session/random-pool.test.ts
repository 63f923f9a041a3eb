/** The pool of random bytes gives each byte once, keeps none that it gave, and none for long. */
import { describe, expect, it } from "vitest";
import { randomPool, takeRandom } from "../../src/session/random-pool.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";

/** A pool filled with numbers that go on, and the memory that it was given to fill. */
function countingPool(clock = manualClock("2026-05-01T12:00:00Z")) {
  const seen: { memory: Uint8Array; fills: number } = { memory: new Uint8Array(), fills: 0 };
  const take = randomPool((memory) => {
    seen.fills++;
    seen.memory = memory;
    memory.fill(seen.fills);
  }, clock);
  return { take, seen, clock };
}

describe("random bytes from the pool", () => {
  it("are never the same twice, in a hundred thousand secrets", () => {
    const secrets = new Set(Array.from({ length: 100_000 }, () => Buffer.from(takeRandom(32)).toString("hex")));
    expect(secrets.size).toBe(100_000);
  });

  it("are as many as were asked for, and none is zero all over", () => {
    for (const count of [1, 16, 32, 4096]) {
      const bytes = takeRandom(count);
      expect(bytes).toHaveLength(count);
      if (count >= 16) expect(bytes.some((byte) => byte !== 0)).toBe(true);
    }
  });

  it("are gone from the pool, and only they", () => {
    const { take, seen } = countingPool();
    take(32);
    take(16);
    expect(seen.memory.subarray(0, 48).every((byte) => byte === 0)).toBe(true);
    expect(seen.memory.subarray(48).every((byte) => byte === 1)).toBe(true);
  });

  it("are the caller's own: what it does to them reaches nobody else", () => {
    const { take, seen } = countingPool();
    const bytes = take(32);
    bytes.fill(99);
    expect(bytes.buffer).not.toBe(seen.memory.buffer);
    expect(take(32).every((byte) => byte === 1)).toBe(true);
  });

  it("come of a new filling where too few are left, none of them zero", () => {
    const { take, seen } = countingPool();
    take(4096 - 31);
    expect(take(32).every((byte) => byte === 2)).toBe(true);
    expect(seen.fills).toBe(2);
  });

  it.each([
    ["a second later", 1],
    ["a year later", 365 * 86_400],
    ["a second earlier", -1],
  ])("come of a new filling %s, as after a restored snapshot", (_when, seconds) => {
    const { take, seen, clock } = countingPool();
    take(32);
    take(32);
    expect(seen.fills).toBe(1);
    clock.set(new Date(clock().getTime() + seconds * 1000));
    expect(take(32).every((byte) => byte === 2)).toBe(true);
  });
});
