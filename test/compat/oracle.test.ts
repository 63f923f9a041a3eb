/** jsonwebtoken itself beside its stand-in: what one signs the other verifies, and where both refuse they say the same. */
import { createHmac } from "node:crypto";
import fc from "fast-check";
import jsonwebtoken from "jsonwebtoken";
import { describe, expect, it, test } from "vitest";
import jwt, { type Algorithm, type SignOptions, type VerifyOptions } from "../../src/compat/jsonwebtoken.ts";
import { jsonObject, SEED } from "../fixtures/arbitraries.ts";
import { EC, FOREIGN_SECRET, keysFor, NOW, RSA, SECRET } from "./tokens.ts";

const ALGS: readonly Algorithm[] = ["HS256", "HS384", "HS512", "RS256", "RS512", "PS256", "PS384", "ES256", "ES512"];
const REGISTERED = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf"];

/** What a call gives or refuses with, as a caller sees it. */
function outcome(run: () => unknown): unknown {
  try {
    return { value: run() };
  } catch (error) {
    const { name, message, expiredAt, date } = error as Error & { readonly expiredAt?: Date; readonly date?: Date };
    return { name, message, expiredAt, date };
  }
}

const claims = jsonObject.map((object) => {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !REGISTERED.includes(name)));
});

const spans = fc.constantFrom<(string | number)[]>(
  ...[60, 0, -60, "1d", "20h", "2.5 hrs", "10 minutes", "90s", "1y", "1w", "-3 days", "500ms"],
);

function some<T extends Record<string, fc.Arbitrary<unknown>>>(shape: T): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(shape, { requiredKeys: [] });
}

const signOptions = some({
  expiresIn: spans,
  notBefore: spans,
  issuer: fc.constant("https://auth.example"),
  audience: fc.constantFrom<unknown[]>("https://api.example", ["https://api.example", "other"]),
  subject: fc.constant("user_42"),
  jwtid: fc.constant("1"),
  keyid: fc.constant("k"),
  noTimestamp: fc.constant(true),
  header: fc.constant({ cty: "x", custom: 1 }),
});

const verifyOptions = some({
  audience: fc.constantFrom<unknown[]>("https://api.example", ["other", "https://api.example"], "stranger"),
  issuer: fc.constantFrom<unknown[]>("https://auth.example", ["x", "https://auth.example"], "stranger"),
  subject: fc.constantFrom("user_42", "stranger"),
  jwtid: fc.constantFrom("1", "2"),
  nonce: fc.constant("n"),
  maxAge: fc.constantFrom<(string | number)[]>(60, "1d", "10 minutes"),
  clockTolerance: fc.constantFrom(0, 60),
  ignoreExpiration: fc.boolean(),
  ignoreNotBefore: fc.boolean(),
  complete: fc.boolean(),
});

const clock = fc.constantFrom(NOW - 61, NOW - 60, NOW, NOW + 59, NOW + 60, NOW + 61, NOW + 86_400);

describe.each(ALGS)("with %s", (algorithm) => {
  const keys = keysFor(algorithm);
  const numRuns = algorithm.startsWith("HS") ? 150 : 25;

  it("both sign the same claims, and each verifies what the other signed, or refuses it in the same words", () => {
    const property = fc.property(
      claims,
      signOptions,
      verifyOptions,
      clock,
      (given, signing, verifying, clockTimestamp) => {
        const payload = { ...given, iat: NOW };
        const sign = { ...signing, algorithm } as SignOptions;
        const theirs = jsonwebtoken.sign(payload, keys.private, sign as object);
        const ours = jwt.sign(payload, keys.private, sign);
        expect(jwt.decode(ours, { complete: true })).toMatchObject({
          header: jsonwebtoken.decode(theirs, { complete: true })?.header,
          payload: jsonwebtoken.decode(theirs) as object,
        });
        // An audience that is in the token and not asked for is a listed difference.
        const asked = "audience" in signing && !("audience" in verifying) ? { audience: "https://api.example" } : {};
        const verify = { ...verifying, ...asked, clockTimestamp, algorithms: [algorithm] } as VerifyOptions;
        for (const token of [theirs, ours]) {
          const expected = outcome(() => jsonwebtoken.verify(token, keys.public, verify as object));
          // So is a token from the future whose age is asked for.
          if ("maxAge" in verify && NOW > clockTimestamp + (verify.clockTolerance ?? 0)) continue;
          expect(outcome(() => jwt.verify(token, keys.public, verify))).toEqual(expected);
        }
      },
    );
    fc.assert(property, { seed: SEED, numRuns });
  });

  it("deterministic signatures are the same, byte for byte", () => {
    if (algorithm.startsWith("PS") || algorithm.startsWith("ES")) return;
    const payload = { a: 1, iat: NOW };
    expect(jwt.sign(payload, keys.private, { algorithm })).toBe(
      jsonwebtoken.sign(payload, keys.private, { algorithm }),
    );
  });

  it("a changed signature is refused in the same words", () => {
    const token = jsonwebtoken.sign({ a: 1 }, keys.private, { algorithm });
    const at = token.length - 10;
    const changed = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
    expect(outcome(() => jwt.verify(changed, keys.public))).toEqual(
      outcome(() => jsonwebtoken.verify(changed, keys.public)),
    );
  });
});

describe("where both refuse, they say the same", () => {
  const hs = jsonwebtoken.sign({ a: 1 }, SECRET);
  const rs = jsonwebtoken.sign({ a: 1 }, RSA.private, { algorithm: "RS256" });
  const none = jsonwebtoken.sign({ a: 1 }, null, { algorithm: "none" });
  test.each<[string, unknown, unknown, object?]>([
    ["no token", undefined, SECRET],
    ["an empty token", "", SECRET],
    ["a number", 42, SECRET],
    ["one segment", "abc", SECRET],
    ["four segments", "a.b.c.d", SECRET],
    ["segments of nothing", "..", SECRET],
    ["rubbish", "a.b.c", SECRET],
    ["no key", hs, undefined],
    ["an empty key", hs, ""],
    ["another secret", hs, FOREIGN_SECRET],
    ["an unsigned token with a key", none, SECRET],
    ["HS256 with a public key", hs, RSA.public],
    ["RS256 with a secret", rs, SECRET],
    ["RS256 with an EC key", rs, EC.public],
    ["an algorithm that is not listed", hs, SECRET, { algorithms: ["HS384"] }],
    ["a blank nonce", hs, SECRET, { nonce: " " }],
    ["a clock of text", hs, SECRET, { clockTimestamp: "1" }],
    ["HS256 listed, with a public key", hs, RSA.public, { algorithms: ["HS256"] }],
    ["maxAge of rubbish", hs, SECRET, { maxAge: "soon" }],
  ])("verify: %s", (_what, token, key, options) => {
    const expected = outcome(() => jsonwebtoken.verify(token as string, key as string, options));
    expect(outcome(() => jwt.verify(token as string, key as string, options))).toEqual(expected);
    expect(expected).toMatchObject({ name: "JsonWebTokenError" });
  });

  test.each<[string, unknown, unknown, object?]>([
    ["no key", {}, undefined],
    ["no payload", undefined, SECRET],
    ["an array", [], SECRET],
    ["a number", 1, SECRET, { issuer: "x" }],
    ["text with expiresIn", "text", SECRET, { expiresIn: 1 }],
    ["bytes with an issuer", "text", SECRET, { issuer: "x", subject: "y" }],
    ["exp twice", { exp: 1 }, SECRET, { expiresIn: 1 }],
    ["nbf twice", { nbf: 1 }, SECRET, { notBefore: 1 }],
    ["iss twice", { iss: "a" }, SECRET, { issuer: "b" }],
    ["an unknown option", {}, SECRET, { expires: 1 }],
    ["an algorithm that nobody has", {}, SECRET, { algorithm: "HS1" }],
    ["expiresIn of a fraction", {}, SECRET, { expiresIn: 1.5 }],
    ["expiresIn of rubbish", {}, SECRET, { expiresIn: "soon" }],
    ["expiresIn undefined", {}, SECRET, { expiresIn: undefined }],
    ["an issuer of number", {}, SECRET, { issuer: 1 }],
    ["a header of text", {}, SECRET, { header: "x" }],
    ["RS256 with a secret", {}, SECRET, { algorithm: "RS256" }],
    ["HS256 with a private key", {}, RSA.private],
  ])("sign: %s", (_what, payload, key, options) => {
    const expected = outcome(() => jsonwebtoken.sign(payload as object, key as string, options as object));
    expect(outcome(() => jwt.sign(payload as object, key as string, options))).toMatchObject({
      message: (expected as Error).message,
    });
    expect((expected as Error).message).toEqual(expect.any(String));
  });
});

describe("decode", () => {
  test.each<[string, string, object?]>([
    ["a token", jsonwebtoken.sign({ a: 1, iat: NOW }, SECRET)],
    ["a token, complete", jsonwebtoken.sign({ a: 1, iat: NOW }, SECRET, { keyid: "k" }), { complete: true }],
    ["a text", jsonwebtoken.sign("text", SECRET)],
    ["a text that is JSON", jsonwebtoken.sign('{"a":1}', SECRET)],
    ["a text that is a JSON number", jsonwebtoken.sign("1", SECRET)],
    ["rubbish", "a.b.c"],
    ["nothing", ""],
    ["two segments", "a.b"],
  ])("reads %s as jsonwebtoken does", (_what, token, options) => {
    expect(jwt.decode(token, options)).toEqual(jsonwebtoken.decode(token, options));
  });
});

it("an empty payload is no token to either", () => {
  const input = `${Buffer.from('{"alg":"HS256"}').toString("base64url")}.`;
  const empty = `${input}.${createHmac("sha256", SECRET).update(input).digest("base64url")}`;
  expect(outcome(() => jsonwebtoken.verify(empty, SECRET))).toMatchObject({ message: "invalid token" });
  expect(outcome(() => jwt.verify(empty, SECRET))).toMatchObject({ message: "invalid token" });
  expect([jsonwebtoken.decode(empty), jwt.decode(empty)]).toEqual([null, null]);
});
