/** The protected header, before anything is proved. RFC 7515 §4. */
import { describe, expect, it, test } from "vitest";
import { parseHeader } from "../../src/jws/header.ts";
import { codeOf } from "../fixtures/refusals.ts";
import { segment } from "../fixtures/tokens.ts";

const parse = (content: string | Uint8Array | object): unknown => parseHeader(segment(content), 32);

describe("a header", () => {
  test.each<[string, string | Uint8Array | object]>([
    ["without alg", { typ: "JWT" }],
    ["whose alg is null", { alg: null }],
    ["whose alg is a number", { alg: 256 }],
    ["whose alg is an array", { alg: ["HS256"] }],
    ["whose typ is null", { alg: "HS256", typ: null }],
    ["whose typ is a number", { alg: "HS256", typ: 1 }],
    ["whose cty is an object", { alg: "HS256", cty: {} }],
    ["whose kid is null", { alg: "HS256", kid: null }],
    ["whose kid is a number", { alg: "HS256", kid: 1 }],
    ["whose kid is an array", { alg: "HS256", kid: ["a"] }],
    ["whose kid has 257 characters", { alg: "HS256", kid: "k".repeat(257) }],
    ["that is an array", ["HS256"]],
    ["that is text", '"HS256"'],
    ["that is not JSON", "{alg:HS256}"],
    ["that is not UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d)],
    ["with a byte order mark", '\ufeff{"alg":"HS256"}'],
    ["with two algs", '{"alg":"none","alg":"HS256"}'],
    ["with __proto__", '{"alg":"HS256","__proto__":{"alg":"none"}}'],
    ["that is empty", ""],
  ])("%s is MALFORMED", (_what, content) => {
    expect(codeOf(() => parse(content))).toBe("MALFORMED");
  });

  it("that is not base64url is MALFORMED", () => {
    expect(codeOf(() => parseHeader(`${segment({ alg: "HS256" })}=`, 32))).toBe("MALFORMED");
  });

  it("nests no deeper than the limit", () => {
    expect(codeOf(() => parseHeader(segment({ alg: "HS256", a: [[]] }), 3))).toBe("accepted");
    expect(codeOf(() => parseHeader(segment({ alg: "HS256", a: [[]] }), 2))).toBe("MALFORMED");
  });

  it("may have any alg that is text: whether it is a key's is asked later", () => {
    expect(parse({ alg: "none" })).toEqual({ alg: "none" });
  });

  it("may have a kid of 256 characters, and members that mean nothing here", () => {
    const header = { alg: "HS256", kid: "k".repeat(256), typ: "", cty: "x", jku: 1, jwk: null, x5c: {}, zip: [] };
    expect(parse(header)).toEqual(header);
  });
});
