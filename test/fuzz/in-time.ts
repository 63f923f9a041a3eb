/** What a machine that is busy with other things must not decide: when fuzzing ends, and what was slow. */
import fc from "fast-check";

const BATCH = 1000;

/** For what takes seconds where nothing else runs. What is judged must not depend on what else does. */
export const PATIENCE_MS = 300_000;

/**
 * Batches of drafts, a new seed for each, until `isOver`: the rest of the last batch is drafted but not judged.
 * @returns how many were judged
 */
export async function judgeUntil<T>(
  isOver: () => boolean,
  drafts: fc.Arbitrary<T>,
  firstSeed: number,
  judge: (draft: T) => void | Promise<void>,
): Promise<number> {
  let judged = 0;
  const property = fc.asyncProperty(drafts, async (draft) => {
    if (isOver()) return;
    await judge(draft);
    judged++;
  });
  for (let seed = firstSeed; !isOver(); seed++) await fc.assert(property, { seed, numRuns: BATCH });
  return judged;
}

/** Milliseconds of processor time of one call, the best of three where the first is slow: a collection may fall into one. */
export function processorTimeOf(run: () => unknown): number {
  const measure = (): number => {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  const first = measure();
  return first < 10 ? first : Math.min(first, measure(), measure());
}
