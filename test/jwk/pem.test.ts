/** One key in PEM text, bound to one algorithm. RFC 7468. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it, test } from "vitest";
import { type AsymmetricAlg, exportPem, type ImportPemOptions, importPem } from "../../src/index.ts";
import { materialOf } from "../../src/jwk/key.ts";
import { signBytes, verifyBytes } from "../../src/jws/index.ts";
import certificates from "../fixtures/certificates.json" with { type: "json" };
import { hs256, keyFor, keyObjectFor, PAIR_ALGS, publicKeyFor, rsaPssPair, SECRET, weakRsa } from "../fixtures/keys.ts";
import { codeOf, refusalOf } from "../fixtures/refusals.ts";

const DATA = Buffer.from("data");
const PASSPHRASE = "correct horse";
const text = (key: KeyObject, options: object): string =>
  key.export({ format: "pem", ...options } as never) as unknown as string;
const pkcs8 = (alg: AsymmetricAlg, options: object = {}): string =>
  text(keyObjectFor(alg), { type: "pkcs8", ...options });
const spki = (alg: AsymmetricAlg): string => text(createPublicKey(keyObjectFor(alg)), { type: "spki" });
const encrypted = { cipher: "aes-256-cbc", passphrase: PASSPHRASE };

describe.each(PAIR_ALGS)("PEM of a key for %s", (alg) => {
  const original = keyFor(alg);

  it("comes and goes, private and public", () => {
    const key = importPem(exportPem(original, { private: true }), { alg });
    expect(key).toMatchObject({ alg, kid: original.kid, canSign: true });
    expect(verifyBytes(original, DATA, signBytes(key, DATA))).toBe(true);

    const publicKey = importPem(exportPem(original), { alg });
    expect(publicKey).toMatchObject({ alg, kid: original.kid, canSign: false });
    expect(verifyBytes(publicKey, DATA, signBytes(original, DATA))).toBe(true);
    expect(codeOf(() => signBytes(publicKey, DATA))).toBe("CONFIG");
    expect(exportPem(publicKey)).toBe(exportPem(original));
  });

  it("comes and goes encrypted", () => {
    const pem = exportPem(original, { private: true, passphrase: PASSPHRASE });
    expect(pem).toContain("BEGIN ENCRYPTED PRIVATE KEY");
    const key = importPem(pem, { alg, passphrase: PASSPHRASE });
    expect(verifyBytes(original, DATA, signBytes(key, DATA))).toBe(true);
    for (const options of [{ alg }, { alg, passphrase: "wrong" }]) {
      const { code, message } = refusalOf(() => importPem(pem, options));
      expect(code).toBe("KEY_INVALID");
      expect(message).toContain("passphrase is missing or wrong");
    }
  });

  it("holds the same public key as node:crypto writes", () => {
    expect(exportPem(original)).toBe(spki(alg));
    expect(exportPem(original, { private: true })).toBe(pkcs8(alg));
  });
});

describe("PEM", () => {
  test.each<[string, string, AsymmetricAlg, boolean]>([
    ["SPKI", spki("RS256"), "RS256", false],
    ["PKCS#8", pkcs8("RS256"), "PS512", true],
    ["PKCS#1, private", text(keyObjectFor("RS256"), { type: "pkcs1" }), "RS384", true],
    ["PKCS#1, public", text(createPublicKey(keyObjectFor("RS256")), { type: "pkcs1" }), "PS256", false],
    ["SEC 1", text(keyObjectFor("ES384"), { type: "sec1" }), "ES384", true],
    ["PKCS#8, encrypted", pkcs8("ES256", encrypted), "ES256", true],
    ["PKCS#1, encrypted (RFC 1421)", text(keyObjectFor("RS256"), { type: "pkcs1", ...encrypted }), "RS256", true],
    ["SEC 1, encrypted (RFC 1421)", text(keyObjectFor("ES256"), { type: "sec1", ...encrypted }), "ES256", true],
    ["a certificate of an RSA key", certificates.rsa, "RS256", false],
    ["a certificate of an EC key", certificates.ec, "ES256", false],
    ["text with lines around it", `Bag Attributes\n    friendlyName: a\n${spki("ES256")}\nend\n`, "ES256", false],
    ["lines that end in CR LF", spki("ES256").replaceAll("\n", "\r\n"), "ES256", false],
    [
      "what openssl ecparam -genkey writes",
      `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${text(keyObjectFor("ES256"), { type: "sec1" })}`,
      "ES256",
      true,
    ],
  ])("%s is read", (_what, pem, alg, canSign) => {
    const options = pem.includes("ENCRYPTED") ? { alg, passphrase: PASSPHRASE } : { alg };
    expect(importPem(pem, options)).toMatchObject({ alg, canSign });
  });

  it("encrypted as RFC 1421 says so where the passphrase is missing", () => {
    const pem = text(keyObjectFor("ES256"), { type: "sec1", ...encrypted });
    expect(refusalOf(() => importPem(pem, { alg: "ES256" })).message).toContain("passphrase is missing or wrong");
  });

  it("that is not encrypted is read with a passphrase too", () => {
    expect(codeOf(() => importPem(pkcs8("ES256"), { alg: "ES256", passphrase: PASSPHRASE }))).toBe("accepted");
  });

  test.each([
    ["nothing", ""],
    ["a secret", SECRET],
    ["a JWK", '{"kty":"RSA"}'],
    ["DER in base64 without its lines", Buffer.from(spki("ES256")).toString("base64")],
    ["a block that does not end", "-----BEGIN PUBLIC KEY-----\nAAAA"],
    ["a block that ends as another", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PRIVATE KEY-----"],
    ["curve parameters alone", "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----"],
    ["two keys", spki("ES256") + spki("ES256")],
    ["a key pair", pkcs8("ES256") + spki("ES256")],
    ["a chain of certificates", certificates.rsa + certificates.ec],
    ["a block of something else", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----"],
    ["an empty block", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----"],
    ["an empty private block", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"],
    ["a public block with something else in it", "-----BEGIN PUBLIC KEY-----\naGVsbG8=\n-----END PUBLIC KEY-----"],
    ["a private block with a public key in it", spki("ES256").replaceAll("PUBLIC", "PRIVATE")],
  ])("is not %s", (_what, pem) => {
    expect(codeOf(() => importPem(pem, { alg: "ES256" }))).toBe("KEY_INVALID");
  });

  it("with \\n as two characters is refused, with the reason", () => {
    const { message } = refusalOf(() =>
      importPem(spki("ES256").replaceAll("\n", "\\n").replace("-----END", "----END"), { alg: "ES256" }),
    );
    expect(message).toContain("\\n as two characters");
    expect(refusalOf(() => importPem("abc", { alg: "ES256" })).message).not.toContain("two characters");
  });

  it("that cannot be read is not said to be encrypted where it is not", () => {
    const { message } = refusalOf(() =>
      importPem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", { alg: "ES256" }),
    );
    expect(message).not.toContain("passphrase");
  });

  it("of two keys says how many there are", () => {
    expect(refusalOf(() => importPem(spki("ES256").repeat(3), { alg: "ES256" })).message).toContain("3 PEM blocks");
  });

  test.each<[string, string, AsymmetricAlg, string]>([
    ["an RSA key", spki("RS256"), "ES256", "KEY_INVALID"],
    ["an EC key", spki("ES256"), "RS256", "KEY_INVALID"],
    ["a key on P-384", spki("ES384"), "ES256", "KEY_INVALID"],
    ["a key on secp256k1", spki("ES256K"), "ES256", "KEY_INVALID"],
    ["a key on P-256", spki("ES256"), "ES256K", "KEY_INVALID"],
    ["a key on Ed448", spki("Ed448"), "Ed25519", "KEY_INVALID"],
    ["an X25519 key", text(generateKeyPairSync("x25519").publicKey, { type: "spki" }), "Ed25519", "KEY_INVALID"],
    [
      "a DSA key",
      text(generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 }).publicKey, { type: "spki" }),
      "RS256",
      "KEY_INVALID",
    ],
    ["an RSA key of 1024 bits", text(weakRsa, { type: "pkcs8" }), "RS256", "KEY_WEAK"],
  ])("of %s: %# is refused for %s", (_what, pem, alg, code) => {
    expect(codeOf(() => importPem(pem, { alg }))).toBe(code);
  });

  it("of any length is looked through in no time", () => {
    const long = `-----BEGIN A-----${"-".repeat(200_000)}${"-----BEGIN A-----".repeat(2000)}`;
    expect(codeOf(() => importPem(long, { alg: "ES256" }))).toBe("KEY_INVALID");
  });
});

describe("a key of type RSASSA-PSS (RFC 4055)", () => {
  const { privateKey, publicKey } = rsaPssPair({
    hashAlgorithm: "sha256",
    mgf1HashAlgorithm: "sha256",
    saltLength: 32,
  });

  it("has the thumbprint of its numbers, and signs and verifies", () => {
    const key = importPem(text(privateKey, { type: "pkcs8" }), { alg: "PS256" });
    const verifying = importPem(text(publicKey, { type: "spki" }), { alg: "PS256" });
    expect(key.kid).toMatch(/^[\w-]{43}$/);
    expect(verifying.kid).toBe(key.kid);
    expect(verifyBytes(verifying, DATA, signBytes(key, DATA))).toBe(true);
  });

  it("is refused for an algorithm that its parameters exclude, and for PKCS#1 v1.5", () => {
    for (const alg of ["PS384", "PS512", "RS256"] as const) {
      expect(codeOf(() => importPem(text(publicKey, { type: "spki" }), { alg }))).toBe("KEY_INVALID");
    }
  });
});

describe("the options of importPem", () => {
  const pem = spki("ES256");
  const valid: ImportPemOptions = { alg: "ES256" };
  test.each<[string, unknown, string]>([
    ["an unknown name", { ...valid, algorithm: "ES256" }, "CONFIG"],
    ["alg undefined", { alg: undefined }, "CONFIG"],
    ["no alg", {}, "ALG_UNSUPPORTED"],
    ["alg none", { alg: "none" }, "ALG_UNSUPPORTED"],
    ["alg of a secret", { alg: "HS256" }, "CONFIG"],
    ["kid undefined", { ...valid, kid: undefined }, "CONFIG"],
    ["kid empty", { ...valid, kid: "" }, "CONFIG"],
    ["kid null", { ...valid, kid: null }, "CONFIG"],
    ["kid of 256 characters", { ...valid, kid: "k".repeat(256) }, "accepted"],
    ["kid of 257 characters", { ...valid, kid: "k".repeat(257) }, "CONFIG"],
    ["passphrase undefined", { ...valid, passphrase: undefined }, "CONFIG"],
    ["passphrase empty", { ...valid, passphrase: "" }, "CONFIG"],
    ["passphrase bytes", { ...valid, passphrase: Buffer.from("a") }, "CONFIG"],
    ["no options", undefined, "CONFIG"],
    ["null", null, "CONFIG"],
  ])("%s: %j is %s", (_what, options, code) => {
    expect(codeOf(() => importPem(pem, options as ImportPemOptions))).toBe(code);
  });

  it("kid replaces the thumbprint", () => {
    expect(importPem(pem, { alg: "ES256", kid: "mine" }).kid).toBe("mine");
  });

  test.each([[undefined], [null], [Buffer.from(pem)], [keyObjectFor("ES256")], [1]])(
    "the PEM must be text: case %#",
    (value) => {
      expect(codeOf(() => importPem(value as never, valid))).toBe("CONFIG");
    },
  );
});

describe("the options of exportPem", () => {
  const key = keyFor("ES256");
  test.each<[string, unknown, string]>([
    ["none", undefined, "accepted"],
    ["an unknown name", { secret: true }, "CONFIG"],
    ["null", null, "CONFIG"],
    ["private false", { private: false }, "accepted"],
    ["private undefined", { private: undefined }, "accepted"],
    ["private text", { private: "yes" }, "CONFIG"],
    ["private null", { private: null }, "CONFIG"],
    ["passphrase without private", { passphrase: PASSPHRASE }, "CONFIG"],
    ["passphrase with private false", { private: false, passphrase: PASSPHRASE }, "CONFIG"],
    ["passphrase undefined", { private: true, passphrase: undefined }, "CONFIG"],
    ["passphrase empty", { private: true, passphrase: "" }, "CONFIG"],
    ["passphrase of another type", { private: true, passphrase: 1 }, "CONFIG"],
    ["passphrase with private", { private: true, passphrase: PASSPHRASE }, "accepted"],
  ])("%s: %j is %s", (_what, options, code) => {
    expect(codeOf(() => exportPem(key, options as never))).toBe(code);
  });

  it("are for key pairs", () => {
    expect(refusalOf(() => exportPem(hs256(1), { private: true })).message).toContain("exportJwk");
    expect(codeOf(() => exportPem(hs256(1)))).toBe("CONFIG");
  });

  it("cannot bring out a private half that is not there", () => {
    expect(codeOf(() => exportPem(publicKeyFor("ES256"), { private: true }))).toBe("CONFIG");
  });

  test.each([[undefined], [null], ["text"], [keyObjectFor("ES256")]])("the key must be a key: case %#", (value) => {
    expect(codeOf(() => exportPem(value as never))).toBe("CONFIG");
  });

  it("leave the key as it was", () => {
    exportPem(key, { private: true, passphrase: PASSPHRASE });
    expect(materialOf(key).signing?.equals(keyObjectFor("ES256"))).toBe(true);
  });
});
