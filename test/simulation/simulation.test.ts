/**
 * What is promised about theft, held against a million presentations of refresh tokens by honest clients and thieves on
 * bad networks. `SIMULATION_SEED=n` tells one story again; `SIMULATION_STEPS=n` tells more of them.
 */
import { env } from "node:process";
import { beforeAll, describe, expect, it } from "vitest";
import { BROKEN } from "./network.ts";
import type { Rules } from "./server.ts";
import { familyServer } from "./server.ts";
import { sessionsServer } from "./sessions-server.ts";
import { type MakeServer, type Story, tell } from "./story.ts";
import { statements } from "./witness.ts";
import { mistakes } from "./wrong-rules.ts";

const steps = Number(env.SIMULATION_STEPS ?? 1_000_000);
const oneSeed = env.SIMULATION_SEED === undefined ? undefined : Number(env.SIMULATION_SEED);
const withRules =
  (rules?: Rules): MakeServer =>
  (...given) =>
    familyServer(...given, rules);

function describeViolations(seed: number, { terms, trace, violations }: Story): string {
  const broken = violations.map(({ statement, what }) => `broken: ${statement} (${what})`);
  const again = `SIMULATION_SEED=${seed} npx vitest run test/simulation`;
  const end = trace.indexOf(BROKEN) + 1 || trace.length;
  return [...broken, `again: ${again}`, JSON.stringify(terms), ...trace.slice(Math.max(0, end - 12), end)].join("\n");
}

describe.runIf(oneSeed !== undefined)(`the story of seed ${oneSeed}`, () => {
  it("keeps every promise", async () => {
    const story = await tell(Number(oneSeed), withRules());
    console.log(`${JSON.stringify(story.terms)}\n${story.trace.join("\n")}`);
    expect(story.violations).toEqual([]);
  });
});

describe.runIf(oneSeed === undefined)(`in ${steps} presentations`, () => {
  const seen = new Map<string, number>();
  let told = 0;
  let stories = 0;

  beforeAll(async () => {
    for (let seed = 1; told < steps; seed++) {
      const story = await tell(seed, withRules());
      if (story.violations.length > 0) throw new Error(describeViolations(seed, story));
      stories++;
      for (const [kind, count] of story.seen) {
        seen.set(kind, (seen.get(kind) ?? 0) + count);
        told += count;
      }
    }
  }, 3_600_000);

  it("no promise about theft is broken, and no honest client is logged out", () => {
    console.log(`${told} presentations in ${stories} stories:`, Object.fromEntries(seen));
    expect(told).toBeGreaterThanOrEqual(steps);
  });

  it.each([
    "current",
    "in the window",
    "explained, after grace",
    "late",
    "late, by a clock turned back",
    "older generation",
    "without the key",
    "past its life",
    "after the end",
  ])("the case was met often: %s", (kind) => {
    expect(seen.get(kind) ?? 0).toBeGreaterThan(steps / 10_000);
  });
});

describe.runIf(oneSeed === undefined)("the same stories", () => {
  it("go the same way with real sessions, tokens and a store", async () => {
    for (let seed = 1; seed <= 150; seed++) {
      const real = await tell(seed, sessionsServer);
      expect(real.violations, `seed ${seed}`).toEqual([]);
      expect(real.trace, `seed ${seed}`).toEqual((await tell(seed, withRules())).trace);
    }
  });

  it("go the same way when they are told again", async () => {
    for (const seed of [1, 2, 3]) expect(await tell(seed, withRules())).toEqual(await tell(seed, withRules()));
  });
});

describe.runIf(oneSeed === undefined)("the simulation finds out systems where", () => {
  it.each(mistakes.map((entry) => [entry.mistake, entry] as const))("%s", async (_mistake, { rules, breaks }) => {
    const broken = new Set<string>();
    for (let seed = 1; seed <= 3000 && !broken.has(breaks); seed++) {
      const { violations } = await tell(seed, withRules(rules));
      for (const { statement } of violations) broken.add(statement);
    }
    expect([...broken]).toContain(breaks);
  });

  it("and prints how to see it again", async () => {
    const server = withRules(mistakes[0]?.rules);
    let seed = 1;
    while ((await tell(seed, server)).violations[0]?.statement !== statements.late) seed++;
    const report = describeViolations(seed, await tell(seed, server));
    expect(report).toContain(`SIMULATION_SEED=${seed} `);
    expect(report).toContain("broken: (a)");
    expect(report).toMatch(/presents 0: replayed\n↑ broken$/);
  });
});
