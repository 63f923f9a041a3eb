/** Measures two things in turn, so that what disturbs the machine disturbs both. */

export interface Measured {
  /** A second, medians of the rounds. */
  readonly floor: number;
  readonly rotations: number;
  /** Rotations to the floor of the same round; the median of that. */
  readonly ratio: number;
}

export interface Plan {
  readonly rounds: number;
  readonly roundMs: number;
  readonly concurrency: number;
}

type Operation = (chain: number) => Promise<void>;

export async function measure(floor: Operation, rotate: Operation, plan: Plan): Promise<Measured> {
  // Connections, prepared statements and compiled code are nobody's merit.
  await rate(floor, plan);
  await rate(rotate, plan);
  const floors: number[] = [];
  const rotations: number[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    // Whoever comes second finds warmer caches: they take turns at that too.
    if (round % 2 === 0) floors.push(await rate(floor, plan));
    rotations.push(await rate(rotate, plan));
    if (round % 2 === 1) floors.push(await rate(floor, plan));
  }
  return {
    floor: medianOf(floors),
    rotations: medianOf(rotations),
    ratio: medianOf(rotations.map((value, round) => value / (floors[round] as number))),
  };
}

/** Operations a second, with so many chains in flight, each waiting for its last before its next. */
async function rate(operation: Operation, { roundMs, concurrency }: Plan): Promise<number> {
  let done = 0;
  const start = performance.now();
  const end = start + roundMs;
  const chain = async (index: number): Promise<void> => {
    while (performance.now() < end) {
      await operation(index);
      done++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, (_, index) => chain(index)));
  return (done * 1000) / (performance.now() - start);
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}
