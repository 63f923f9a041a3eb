/** The usable keys of a set: a bad key does not take a good one down with it. RFC 7517 §5. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { exportJwk, type ImportJwksOptions, importJwks, type Jwk, type Jwks } from "../../src/index.ts";
import { anyValue, SEED } from "../fixtures/arbitraries.ts";
import { hs256, keyFor } from "../fixtures/keys.ts";
import { codeOf, refusalOf } from "../fixtures/refusals.ts";

const es: Jwk = exportJwk(keyFor("ES256", "es"));
const rs: Jwk = { ...exportJwk(keyFor("RS256", "rs")), alg: undefined };
const secret: Jwk = exportJwk(hs256(1, "hs"), { private: true });
const summary = (jwks: Jwks, options: ImportJwksOptions): string[] =>
  importJwks(jwks, options).map(({ alg, kid, canSign }) => `${alg} ${kid} ${canSign}`);

describe("a JWK Set", () => {
  it("gives its keys in their order, each bound to its own alg", () => {
    expect(summary({ keys: [es, rs] }, { algs: ["RS256", "ES256"] })).toEqual(["ES256 es false", "RS256 rs false"]);
  });

  it("binds a key without alg to each of the asked ones that it fits", () => {
    expect(summary({ keys: [rs] }, { algs: ["ES256", "RS256", "PS256"] })).toEqual([
      "RS256 rs false",
      "PS256 rs false",
    ]);
  });

  it("leaves out keys for algorithms that were not asked for", () => {
    expect(summary({ keys: [es, { ...rs, alg: "RS512" }] }, { algs: ["ES256", "RS256"] })).toEqual(["ES256 es false"]);
  });

  it("knows both names of EdDSA", () => {
    const ed = exportJwk(keyFor("EdDSA", "ed"));
    expect(summary({ keys: [ed] }, { algs: ["Ed25519"] })).toEqual(["Ed25519 ed false"]);
    expect(summary({ keys: [rs] }, { algs: ["RS256", "RS256"] })).toEqual(["RS256 rs false"]);
    expect(codeOf(() => importJwks({ keys: [exportJwk(keyFor("Ed25519", "ed"))] }, { algs: ["EdDSA"] }))).toBe(
      "KEY_INVALID",
    );
  });

  test.each<[string, unknown]>([
    ["null", null],
    ["text", "key"],
    ["an unknown kty", { kty: "XYZ" }],
    ["an encryption key", { ...rs, kid: "enc", use: "enc" }],
    ["a weak key", { kty: "RSA", n: "AQAB", e: "AQAB" }],
    ["a key on an unknown curve", { kty: "EC", crv: "P-192", x: "AA", y: "AA" }],
    ["a key whose kty is no text, twice", { kty: 1n, kid: "a" }],
  ])("is used in spite of %s", (_what, bad) => {
    expect(summary({ keys: [bad as Jwk, es, bad as Jwk] }, { algs: ["ES256", "RS256"] })).toEqual(["ES256 es false"]);
  });

  it("of secrets alone is used", () => {
    expect(summary({ keys: [secret] }, { algs: ["HS256"] })).toEqual(["HS256 hs true"]);
  });

  test.each<[string, unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["an array", [es]],
    ["a single JWK", es],
    ["an object of keys", { keys: { es } }],
    ["a set without keys", { keys: [] }],
    ["a set without a usable key", { keys: [{ kty: "XYZ" }] }],
    ["a set that mixes secrets and public keys (key confusion)", { keys: [es, secret] }],
    ["a set that mixes them the other way round", { keys: [secret, es] }],
    ["a set where two keys have one kid", { keys: [es, { ...exportJwk(keyFor("ES256K", "es")) }] }],
    ["a set where a key is there twice", { keys: [es, es] }],
    ["a set for other algorithms", { keys: [rs] }],
  ])("is not %s", (_what, jwks) => {
    expect(codeOf(() => importJwks(jwks as Jwks, { algs: ["ES256", "HS256"] }))).toBe("KEY_INVALID");
  });

  it("may have one kid for keys of two types, and many keys without kid", () => {
    const { kid, ...nameless } = exportJwk(keyFor("ES384"));
    const set = { keys: [es, { ...rs, kid: "es" }, nameless, nameless] };
    expect(summary(set, { algs: ["ES256", "RS256", "ES384"] })).toHaveLength(4);
  });

  it("without a usable key says why, in the cause of the error, for the first", () => {
    const weak: Jwk = { kty: "oct", k: "AAAA", alg: "HS256" };
    const unknown: Jwk = { kty: "oct", k: "AAAA", alg: "HS1" };
    const cause = (...keys: Jwk[]): unknown => refusalOf(() => importJwks({ keys }, { algs: ["HS256"] })).cause;
    expect(cause(weak, unknown)).toMatchObject({ code: "KEY_WEAK" });
    expect(cause(unknown, weak)).toMatchObject({ code: "KEY_INVALID" });
  });

  it("gives a TokenError for whatever is in it", () => {
    const values = fc.array(anyValue, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(values, fc.constantFrom("kty", "kid", "alg", "k", "n"), (makes, name) => {
        codeOf(() =>
          importJwks({ keys: makes.map((make) => ({ ...es, [name]: make() }) as Jwk) }, { algs: ["ES256"] }),
        );
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

describe("the options of importJwks", () => {
  test.each<[string, unknown, string]>([
    ["an unknown name", { algs: ["ES256"], alg: "ES256" }, "CONFIG"],
    ["no algs", {}, "CONFIG"],
    ["algs undefined", { algs: undefined }, "CONFIG"],
    ["algs empty", { algs: [] }, "CONFIG"],
    ["algs text", { algs: "ES256" }, "CONFIG"],
    ["algs with none", { algs: ["ES256", "none"] }, "ALG_UNSUPPORTED"],
    ["algs with undefined", { algs: [undefined] }, "ALG_UNSUPPORTED"],
    ["no options", undefined, "CONFIG"],
    ["null", null, "CONFIG"],
  ])("%s: %j is %s", (_what, options, code) => {
    expect(codeOf(() => importJwks({ keys: [es] }, options as ImportJwksOptions))).toBe(code);
  });
});
