/**
 * Tokens that nobody would send in good faith, judged by this package and by jose. Seeded and short here;
 * `npm run fuzz -- --minutes N` is the same with new seeds, for as long as one likes.
 */
import fc from "fast-check";
import { beforeAll, describe, expect, it, test } from "vitest";
import { type Alg, decode, generateKey, inspect, type Key } from "../../src/index.ts";
import { SEED } from "../fixtures/arbitraries.ts";
import { keyFor } from "../fixtures/keys.ts";
import { codeOf } from "../fixtures/refusals.ts";
import { buildToken } from "./build-token.ts";
import { judge, processorTimeOfVerify, SHARED_ALGS } from "./compare.ts";
import { type Draft, drafts } from "./drafts.ts";
import finds from "./finds.json" with { type: "json" };
import { judgeUntil, PATIENCE_MS } from "./in-time.ts";
import { LISTED } from "./listed-differences.ts";

const MINUTES = Number(process.env.FUZZ_MINUTES ?? 0);
const FIRST_SEED = Number(process.env.FUZZ_SEED ?? SEED);

const strangers = new Map<Alg, Key>();
beforeAll(async () => {
  for (const alg of SHARED_ALGS) strangers.set(alg, await generateKey(alg));
}, PATIENCE_MS);

const tokenOf = (draft: Draft): string =>
  buildToken(draft, keyFor(draft.alg), strangers.get(draft.alg) ?? keyFor(draft.alg));

describe("a drafted token", () => {
  it("is never a crash, never accepted where jose refuses it, and never refused without a listed reason", {
    timeout: PATIENCE_MS,
  }, async () => {
    const verdicts = new Set<string>();
    const property = fc.asyncProperty(drafts(SHARED_ALGS), async (draft) => {
      const { problem, ours } = await judge(draft.alg, tokenOf(draft));
      expect(problem).toBeUndefined();
      verdicts.add(ours);
    });
    await fc.assert(property, { seed: SEED, numRuns: 4000 });
    // The drafts get past the first check, and past the signature.
    for (const verdict of ["accepted", "MALFORMED", "ALG", "CRIT", "SIGNATURE", "EXPIRED", "CLAIM_INVALID"]) {
      expect(verdicts).toContain(verdict);
    }
  });

  it("can be looked at by whoever likes", { timeout: PATIENCE_MS }, () => {
    const property = fc.property(drafts(SHARED_ALGS), (draft) => {
      const token = tokenOf(draft);
      expect(["accepted", "MALFORMED", "TOO_LARGE"]).toContain(codeOf(() => decode(token)));
      expect(Array.isArray(inspect(token).findings)).toBe(true);
    });
    fc.assert(property, { seed: SEED, numRuns: 1000 });
  });
});

describe("what was found before stays as it was decided", () => {
  test.each(finds)("$what", async ({ alg, token, ours, jose, rule }) => {
    const judged = await judge(alg as Alg, token);
    expect(judged).toEqual({ ours, jose, rule, problem: undefined });
  });

  it("every listed difference has an example", () => {
    const shown = new Set(finds.map((find) => find.rule));
    expect(LISTED.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });
});

describe("the comparison itself", () => {
  it("notices a token that is accepted too easily, or refused for no reason", async () => {
    const honest = finds.find(({ rule, ours }) => rule === undefined && ours === "accepted");
    const token = honest?.token ?? "";
    expect((await judge("HS256", token)).problem).toBeUndefined();
    // As if one of the two had the keys of another algorithm.
    expect((await judge("HS256", token, "ES256")).problem).toMatch(/^accepted, where jose says/);
    expect((await judge("ES256", token, "HS256")).problem).toBe("refused with ALG for no listed reason");
  });
});

if (MINUTES > 0) {
  it(`for ${MINUTES} minutes, from seed ${FIRST_SEED} on, finds nothing, and nothing takes over 50 ms`, {
    timeout: 0,
  }, async () => {
    const end = performance.now() + MINUTES * 60_000;
    let slowest = 0;
    const count = await judgeUntil(
      () => performance.now() > end,
      drafts(SHARED_ALGS),
      FIRST_SEED,
      async (draft) => {
        const token = tokenOf(draft);
        expect((await judge(draft.alg, token)).problem).toBeUndefined();
        const ms = processorTimeOfVerify(draft.alg, token);
        slowest = Math.max(slowest, ms);
        expect(ms).toBeLessThan(50);
      },
    );
    console.log(
      `${count} tokens, ${SHARED_ALGS.length} algorithms, slowest verification ${slowest.toFixed(2)} ms, 0 finds`,
    );
  });
}
