/**
 * Interleaved rounds. Every contender has a short turn in every round, in another order each time, so that what else the
 * machine does meets all alike; figures are medians over the rounds, and a ratio is taken within each round before its
 * median is.
 */
import { cpuUsage, hrtime } from "node:process";

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {(count: number) => unknown} [prepare] makes what `count` operations need, outside the measured time
 * @property {(count: number, prepared: any) => unknown} run does `count` operations; a promise is awaited
 */

/**
 * @typedef {object} Race
 * @property {(name: string) => number} nanoseconds for one operation: the median of the rounds
 * @property {(name: string) => number} perSecond operations, from that median
 * @property {(name: string, base: string) => number} ratio how many times as fast as `base`: the median of the rounds' ratios
 * @property {(name: string) => { low: number, high: number }} spread the quartiles, in nanoseconds for one operation
 * @property {readonly string[]} names
 */

/**
 * Runs the contenders against each other.
 * @param {readonly Contender[]} contenders
 * @param {{ rounds?: number, turnMs?: number, warmUpMs?: number, clock?: "cpu" | "wall", most?: number }} [options]
 *   `clock`: "cpu" counts the processor time of this process, all its threads, which on one core is the time it takes
 *   there, and which other processes do not change; "wall" is for what waits. `most`: operations in a turn
 * @returns {Promise<Race>}
 */
export async function race(contenders, options = {}) {
  const { rounds = 60, turnMs = 4, warmUpMs = 150, clock = "cpu", most = 4000 } = options;
  const now = CLOCKS[clock];
  const turn = async ({ prepare, run }, count) => {
    const prepared = prepare?.(count);
    const start = now();
    const answer = run(count, prepared);
    if (answer instanceof Promise) await answer;
    return (now() - start) / count;
  };

  const counts = new Map();
  for (const contender of contenders) counts.set(contender.name, await warmUp(contender, turn, warmUpMs, turnMs, most));

  const times = new Map(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let at = 0; at < contenders.length; at++) {
      const contender = contenders[(at + round) % contenders.length];
      times.get(contender.name).push(await turn(contender, counts.get(contender.name)));
    }
  }
  return results(times);
}

/** The middle one; of an even count the mean of the two in the middle. @param {readonly number[]} numbers */
export function median(numbers) {
  return quantile(numbers, 0.5);
}

/** @param {readonly number[]} numbers @param {number} part from 0 to 1 */
export function quantile(numbers, part) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const below = sorted[Math.floor(place)];
  return below + (sorted[Math.ceil(place)] - below) * (place - Math.floor(place));
}

/** In nanoseconds. Processor time has steps of a microsecond, so turns must be milliseconds. */
const CLOCKS = {
  cpu: () => {
    const { user, system } = cpuUsage();
    return (user + system) * 1000;
  },
  wall: () => Number(hrtime.bigint()),
};

/** Until it is compiled; then how many operations fill a turn. */
async function warmUp(contender, turn, warmUpMs, turnMs, most) {
  let count = 1;
  let each = await turn(contender, count);
  let spentMs = each / 1e6;
  while (spentMs < warmUpMs) {
    each = await turn(contender, count);
    spentMs += Math.max(0.001, (each * count) / 1e6);
    count = fit((turnMs * 1e6) / Math.max(1, each), Math.min(most, count * 4));
  }
  return count;
}

function fit(count, most) {
  return Math.max(1, Math.min(most, Math.round(count)));
}

/** @returns {Race} */
function results(times) {
  const of = (name) => {
    const found = times.get(name);
    if (found === undefined) throw new Error(`there is no contender ${name}`);
    return found;
  };
  const nanoseconds = (name) => median(of(name));
  return {
    names: [...times.keys()],
    nanoseconds,
    perSecond: (name) => 1e9 / nanoseconds(name),
    ratio: (name, base) => median(of(name).map((time, round) => of(base)[round] / time)),
    spread: (name) => ({ low: quantile(of(name), 0.25), high: quantile(of(name), 0.75) }),
  };
}
