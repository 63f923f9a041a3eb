/** One spelling for each run of bytes. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { decodeBase64url, encodeBase64url } from "../../src/encoding/base64url.ts";
import { anyValue, SEED } from "../fixtures/arbitraries.ts";
import { codeOf } from "../fixtures/refusals.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const bytes = fc.uint8Array({ maxLength: 200 });

describe("base64url", () => {
  // RFC 4648 §10, without its padding.
  test.each([
    ["", ""],
    ["f", "Zg"],
    ["fo", "Zm8"],
    ["foo", "Zm9v"],
    ["foob", "Zm9vYg"],
    ["fooba", "Zm9vYmE"],
    ["foobar", "Zm9vYmFy"],
  ])("of %j is %j, and back", (text, spelled) => {
    expect(encodeBase64url(Buffer.from(text))).toBe(spelled);
    expect(Buffer.from(decodeBase64url(spelled)).toString()).toBe(text);
  });

  it("has - and _ where base64 has + and /", () => {
    expect(encodeBase64url(Uint8Array.of(0xfb, 0xff))).toBe("-_8");
    expect([...decodeBase64url("-_8")]).toEqual([0xfb, 0xff]);
  });

  it("encodes the part of a buffer that it is given, and no more", () => {
    expect(encodeBase64url(Uint8Array.of(0, 102, 111, 0).subarray(1, 3))).toBe("Zm8");
  });

  test.each([
    ["padding", "Zg=="],
    ["one sign of padding", "Zm8="],
    ["the other alphabet's +", "+_8"],
    ["the other alphabet's /", "-/8"],
    ["a space", "Zm 9v"],
    ["a line feed at the end", "Zm9v\n"],
    ["a tab in front", "\tZm9v"],
    ["a non-breaking space", "Zm9v\u00a0"],
    ["non-zero trailing bits in two characters", "Zh"],
    ["non-zero trailing bits in three characters", "Zm9"],
    ["a single character, which spells no byte", "Z"],
    ["five characters", "Zm9vZ"],
    ["a dot", "Zm9v."],
    ["a NUL", "Zm9v\0"],
    ["a letter of another script that looks alike", "Ζm9v"],
    ["a lone surrogate", "Zm9v\ud800"],
  ])("refuses %s", (_what, text) => {
    expect(codeOf(() => decodeBase64url(text))).toBe("MALFORMED");
  });

  it("agrees with Buffer on whatever bytes, both ways", () => {
    fc.assert(
      fc.property(bytes, (given) => {
        const spelled = encodeBase64url(given);
        expect(spelled).toBe(Buffer.from(given).toString("base64url"));
        expect(Buffer.from(decodeBase64url(spelled))).toEqual(Buffer.from(given));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it("decodes one text only to each run of bytes: every other character in any place gives other bytes or is refused", () => {
    const edit = fc.record({
      given: bytes,
      at: fc.nat(),
      character: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    });
    fc.assert(
      fc.property(edit, fc.boolean(), ({ given, at, character }, inserts) => {
        const spelled = encodeBase64url(given);
        const place = at % (spelled.length + 1);
        const changed = spelled.slice(0, place) + character + spelled.slice(inserts ? place : place + 1);
        if (changed === spelled) return;
        let decoded: Uint8Array | undefined;
        if (codeOf(() => (decoded = decodeBase64url(changed))) === "MALFORMED") return;
        expect(decoded).not.toEqual(Buffer.from(given));
        expect([...changed].every((one) => ALPHABET.includes(one))).toBe(true);
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  it("refuses every other last character that Buffer would read as the same bytes", () => {
    for (const length of [1, 2, 4, 5]) {
      const spelled = encodeBase64url(new Uint8Array(length).fill(0xa5));
      const same = [...ALPHABET].filter((last) => {
        const text = spelled.slice(0, -1) + last;
        return text !== spelled && Buffer.from(text, "base64url").equals(Buffer.from(spelled, "base64url"));
      });
      expect(same.length).toBe(length % 3 === 1 ? 15 : 3);
      for (const last of same) expect(codeOf(() => decodeBase64url(spelled.slice(0, -1) + last))).toBe("MALFORMED");
    }
  });

  it("is MALFORMED, whatever a caller passes for text", () => {
    fc.assert(
      fc.property(anyValue, (make) => {
        const value = make();
        if (typeof value === "string") return;
        expect(codeOf(() => decodeBase64url(value as string))).toBe("MALFORMED");
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});
