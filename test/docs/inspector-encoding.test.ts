/** The inspector page's twins of the encodings say what the package's own say. */
import fc from "fast-check";
import { expect, test } from "vitest";
import * as browserBase64url from "../../docs/inspector/browser-base64url.ts";
import * as browserUtf8 from "../../docs/inspector/browser-utf8.ts";
import { decodeBase64url, encodeBase64url } from "../../src/encoding/base64url.ts";
import { decodeUtf8, encodeUtf8 } from "../../src/encoding/utf8.ts";
import { isTokenError } from "../../src/errors.ts";

/** The answer as plain data, or the code of the refusal. */
function answer(run: () => Uint8Array | string): unknown {
  try {
    const value = run();
    return typeof value === "string" ? value : [...value];
  } catch (error) {
    return isTokenError(error) ? error.code : error;
  }
}

const bytes = fc.uint8Array({ maxLength: 40 });
const texts = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."AZaz09-_+/= \n.~é"), maxLength: 12 }),
  bytes.map((some) => Buffer.from(some).toString("base64url")),
  fc.string({ unit: "binary" }),
);

test("base64url, both ways", () => {
  fc.assert(
    fc.property(texts, bytes, (text, some) => {
      expect(answer(() => browserBase64url.decodeBase64url(text))).toEqual(answer(() => decodeBase64url(text)));
      expect(browserBase64url.encodeBase64url(some)).toBe(encodeBase64url(some));
    }),
    { numRuns: 2000 },
  );
});

test("UTF-8, both ways", () => {
  const spelled = fc.oneof(
    bytes,
    fc.string({ unit: "binary" }).map((text) => Buffer.from(`\ufeff${text}`)),
  );
  fc.assert(
    fc.property(spelled, fc.string({ unit: "binary" }), (some, text) => {
      expect(answer(() => browserUtf8.decodeUtf8(some))).toEqual(answer(() => decodeUtf8(some)));
      expect([...browserUtf8.encodeUtf8(text)]).toEqual([...encodeUtf8(text)]);
    }),
    { numRuns: 2000 },
  );
});
