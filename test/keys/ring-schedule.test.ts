/** When a key signs and is accepted, as a function of entries and time alone. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { generateKey } from "../../src/jwk/generate.ts";
import { type RingEntry, type RingKey, ringState, schedule, type Turn } from "../../src/jwk/ring-schedule.ts";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { refusal } from "./refusal.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const secret = (kid: string): RingKey => secretKey(SECRET, { alg: "HS256", kid });
const keys = Array.from({ length: 6 }, (_, at) => secret(`key-${at}`));
const kidsOf = (list: readonly RingKey[]): (string | undefined)[] => list.map(({ kid }) => kid);

const at = (key: RingKey, ms: number): RingEntry<RingKey> => ({ key, signsFrom: new Date(ms) });
const [first, second, third] = keys as [RingKey, RingKey, RingKey];

describe("the boundaries, to the millisecond", () => {
  const turns = schedule([first, at(second, 10_000), at(third, 50_000)], 5000);
  it.each([
    ["before the second is due", 9999, "key-0", ["key-0", "key-1", "key-2"]],
    ["at its time", 10_000, "key-1", ["key-0", "key-1", "key-2"]],
    ["just before the first one's last token has expired", 14_999, "key-1", ["key-0", "key-1", "key-2"]],
    ["when it has", 15_000, "key-1", ["key-1", "key-2"]],
    ["before the third is due", 49_999, "key-1", ["key-1", "key-2"]],
    ["at its time", 50_000, "key-2", ["key-1", "key-2"]],
    ["when the second one's last token has expired", 55_000, "key-2", ["key-2"]],
    ["ever after", 1e15, "key-2", ["key-2"]],
  ])("%s (%i ms)", (_name, ms, signing, accepted) => {
    const state = ringState(turns, ms);
    expect(state.signing?.kid).toBe(signing);
    expect(kidsOf(state.accepted)).toEqual(accepted);
  });

  it("a key that is not due yet is published and does not sign", () => {
    const state = ringState(schedule([at(first, 1000)], 1), 999);
    expect(state.signing).toBeUndefined();
    expect(kidsOf(state.accepted)).toEqual(["key-0"]);
  });

  it("a key that comes before another's acceptance has ended does not end it", () => {
    const crowded = schedule([first, at(second, 1000), at(third, 1001)], 5000);
    expect(kidsOf(ringState(crowded, 5999).accepted)).toEqual(["key-0", "key-1", "key-2"]);
    expect(kidsOf(ringState(crowded, 6000).accepted)).toEqual(["key-1", "key-2"]);
    expect(kidsOf(ringState(crowded, 6001).accepted)).toEqual(["key-2"]);
  });
});

/** Up to six entries with times of their own; at most one without. */
const entries = fc
  .tuple(fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 5 }), fc.boolean())
  .map(([times, undated]) => [
    ...(undated ? [keys[5] as RingKey] : []),
    ...times.map((ms, index) => at(keys[index] as RingKey, ms)),
  ]);
const tokenLife = fc.integer({ min: 1, max: 40 });
const time = fc.integer({ min: -120, max: 120 });

describe("for any entries", () => {
  const states = (turns: readonly Turn[]) => {
    const seen = [];
    for (let ms = -60; ms <= 120; ms += 1) seen.push(ringState(turns, ms));
    return seen;
  };

  test("any time lies in exactly one state, and the state's own bounds say in which", () => {
    fc.assert(
      fc.property(entries, tokenLife, time, (list, life, ms) => {
        const turns = schedule(list, life);
        const state = ringState(turns, ms);
        expect(state.fromMs).toBeLessThanOrEqual(ms);
        expect(state.untilMs).toBeGreaterThan(ms);
        for (const inside of [state.fromMs, state.untilMs - 1]) {
          if (Number.isFinite(inside)) expect(ringState(turns, inside)).toEqual(state);
        }
        if (Number.isFinite(state.untilMs)) expect(ringState(turns, state.untilMs)).not.toEqual(state);
      }),
    );
  });

  test("instances that load the entries in any order agree", () => {
    const shuffled = entries.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, tokenLife, time, ([list, other], life, ms) => {
        const here = ringState(schedule(list, life), ms);
        const there = ringState(schedule(other, life), ms);
        expect(there.signing?.kid).toBe(here.signing?.kid);
        expect(kidsOf(there.accepted)).toEqual(kidsOf(here.accepted));
      }),
    );
  });

  test("the key that signs is accepted, and so is every token of it until it has expired", () => {
    fc.assert(
      fc.property(entries, tokenLife, (list, life) => {
        const turns = schedule(list, life);
        for (let ms = -60; ms <= 60; ms += 1) {
          const { signing } = ringState(turns, ms);
          if (signing === undefined) continue;
          for (const later of [ms, ms + life - 1]) expect(ringState(turns, later).accepted).toContain(signing);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("a key once dropped never comes back, and one that will sign is published from the first moment", () => {
    fc.assert(
      fc.property(entries, tokenLife, (list, life) => {
        let before = new Set(kidsOf(ringState(schedule(list, life), -120).accepted));
        expect(before.size).toBe(list.length);
        for (const { accepted } of states(schedule(list, life))) {
          const now = new Set(kidsOf(accepted));
          for (const kid of now) expect(before.has(kid)).toBe(true);
          before = now;
        }
        expect(before.size).toBeGreaterThan(0);
      }),
      { numRuns: 40 },
    );
  });

  test("the dates are read once: changing one later changes nothing", () => {
    const signsFrom = new Date(10);
    const turns = schedule([first, { key: second, signsFrom }], 5);
    signsFrom.setTime(1000);
    expect(ringState(turns, 10).signing?.kid).toBe("key-1");
  });
});

describe("entries are refused", () => {
  const date = new Date(0);
  it.each<[string, unknown]>([
    ["that are none", []],
    ["that are no array", first],
    ["that are undefined", undefined],
    ["with something else than a key", ["key"]],
    ["with null", [null]],
    ["with a key that is a promise", [{ key: Promise.resolve(first), signsFrom: date }]],
    ["without a time", [{ key: first }]],
    ["with a time that is a number", [{ key: first, signsFrom: 0 }]],
    ["with a time that is text", [{ key: first, signsFrom: "2026-05-01" }]],
    ["with an invalid time", [{ key: first, signsFrom: new Date("2026-13-01") }]],
    ["with two keys of one kid", [first, at(secret("key-0"), 5)]],
    ["with a secret that has no kid", [secretKey(SECRET, { alg: "HS256" })]],
    ["with two keys that sign from one time", [at(first, 5), at(second, 5)]],
    ["with two keys that sign from ever", [first, second]],
  ])("%s", (_name, list) => {
    expect(refusal(() => schedule(list as RingEntry<RingKey>[], 5)).code).toBe("CONFIG");
  });

  it("with a key that can only verify", async () => {
    const { importJwk, exportJwk } = await import("../../src/jwk/jwk.ts");
    const publicKey = importJwk(exportJwk(await generateKey("ES256")));
    const error = refusal(() => schedule([publicKey], 5));
    expect(error.code).toBe("CONFIG");
    expect(error.message).toContain("private");
  });
});
