/** What one look into the list costs, and what an entry takes in memory: at each size, beside a plain `Set` of the same ids. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { argv } from "node:process";
import { RevokedEntries } from "../../src/revocation/revoked-entries.ts";
import { race } from "../rounds.mjs";
import { claims, entry, sessionId } from "./entries.ts";

/** The word that makes a process one of the children. */
export const MEASURE = "measure";

interface Structure {
  add(number: number, nowMs: number): void;
  has(asked: ReturnType<typeof claims>): boolean;
  readonly size: number;
}

const structures: Readonly<Record<string, () => Structure>> = {
  list: () => {
    const entries = new RevokedEntries();
    return {
      add: (number, nowMs) => void entries.add(entry(number, nowMs)),
      has: (asked) => entries.match(asked, undefined, undefined) !== undefined,
      get size() {
        return entries.size;
      },
    };
  },
  Set: () => {
    const ids = new Set<string>();
    return {
      add: (number) => void ids.add(sessionId(number)),
      has: ({ sid }) => ids.has(sid),
      get size() {
        return ids.size;
      },
    };
  },
};

interface Measured {
  readonly missNs: number;
  readonly hitNs: number;
  readonly bytes: number;
  readonly longestAddMs: number;
}

/** Each size of each structure in a process of its own, so that no figure has another's memory in it. */
export async function checking(sizes: readonly number[]): Promise<void> {
  console.log(
    "one check of a session's claims (the Set: of its sid alone), and memory, which the Set needs for ids without ends",
  );
  console.log(
    "| entries | | miss ns | hit ns | bytes an entry | longest add, ms of processor |\n|---|---|---|---|---|---|",
  );
  for (const size of sizes) {
    for (const name of Object.keys(structures)) {
      const { missNs, hitNs, bytes, longestAddMs } = await measured(name, size);
      const figures = [missNs, hitNs, bytes].map((figure) => figure.toFixed(0));
      console.log(`| ${size} | ${name} | ${figures.join(" | ")} | ${longestAddMs.toFixed(1)} |`);
    }
  }
}

async function measured(name: string, size: number): Promise<Measured> {
  const child = fork(argv[1] ?? "", [MEASURE, name, String(size)], {
    execArgv: ["--expose-gc", "--max-old-space-size=12000"],
  });
  const [answer] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => {
      throw new Error(`${name} with ${size} entries ended before it answered`);
    }),
  ])) as [Measured];
  return answer;
}

/** What a child does. */
export async function measure(name: string, size: number): Promise<void> {
  const structure = structures[name]?.();
  if (structure === undefined) throw new Error(`there is no structure ${name}`);
  const before = bytesInUse();
  const nowMs = Date.now();
  let longestAddMs = 0;
  let from = processorMs();
  for (let number = 0; number < size; number++) {
    structure.add(number, nowMs);
    const to = processorMs();
    longestAddMs = Math.max(longestAddMs, to - from);
    from = to;
  }
  const bytes = (bytesInUse() - before) / size;
  if (structure.size !== size) throw new Error(`${structure.size} entries of ${size}`);

  let asked = 0;
  const ask = (isListed: boolean) => ({
    name: String(isListed),
    // Other ids each time, so that neither the engine nor the processor's caches know them.
    prepare: (count: number) =>
      Array.from({ length: count }, () => {
        asked = (asked + 7919) % 90_000_019;
        return claims(isListed ? asked % size : size + asked);
      }),
    run: (_count: number, all: readonly ReturnType<typeof claims>[]) => {
      for (const one of all) if (structure.has(one) !== isListed) throw new Error(`a wrong answer about ${one.sid}`);
    },
  });
  const result = await race([ask(false), ask(true)], { rounds: 61, turnMs: 4, warmUpMs: 500 });
  process.send?.({
    missNs: result.nanoseconds("false"),
    hitNs: result.nanoseconds("true"),
    bytes,
    longestAddMs,
  } satisfies Measured);
  process.disconnect();
}

/** Of all threads of this process: other processes do not change it, and the engine's own housekeeping counts. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function bytesInUse(): number {
  for (let times = 0; times < 3; times++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
