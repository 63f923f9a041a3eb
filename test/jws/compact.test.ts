/** Three segments, two dots. RFC 7515 §3.1, §7.1. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { joinCompact, segmentsOf, signingInput } from "../../src/jws/compact.ts";
import { splitCompact } from "../../src/jws/index.ts";
import { anyValue, SEED } from "../fixtures/arbitraries.ts";
import { codeOf, refusalOf } from "../fixtures/refusals.ts";

describe("a compact token", () => {
  it("has a header, a payload, a signature, and what the signature covers", () => {
    expect(splitCompact("aa.bb.cc")).toEqual({ header: "aa", payload: "bb", signature: "cc", signingInput: "aa.bb" });
  });

  it("may have an empty payload", () => {
    expect(splitCompact("aa..cc")).toEqual({ header: "aa", payload: "", signature: "cc", signingInput: "aa." });
  });

  it("is put together from the same parts", () => {
    const { header, payload, signature } = splitCompact("aa.bb.cc");
    expect(joinCompact(signingInput(header, payload), signature)).toBe("aa.bb.cc");
    expect(segmentsOf("aa.bb.cc")).toEqual(["aa", "bb", "cc"]);
  });

  test.each([
    ["", "this has 1"],
    ["aa", "this has 1"],
    [".", "this has 2"],
    ["aa.bb", "this has 2"],
    ["aa.bb.cc.dd", "this has 4"],
    ["aa.bb.cc.", "this has 4"],
    [".aa.bb.cc", "this has 4"],
    ["a.b.c.d.e", "this has 5: it may be an encrypted token (JWE)"],
    ["a.b.c.d.e.f", "this has 6"],
    [".bb.cc", "no header"],
    ["aa.bb.", "no signature"],
    ["aa..", "no signature"],
    ["..", "no header"],
  ])("is not %j: %s", (text, why) => {
    const { code, message } = refusalOf(() => splitCompact(text));
    expect(code).toBe("MALFORMED");
    expect(message).toContain(why);
  });

  it("is called encrypted with five segments alone", () => {
    expect(refusalOf(() => splitCompact("aa.bb.cc.dd")).message).not.toContain("JWE");
  });

  it("is MALFORMED, whatever a caller passes for one", () => {
    fc.assert(
      fc.property(anyValue, (make) => {
        const value = make();
        const hasThree = typeof value === "string" && /^[^.]+\.[^.]*\.[^.]+$/s.test(value);
        expect(codeOf(() => splitCompact(value as string))).toBe(hasThree ? "accepted" : "MALFORMED");
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});
