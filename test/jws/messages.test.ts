/** Every refusal says what is wrong, in words that name the place and no content. */
import { describe, expect, it, test } from "vitest";
import { createVerifier } from "../../src/index.ts";
import { signBytes, signJws, splitCompact, verifyBytes, verifyJws } from "../../src/jws/index.ts";
import { type Limits, readLimits } from "../../src/jws/limits.ts";
import { hs256 } from "../fixtures/keys.ts";
import { codeOf, refusalOf } from "../fixtures/refusals.ts";
import { forge, segment } from "../fixtures/tokens.ts";

const KEY = hs256(1);
const header = (members: object): string => forge(KEY, "{}", members);
const bytes = Buffer.from("data");

describe("a refused token", () => {
  test.each<[string, unknown]>([
    ["the token is not text", 42],
    ["the token is longer than 8192 bytes", "x".repeat(8193)],
    ["a signed token has three segments, this has 1", "abc"],
    ["a signed token has three segments, this has 2", "a.b"],
    ["a signed token has three segments, this has 4", "a.b.c.d"],
    [
      "a signed token has three segments, this has 5: it may be an encrypted token (JWE), which this package does not read",
      "a.b.c.d.e",
    ],
    ["the token has no header", ".e30.AAAA"],
    ["the token has no signature", "e30.e30."],
    ["the header is not a JSON object", `${segment("[]")}.e30.AAAA`],
    ["the header is not JSON", `${segment("{")}.e30.AAAA`],
    ["the header has no alg that is text", header({ alg: undefined })],
    ["the header's typ is not text", header({ typ: 1 })],
    ["the header's cty is not text", header({ cty: null })],
    ["the header's kid is not text", header({ kid: [] })],
    ["the header's kid is longer than 256 characters", header({ kid: "k".repeat(257) })],
    ["crit must be an array that is not empty", header({ crit: [] })],
    ["crit must be an array that is not empty", header({ crit: "x" })],
    ["crit must hold names", header({ crit: [1] })],
    ["crit must hold names", header({ crit: [""], "": 1 })],
    ["crit repeats a name", forge(KEY, "{}", { crit: ["x", "x"], x: 1 })],
    ["crit names a registered header member", header({ crit: ["alg"] })],
    ["crit names a member that the header does not have", header({ crit: ["x"] })],
    ["the token needs an extension that is not understood", header({ crit: ["y"], y: 1 })],
    ["the signature is not that of any key of this verifier", forge(hs256(2), "{}")],
  ])("hears: %s", (message, token) => {
    const verifier = createVerifier({
      keys: KEY,
      issuer: false,
      audience: false,
      typ: false,
      crit: { x: () => {}, "": () => {} },
    });
    expect(refusalOf(() => verifier.verify(token as string)).message).toBe(message);
  });

  it("hears that a handler refused it, and the handler's own error is the cause", () => {
    const cause = new Error("the policy says no");
    const refuse = (): never => {
      throw cause;
    };
    const verifier = createVerifier({ keys: KEY, issuer: false, audience: false, crit: { x: refuse } });
    const error = refusalOf(() => verifier.verify(header({ crit: ["x"], x: 1 })));
    expect(error).toMatchObject({ message: "the handler of a critical extension refused the token", cause });
  });
});

describe("a mistaken call", () => {
  test.each<[string, () => unknown]>([
    ["signBytes: the data must be bytes (a Uint8Array)", () => signBytes(KEY, "text" as never)],
    ["signJws: the payload must be bytes (a Uint8Array)", () => signJws(KEY, "text" as never)],
    ['signJws: there is no option "kid". The options are: typ, cty', () => signJws(KEY, bytes, { kid: "k" } as never)],
    ["sign: the header's typ must be non-empty text", () => signJws(KEY, bytes, { typ: "" })],
    ["sign: the header's cty must be non-empty text", () => signJws(KEY, bytes, { cty: 1 as never })],
    ["verifyBytes: the data must be bytes (a Uint8Array)", () => verifyBytes(KEY, "text" as never, bytes)],
    ["verifyBytes: the signature must be bytes (a Uint8Array)", () => verifyBytes(KEY, bytes, "text" as never)],
    ['verifyJws: option "keys" is empty: nothing could ever be verified', () => verifyJws([], "a.b.c")],
    [
      'createVerifier: option "crit": "alg" cannot be a critical extension',
      () => createVerifier({ keys: KEY, issuer: false, audience: false, crit: { alg: () => {} } }),
    ],
    [
      'crit: the handler of "x" answered a promise: it must refuse or return at once',
      () =>
        createVerifier({
          keys: KEY,
          issuer: false,
          audience: false,
          crit: { x: (async () => {}) as () => void },
        }).verify(header({ crit: ["x"], x: 1 })),
    ],
    ['test.limits: there is no option "max". The options are: maxBytes, maxDepth', () => limits({ max: 1 })],
    ['test: option "limits.maxBytes" must be a whole number of at least 1', () => limits({ maxBytes: 0 })],
    ['test: option "limits.maxDepth" must be a whole number of at least 1', () => limits({ maxDepth: 0 })],
  ])("hears: %s", (message, run) => {
    const error = refusalOf(run);
    expect(error.message).toBe(message);
    expect(error.code).toBe("CONFIG");
  });
});

function limits(given: object): Limits {
  return readLimits("test", given);
}

it("splitCompact by itself says what it was given", () => {
  expect(refusalOf(() => splitCompact(42 as never)).message).toBe("the token is not text");
});

it("typ and cty are written into the header of a JWS", () => {
  const { header: read } = verifyJws(KEY, signJws(KEY, bytes, { typ: "a", cty: "b" }));
  expect(read).toEqual({ alg: "HS256", typ: "a", cty: "b" });
  expect(codeOf(() => signJws(KEY, bytes, {}))).toBe("accepted");
});
