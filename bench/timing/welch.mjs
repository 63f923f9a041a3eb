/** Whether two kinds of input take different time: Welch's t-test over interleaved samples, as dudect does it. */

/** Beyond this, chance is ruled out (dudect's threshold). */
export const THRESHOLD = 4.5;

/** |t| of two samples, the slowest tenth of each left out: interrupts are not what is measured. */
export function welch(first, second) {
  const a = trimmed(first);
  const b = trimmed(second);
  const difference = mean(a) - mean(b);
  return Math.abs(difference) / Math.sqrt(variance(a) / a.length + variance(b) / b.length);
}

/**
 * Nanoseconds of two functions, called in turns, in an order that a coin decides.
 * @param rounds samples of each
 * @param batch calls in one sample, so that the clock's grain does not matter
 */
export function samples(first, second, rounds, batch) {
  const times = [[], []];
  const runs = [first, second];
  for (let round = -Math.ceil(rounds / 10); round < rounds; round++) {
    const start = Math.random() < 0.5 ? 0 : 1;
    for (const which of [start, 1 - start]) {
      const begin = process.hrtime.bigint();
      for (let call = 0; call < batch; call++) runs[which](call);
      const took = Number(process.hrtime.bigint() - begin) / batch;
      // The first rounds are for the compiler.
      if (round >= 0) times[which].push(took);
    }
  }
  return times;
}

function trimmed(values) {
  return values.toSorted((a, b) => a - b).slice(0, Math.floor(values.length * 0.9));
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values) {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}
