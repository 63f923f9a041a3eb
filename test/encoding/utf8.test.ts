/** Well-formed UTF-8 and nothing else. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { decodeUtf8, encodeUtf8 } from "../../src/encoding/utf8.ts";
import { SEED } from "../fixtures/arbitraries.ts";
import { codeOf } from "../fixtures/refusals.ts";

describe("UTF-8", () => {
  it("spells every text without lone surrogates, and back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(decodeUtf8(encodeUtf8(text))).toBe(text);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it("reads the part of a buffer that it is given, and no more", () => {
    expect(decodeUtf8(Uint8Array.of(0xff, 0x68, 0x69, 0xff).subarray(1, 3))).toBe("hi");
  });

  it("keeps a byte order mark, so that JSON refuses it", () => {
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b))).toBe("\ufeff{");
  });

  test.each([
    ["a lone continuation byte", [0x80]],
    ["a sequence that ends early", [0xe2, 0x82]],
    ["an overlong NUL", [0xc0, 0x80]],
    ["an overlong slash", [0xe0, 0x80, 0xaf]],
    ["a surrogate (CESU-8)", [0xed, 0xa0, 0x80]],
    ["beyond U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["UTF-16", [0xff, 0xfe, 0x7b, 0x00]],
    ["Latin-1", [0x63, 0x61, 0x66, 0xe9]],
  ])("refuses %s", (_what, bytes) => {
    expect(codeOf(() => decodeUtf8(Uint8Array.from(bytes)))).toBe("MALFORMED");
  });
});
