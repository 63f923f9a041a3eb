/** How large and how deep a token may be. */
import { expect, it, test } from "vitest";
import { DEFAULT_LIMITS, type Limits, readLimits } from "../../src/jws/limits.ts";
import { codeOf } from "../fixtures/refusals.ts";

it("the limits are 8 KiB and 128 levels unless others are asked for", () => {
  expect(readLimits("test", undefined)).toEqual({ maxBytes: 8192, maxDepth: 128 });
  expect(readLimits("test", {})).toEqual(DEFAULT_LIMITS);
  expect(readLimits("test", { maxBytes: 1 })).toEqual({ maxBytes: 1, maxDepth: 128 });
  expect(readLimits("test", { maxDepth: 1 })).toEqual({ maxBytes: 8192, maxDepth: 1 });
});

test.each<[unknown]>([
  [null],
  [8192],
  [[]],
  [{ maxbytes: 1 }],
  [{ maxBytes: 0 }],
  [{ maxBytes: -1 }],
  [{ maxBytes: 1.5 }],
  [{ maxBytes: "8192" }],
  [{ maxBytes: null }],
  [{ maxBytes: Number.NaN }],
  [{ maxBytes: Number.POSITIVE_INFINITY }],
  [{ maxBytes: 2 ** 53 }],
  [{ maxDepth: 0 }],
  [{ maxDepth: null }],
  [{ maxDepth: true }],
])("%j are no limits", (limits) => {
  expect(codeOf(() => readLimits("test", limits as Partial<Limits>))).toBe("CONFIG");
});
