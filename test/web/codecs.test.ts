/** The codecs that need no Buffer say the same as the ones that do, for every input. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as nodeBase64url from "../../src/encoding/base64url.ts";
import * as nodeUtf8 from "../../src/encoding/utf8.ts";
import { isTokenError } from "../../src/errors.ts";
import * as webBase64url from "../../src/web/base64url.ts";
import * as webUtf8 from "../../src/web/utf8.ts";

/** What comes of it, as something to compare: a result, or a code and a message. */
function outcome(run: () => Uint8Array | string): unknown {
  try {
    const result = run();
    return typeof result === "string" ? result : [...result];
  } catch (error) {
    if (isTokenError(error)) return [error.code, error.message];
    throw error;
  }
}

const bytes = fc.uint8Array({ maxLength: 70 });
const nearlyBase64url = fc.stringMatching(/^[\w\-+/=. é\u0100]{0,40}$/);

describe("base64url without Buffer", () => {
  it("encodes as with it", () => {
    fc.assert(
      fc.property(bytes, (input) => {
        expect(webBase64url.encodeBase64url(input)).toBe(nodeBase64url.encodeBase64url(input));
      }),
    );
  });

  it("decodes what it encodes", () => {
    fc.assert(
      fc.property(bytes, (input) => {
        expect([...webBase64url.decodeBase64url(webBase64url.encodeBase64url(input))]).toEqual([...input]);
      }),
    );
  });

  it("accepts and refuses the same texts, with the same words", () => {
    fc.assert(
      fc.property(fc.oneof(nearlyBase64url, fc.stringMatching(/^[\w-]{0,9}$/), fc.string()), (text) => {
        expect(outcome(() => webBase64url.decodeBase64url(text))).toEqual(
          outcome(() => nodeBase64url.decodeBase64url(text)),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it("knows all endings of one and of two characters", () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ ";
    for (const last of alphabet) {
      for (const text of [last, `A${last}`, `AA${last}`, `AAA${last}`, `AAAA${last}`, `${last}A`]) {
        expect([text, outcome(() => webBase64url.decodeBase64url(text))]).toEqual([
          text,
          outcome(() => nodeBase64url.decodeBase64url(text)),
        ]);
      }
    }
  });

  it.each([undefined, null, 5, {}, ["AAAA"]])("refuses %j", (value) => {
    expect(outcome(() => webBase64url.decodeBase64url(value as never))).toEqual(["MALFORMED", "not text"]);
    expect(outcome(() => webBase64url.encodeBase64url(value as never))).toMatchObject(["CONFIG", expect.any(String)]);
  });
});

describe("UTF-8 without Buffer", () => {
  it("decodes the same bytes, and refuses the same", () => {
    const ill = fc.array(
      fc.constantFrom(0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xa0, 0xef, 0xbb, 0xf0, 0xf4, 0xff),
    );
    const mixed = fc.oneof(
      bytes,
      ill.map((list) => Uint8Array.from(list)),
      fc.string({ unit: "grapheme" }).map((text) => new TextEncoder().encode(text)),
    );
    fc.assert(
      fc.property(mixed, (input) => {
        expect(outcome(() => webUtf8.decodeUtf8(input))).toEqual(outcome(() => nodeUtf8.decodeUtf8(input)));
      }),
      { numRuns: 2000 },
    );
  });

  it("encodes the same", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect([...webUtf8.encodeUtf8(text)]).toEqual([...nodeUtf8.encodeUtf8(text)]);
      }),
    );
  });

  it("keeps a byte order mark, so that it is seen", () => {
    expect(webUtf8.decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b))).toBe("\ufeff{");
  });
});
