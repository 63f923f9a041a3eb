/** A key is bound to one algorithm, shows its name and never its content. RFC 8725 §3.1. */
import { createPublicKey } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it, test } from "vitest";
import { createSigner, createVerifier, externalKey, generateKey, type Key } from "../../src/index.ts";
import { createKey, isKey, materialOf, signingHalf, withDeclaredKid } from "../../src/jwk/key.ts";
import { thumbprint } from "../../src/jwk/thumbprint.ts";
import { hs256, keyFor, keyObjectFor, PAIR_ALGS, publicKeyFor, SECRET, SUPPORTED_ALGS } from "../fixtures/keys.ts";
import { codeOf, refusalOf } from "../fixtures/refusals.ts";

describe.each(SUPPORTED_ALGS)("a key for %s", (alg) => {
  const key = keyFor(alg, "my-key");
  const parts = Object.entries(keyObjectFor(alg).export({ format: "jwk" }) as Record<string, string>)
    .filter(([name]) => !["kty", "crv", "e", "alg"].includes(name))
    .map(([, value]) => value);

  it("shows its alg and its kid, however it is logged, and never its content", () => {
    const shown = [
      JSON.stringify(key),
      JSON.stringify({ ...key }),
      JSON.stringify(structuredClone({ ...key })),
      inspect(key),
      inspect(key, { showHidden: true, depth: 10, getters: true }),
      String(key),
      Object.entries(key).join(),
    ];
    for (const text of shown) {
      expect(text).not.toContain(SECRET);
      for (const part of parts) expect(text).not.toContain(part);
    }
    expect(JSON.parse(JSON.stringify(key))).toEqual({ alg, kid: "my-key", canSign: true });
  });

  it("cannot be changed", () => {
    expect(Object.isFrozen(key)).toBe(true);
    expect(Object.isFrozen(materialOf(key))).toBe(true);
    expect(() => Object.assign(key, { alg: "none" })).toThrow(TypeError);
  });

  it("signs and verifies synchronously", () => {
    expect(key["~signs"]).toBe("sync");
    expect(key["~verifies"]).toBe("sync");
  });
});

describe("what is no key", () => {
  const { publicKey, jwk } = { publicKey: createPublicKey(keyObjectFor("ES256")), jwk: { kty: "oct", k: "AAAA" } };
  test.each<[string, () => unknown, string]>([
    ["text", () => SECRET, "secretKey"],
    ["bytes", () => Buffer.from(SECRET), "secretKey"],
    ["other bytes", () => new Uint8Array(32), "importPem"],
    ["a KeyObject", () => publicKey, "KeyObject"],
    ["a JWK", () => jwk, "importJwk"],
    ["a promise of a key", () => generateKey("HS256"), "await"],
    ["undefined", () => undefined, "undefined"],
    ["null", () => null, "null"],
    ["a number", () => 42, "number"],
    ["an object", () => ({ alg: "HS256", kid: undefined, canSign: true }), "object"],
    ["a spread copy of a key", () => ({ ...hs256(1) }), "object"],
    ["a function", () => () => SECRET, "function"],
    ["a key behind a clone", () => structuredClone({ ...hs256(1) }), "object"],
  ])("%s is refused by name, by signer and verifier", (_what, make, hint) => {
    expect(isKey(make())).toBe(false);
    for (const run of [
      () => materialOf(make() as Key),
      () => createVerifier({ keys: make() as Key, issuer: false, audience: false }),
      () => createSigner({ key: make() as Key, issuer: false, audience: false, expiresIn: 1 }),
    ]) {
      const { code, message } = refusalOf(run);
      expect(code).toBe("CONFIG");
      expect(message).toContain(hint);
      expect(message).not.toContain(SECRET);
    }
  });
});

describe("a key that only verifies", () => {
  it("has no half that signs, and says so", () => {
    const key = publicKeyFor("ES256");
    expect(key.canSign).toBe(false);
    expect(refusalOf(() => signingHalf(key)).message).toContain("import the private key");
    expect(codeOf(() => createSigner({ key, issuer: false, audience: false, expiresIn: 1 }))).toBe("CONFIG");
  });
});

describe("a key that signs elsewhere", () => {
  const key = externalKey({ publicKey: publicKeyFor("ES256"), sign: async (input) => input });

  it("signs asynchronously, verifies here, and has no private half here", () => {
    expect(key).toMatchObject({ alg: "ES256", canSign: true, "~signs": "async", "~verifies": "sync" });
    expect(refusalOf(() => signingHalf(key as never)).message).toContain("signAsync");
  });

  it("counts its kid as declared", () => {
    expect(materialOf(key as never).kidDeclared).toBe(true);
  });
});

describe("a kid", () => {
  it("is declared, or the thumbprint of the public half, or none for a secret", () => {
    expect(materialOf(keyFor("ES256", "k")).kidDeclared).toBe(true);
    const unnamed = keyFor("ES256");
    expect(unnamed.kid).toBe(thumbprint(createPublicKey(keyObjectFor("ES256"))));
    expect(materialOf(unnamed).kidDeclared).toBe(false);
    expect(hs256(1).kid).toBeUndefined();
    expect(materialOf(hs256(1)).kidDeclared).toBe(false);
  });

  it("of a key of a ring is declared, thumbprint or not, and the key stays the same otherwise", () => {
    const named = keyFor("ES256", "k");
    expect(withDeclaredKid(named)).toBe(named);
    expect(withDeclaredKid(hs256(1)).kid).toBeUndefined();
    const declared = withDeclaredKid(keyFor("ES256"));
    expect(materialOf(declared).kidDeclared).toBe(true);
    expect(declared).toMatchObject({ alg: "ES256", kid: keyFor("ES256").kid, canSign: true });
    expect(withDeclaredKid(declared)).toBe(declared);
  });

  test.each(PAIR_ALGS)("of a private key for %s is that of its public key", (alg) => {
    expect(publicKeyFor(alg).kid).toBe(keyFor(alg).kid);
  });

  it("has 1 to 256 characters", () => {
    const make = (kid: unknown) => () => createKey("HS256", keyObjectFor("HS256"), kid as string);
    expect(codeOf(make("k"))).toBe("accepted");
    expect(codeOf(make("k".repeat(256)))).toBe("accepted");
    for (const kid of ["k".repeat(257), "", null, 7, ["k"], Symbol("k")]) expect(codeOf(make(kid))).toBe("CONFIG");
  });
});

describe("a thumbprint", () => {
  it("of the RSA key of RFC 7638 §3.1 is the one printed there", () => {
    const n =
      "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    const key = createPublicKey({ key: { kty: "RSA", n, e: "AQAB" }, format: "jwk" });
    expect(thumbprint(key)).toBe("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  });

  it("of the Ed25519 key of RFC 8037 A.3 is the one printed there", () => {
    const x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
    expect(thumbprint(key)).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  });
});
