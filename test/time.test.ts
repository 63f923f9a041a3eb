/** Durations have a unit, clocks answer a Date. */
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { seconds } from "../src/index.ts";
import { type Clock, durationOption, now, nowMs, systemClock } from "../src/time.ts";
import { anyValue, SEED } from "./fixtures/arbitraries.ts";
import { codeOf, refusalOf } from "./fixtures/refusals.ts";

describe("seconds", () => {
  test.each([
    ["45s", 45],
    ["15m", 900],
    ["12h", 43_200],
    ["14d", 1_209_600],
    ["0s", 0],
    ["1.5h", 5400],
    ["007s", 7],
  ])("of %j are %i", (text, expected) => {
    expect(seconds(text)).toBe(expected);
  });

  test.each([
    undefined,
    null,
    "",
    "15",
    "m",
    "15 m",
    " 15m",
    "15m ",
    "15m\n",
    "-15m",
    "+15m",
    "1e3s",
    "0x10s",
    ".5h",
    "5.h",
    "15M",
    "15min",
    "15ms",
    "15w",
    "1y",
    "1h30m",
    "١٥m",
    `${"9".repeat(400)}d`,
    900,
    ["15m"],
  ])("of %j are CONFIG", (text) => {
    expect(codeOf(() => seconds(text as string))).toBe("CONFIG");
  });

  it("of anything else are CONFIG too", () => {
    fc.assert(
      fc.property(anyValue, (make) => {
        const value = make();
        if (typeof value === "string" && /^\d+(\.\d+)?[smhd]$/.test(value)) return;
        expect(codeOf(() => seconds(value as string))).toBe("CONFIG");
        if (typeof value !== "number") expect(codeOf(() => durationOption("test", "life", value))).toBe("CONFIG");
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it("show what was wrong where it is a number and a unit, and nothing of what may be a secret", () => {
    for (const text of ["15 minutes", "15min", "900", "1.5.5s"]) {
      expect(refusalOf(() => seconds(text)).message).toContain(`got "${text}"`);
    }
    for (const text of ["", "hunter2", "s3cr3t", "0123456789abcdef0123456789abcdef", "1234567890", "x".repeat(500)]) {
      const { message } = refusalOf(() => seconds(text));
      expect(message.endsWith("got string")).toBe(true);
    }
    expect(refusalOf(() => seconds(undefined)).message).toContain("undefined");
    expect(refusalOf(() => seconds(null as never)).message).toContain("null");
    expect(refusalOf(() => seconds(900 as never)).message).toContain("900");
  });
});

describe("a duration option", () => {
  test.each<[unknown, number]>([
    [0, 0],
    [0.5, 0.5],
    [900, 900],
    ["15m", 900],
  ])("%j is %i seconds", (value, expected) => {
    expect(durationOption("test", "life", value)).toBe(expected);
  });

  test.each([-1, -0.001, Number.NaN, Number.POSITIVE_INFINITY, "900", "15min", "", null, undefined, true, [900], {}])(
    "is not %j",
    (value) => {
      const { code, message } = refusalOf(() => durationOption("test", "life", value));
      expect(code).toBe("CONFIG");
      expect(message).toContain('option "life" must be zero or more');
    },
  );

  it("has a least value where one is asked for", () => {
    expect(durationOption("test", "life", 1, 1)).toBe(1);
    expect(durationOption("test", "life", "1s", 1)).toBe(1);
    const { code, message } = refusalOf(() => durationOption("test", "life", 0, 1));
    expect(code).toBe("CONFIG");
    expect(message).toContain("more than zero");
  });
});

describe("a clock", () => {
  it("is read in seconds with their fraction, or in milliseconds", () => {
    const clock = (): Date => new Date(1500);
    expect(now(clock)).toBe(1.5);
    expect(nowMs(clock)).toBe(1500);
  });

  test.each([
    ["a number of milliseconds", () => 1500],
    ["an invalid Date", () => new Date("yesterday")],
    ["nothing", () => undefined],
    ["text", () => "2026-05-01"],
    ["what only looks like a Date", () => ({ getTime: () => 1500 })],
    ["what only has the prototype of a Date", () => Object.create(Date.prototype)],
  ])("that answers %s is CONFIG", (_what, clock) => {
    expect(codeOf(() => now(clock as never))).toBe("CONFIG");
    expect(codeOf(() => nowMs(clock as never))).toBe("CONFIG");
  });

  it("may answer a Date of another realm", () => {
    expect(nowMs(runInNewContext("() => new Date(1500)") as Clock)).toBe(1500);
  });

  it("of the system is the time of this machine", () => {
    const before = Date.now();
    const time = nowMs(systemClock);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
  });
});
