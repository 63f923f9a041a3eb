/** Secrets: long enough, meant as secrets, and spelled as they say. RFC 7518 §3.2. */
import { describe, expect, it, test } from "vitest";
import { type Alg, exportJwk, type HmacAlg, type SecretKeyOptions, secretKey } from "../../src/index.ts";
import { signBytes } from "../../src/jws/index.ts";
import { HMAC_ALGS, SECRET } from "../fixtures/keys.ts";
import { OTHER_KINDS } from "../fixtures/other-kinds.ts";
import { codeOf, refusalOf } from "../fixtures/refusals.ts";

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7);
const k = (key: Parameters<typeof exportJwk>[0]): unknown => exportJwk(key, { private: true }).k;

describe("a secret", () => {
  test.each([
    ["HS256", 32],
    ["HS384", 48],
    ["HS512", 64],
  ] as const)("for %s has at least %i bytes", (alg, size) => {
    expect(secretKey(bytes(size), { alg })).toMatchObject({ alg, kid: undefined, canSign: true });
    expect(codeOf(() => secretKey(bytes(size - 1), { alg }))).toBe("KEY_WEAK");
    expect(codeOf(() => secretKey("x".repeat(size - 1), { alg }))).toBe("KEY_WEAK");
    expect(codeOf(() => secretKey("", { alg }))).toBe("KEY_WEAK");
  });

  it("is counted in bytes, not in characters", () => {
    expect(codeOf(() => secretKey("é".repeat(16), { alg: "HS256" }))).toBe("accepted");
    expect(codeOf(() => secretKey("é".repeat(15), { alg: "HS256" }))).toBe("KEY_WEAK");
  });

  it("that is undefined is the programmer's mistake, with a hint at the environment variable", () => {
    const { code, message, status } = refusalOf(() => secretKey(process.env.REJWT_NO_SUCH_VARIABLE, { alg: "HS256" }));
    expect({ code, status }).toEqual({ code: "CONFIG", status: 500 });
    expect(message).toContain("environment variable");
  });

  test.each([
    [null],
    [42],
    [true],
    [{}],
    [[1, 2, 3]],
    [new ArrayBuffer(32)],
    [new Uint16Array(32)],
    [Symbol("secret")],
  ])("is text or bytes, and not case %#", (value) => {
    expect(codeOf(() => secretKey(value as never, { alg: "HS256" }))).toBe("CONFIG");
  });

  it("is copied: the caller may wipe the bytes", () => {
    const given = bytes(32);
    const key = secretKey(given, { alg: "HS256" });
    const before = signBytes(key, bytes(1));
    given.fill(0);
    expect(signBytes(key, bytes(1))).toEqual(before);
  });

  it("is the same key as text and as its bytes", () => {
    expect(k(secretKey(SECRET, { alg: "HS512" }))).toBe(k(secretKey(Buffer.from(SECRET), { alg: "HS512" })));
  });

  it("may be a part of a larger buffer", () => {
    expect(k(secretKey(bytes(40).subarray(4, 36), { alg: "HS256" }))).toBe(k(secretKey(bytes(32), { alg: "HS256" })));
  });

  test.each(OTHER_KINDS)("is not %s, as text or as bytes (key confusion, CVE-2022-29217)", (_what, text) => {
    for (const secret of typeof text === "string" ? [text, Buffer.from(text)] : [text]) {
      for (const alg of HMAC_ALGS) {
        const { code, message } = refusalOf(() => secretKey(secret, { alg }));
        expect(code).toBe("KEY_INVALID");
        expect(message).toContain("importPem");
      }
    }
  });

  it("may look a little like a key", () => {
    for (const text of [
      "BEGIN PUBLIC KEY, said nobody, ever, at all",
      "My secret starts as base64 of DER would, but",
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEnotakeyatall",
      "0\\u0003 a sequence, as it seems, but no key..",
      '["kty", "oct"] is how a JWK would start, see',
    ]) {
      expect(codeOf(() => secretKey(text, { alg: "HS256" }))).toBe("accepted");
    }
  });

  it("has no lone surrogate, which would become U+FFFD and be weaker than it looks", () => {
    expect(codeOf(() => secretKey(`${SECRET}\ud800`, { alg: "HS256" }))).toBe("KEY_INVALID");
  });

  it("appears in no message", () => {
    for (const run of [
      () => secretKey("geheim", { alg: "HS256" }),
      () => secretKey(`geheim${SECRET}\udfff`, { alg: "HS256" }),
      () => secretKey(`geheim${SECRET}`, { alg: "HS256", encoding: "hex" }),
      () => secretKey('{"kty":"geheim"}', { alg: "HS256" }),
    ]) {
      expect(refusalOf(run).message).not.toContain("geheim");
    }
  });
});

describe("the option encoding", () => {
  const raw = Buffer.from(Array.from({ length: 33 }, (_, at) => (at * 31 + 250) % 256));
  test.each([
    ["hex", raw.toString("hex")],
    ["hex", raw.toString("hex").toUpperCase()],
    ["base64", raw.toString("base64")],
    ["base64", raw.toString("base64").replace(/=+$/, "")],
    ["base64url", raw.toString("base64url")],
    ["base64url", `${Buffer.concat([raw, raw.subarray(0, 1)]).toString("base64url")}==`],
  ] as const)("%s reads %s", (encoding, text) => {
    const expected = text.endsWith("==") ? Buffer.concat([raw, raw.subarray(0, 1)]) : raw;
    expect(k(secretKey(text, { alg: "HS256", encoding }))).toBe(expected.toString("base64url"));
  });

  it("utf8 is the default", () => {
    expect(k(secretKey(SECRET, { alg: "HS256", encoding: "utf8" }))).toBe(k(secretKey(SECRET, { alg: "HS256" })));
  });

  test.each([
    ["hex", `${"0".repeat(64)}g`],
    ["hex", "0".repeat(65)],
    ["hex", ` ${"0".repeat(64)}`],
    ["base64", `${"A".repeat(44)}\n`],
    ["base64", `${"A".repeat(43)}-`],
    ["base64url", `${"A".repeat(43)}+`],
    ["base64url", `${"A".repeat(20)} ${"A".repeat(30)}`],
    ["base64url", "A".repeat(45)],
    ["base64", `${"A".repeat(42)}B`],
  ] as const)("%s does not read %s, which would be a shorter secret", (encoding, text) => {
    expect(codeOf(() => secretKey(text, { alg: "HS256", encoding }))).toBe("KEY_INVALID");
  });
});

describe("the options of secretKey", () => {
  const valid: SecretKeyOptions = { alg: "HS256" };
  test.each<[string, unknown, string]>([
    ["an unknown name", { ...valid, algorithm: "HS256" }, "CONFIG"],
    ["alg undefined", { alg: undefined }, "CONFIG"],
    ["no alg", {}, "ALG_UNSUPPORTED"],
    ["alg none", { alg: "none" }, "ALG_UNSUPPORTED"],
    ["alg of a key pair", { alg: "RS256" }, "CONFIG"],
    ["kid undefined", { ...valid, kid: undefined }, "CONFIG"],
    ["kid empty", { ...valid, kid: "" }, "CONFIG"],
    ["kid null", { ...valid, kid: null }, "CONFIG"],
    ["kid a number", { ...valid, kid: 1 }, "CONFIG"],
    ["kid of 257 characters", { ...valid, kid: "k".repeat(257) }, "CONFIG"],
    ["kid of 256 characters", { ...valid, kid: "k".repeat(256) }, "accepted"],
    ["encoding undefined", { ...valid, encoding: undefined }, "CONFIG"],
    ["encoding null", { ...valid, encoding: null }, "CONFIG"],
    ["encoding latin1", { ...valid, encoding: "latin1" }, "CONFIG"],
    ["no options", undefined, "CONFIG"],
    ["null", null, "CONFIG"],
    ["an array", [], "CONFIG"],
    ["text", "HS256", "CONFIG"],
  ])("%s: %j is %s", (_what, options, code) => {
    expect(codeOf(() => secretKey(SECRET, options as SecretKeyOptions))).toBe(code);
  });

  it("say where to go with another alg", () => {
    expect(refusalOf(() => secretKey(SECRET, { alg: "ES256" as Alg as HmacAlg })).message).toContain("importPem");
  });
});
