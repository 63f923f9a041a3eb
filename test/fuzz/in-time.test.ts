/** Fuzzing on a machine that is busy with other things: it ends when it should, and blames no token for the wait. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { judgeUntil, processorTimeOf } from "./in-time.ts";

it("ends when the time is over, in the middle of a batch if need be", async () => {
  let seconds = 0;
  const judged = await judgeUntil(
    () => seconds >= 30,
    fc.nat(),
    1,
    () => {
      seconds++;
    },
  );
  expect(judged).toBe(30);
});

it("goes on with new drafts as long as there is time", async () => {
  const drafts = new Set<number>();
  const judged = await judgeUntil(
    () => drafts.size >= 2500,
    fc.integer({ min: 0, max: 1e9 }),
    1,
    (draft) => void drafts.add(draft),
  );
  expect(judged).toBeGreaterThanOrEqual(2500);
});

it("ends at once with what it found", async () => {
  const odd = (draft: number) => expect(draft % 2).toBe(0);
  await expect(judgeUntil(() => false, fc.nat(), 1, odd)).rejects.toThrow(/Property failed/);
});

it("a call that had to wait was not slow", () => {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  expect(processorTimeOf(() => Atomics.wait(clock, 0, 0, 80))).toBeLessThan(50);
});

it("a call that computed for 60 ms was", () => {
  const compute = (): void => {
    const start = process.cpuUsage();
    for (;;) {
      const { user, system } = process.cpuUsage(start);
      if (user + system >= 60_000) return;
    }
  };
  expect(processorTimeOf(compute)).toBeGreaterThanOrEqual(60);
});
