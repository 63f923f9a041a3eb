/** Secrets: long enough, meant as secrets, and spelled as they say. RFC 7518 §3.2. */
import { createPublicKey } from "node:crypto";
import { describe, expect, it, test } from "vitest";
import { type Alg, exportJwk, type HmacAlg, type SecretKeyOptions, secretKey } from "../../src/index.ts";
import { signBytes } from "../../src/jws/index.ts";
import certificates from "../fixtures/certificates.json" with { type: "json" };
import { HMAC_ALGS, keyObjectFor, SECRET } from "../fixtures/keys.ts";
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

  const pair = createPublicKey(keyObjectFor("RS256"));
  const ec = createPublicKey(keyObjectFor("ES256"));
  const ed = createPublicKey(keyObjectFor("Ed25519"));
  const middle = (pem: string): string => pem.replace(/-----[^-]+-----\n/g, "");
  test.each<[string, string | Buffer]>([
    ["a public key in PEM", pair.export({ type: "spki", format: "pem" }) as string],
    ["a PKCS#1 public key in PEM", pair.export({ type: "pkcs1", format: "pem" }) as string],
    ["a private key in PEM", keyObjectFor("RS256").export({ type: "pkcs8", format: "pem" }) as string],
    ["PEM behind other text", `# our key\n${ec.export({ type: "spki", format: "pem" })}`],
    ["PEM without its end", "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"],
    ["a certificate", "-----BEGIN CERTIFICATE-----\nMIIBszCCARwCCQDSbqiGQqpBWjANBgkqhkiG9w0BAQsF"],
    ["a JWK", JSON.stringify(ec.export({ format: "jwk" }))],
    ["a JWK with white space", JSON.stringify(pair.export({ format: "jwk" }), undefined, 2)],
    ["a secret JWK", '  {"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"}'],
    ["a JWK whose kty comes last", '{"k":"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0","kty" : "oct"}'],
    ["a public key in DER", ec.export({ type: "spki", format: "der" })],
    ["a PKCS#1 public key in DER", pair.export({ type: "pkcs1", format: "der" })],
    ["the middle of a PEM", middle(pair.export({ type: "spki", format: "pem" }) as string)],
    ["the middle of a PKCS#1 PEM", middle(pair.export({ type: "pkcs1", format: "pem" }) as string)],
    ["the middle of an Ed25519 PEM", middle(ed.export({ type: "spki", format: "pem" }) as string)],
    ["the middle of a certificate", middle(certificates.rsa)],
    [
      "an SSH2 public key",
      "---- BEGIN SSH2 PUBLIC KEY ----\nAAAAB3NzaC1yc2EAAAADAQABAAABAQ\n---- END SSH2 PUBLIC KEY ----",
    ],
    ["an SSH RSA key", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDVfoo someone@somewhere"],
    ["an SSH Ed25519 key", " ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKqrJ9QlPxhqMRg2Q0o"],
    ["an SSH DSA key", "ssh-dss AAAAB3NzaC1kc3MAAACBAKYJ9QlPxhqMRg2Q0o"],
    ["an SSH ECDSA key", "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY"],
    ["an SSH hardware key", "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5"],
    ["an SSH hardware ECDSA key", "sk-ecdsa-sha2-nistp256@openssh.com AAAAInNrLWVjZHNh"],
  ])("is not %s, as text or as bytes (key confusion, CVE-2022-29217)", (_what, text) => {
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
