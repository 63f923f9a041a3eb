/** Keys as JSON, each member checked before the runtime sees it. RFC 7517 §4, RFC 7518 §6, RFC 8037 §2. */
import { createPrivateKey, createPublicKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  type Alg,
  createVerifier,
  exportJwk,
  exportPem,
  externalKey,
  type ImportJwkOptions,
  importJwk,
  importPem,
  type Jwk,
} from "../../src/index.ts";
import { signBytes, signJws, verifyBytes, verifyJws } from "../../src/jws/index.ts";
import { anyValue, SEED } from "../fixtures/arbitraries.ts";
import {
  EC_ALGS,
  hs256,
  keyFor,
  keyObjectFor,
  PAIR_ALGS,
  publicKeyFor,
  rsaPssPair,
  SECRET,
  SUPPORTED_ALGS,
  weakRsa,
} from "../fixtures/keys.ts";
import { newPair } from "../fixtures/new-pair.ts";
import { codeOf, refusalOf } from "../fixtures/refusals.ts";

const DATA = Buffer.from("data");
const privateJwk = (alg: Alg): Jwk => keyObjectFor(alg).export({ format: "jwk" }) as Jwk;
const publicJwk = (alg: Alg): Jwk => createPublicKey(keyObjectFor(alg)).export({ format: "jwk" }) as Jwk;
const b64u = (bytes: string | Uint8Array): string => Buffer.from(bytes as string).toString("base64url");
const padded = (text: unknown): string =>
  b64u(Buffer.concat([Buffer.alloc(1), Buffer.from(String(text), "base64url")]));
const oct: Jwk = { kty: "oct", k: b64u(SECRET), alg: "HS256" };

describe.each(SUPPORTED_ALGS)("the JWK of a key for %s", (alg) => {
  const original = keyFor(alg, "my-key");

  it("comes and goes with its private half or secret", () => {
    const jwk = exportJwk(original, { private: true });
    expect(jwk).toMatchObject({ alg, kid: "my-key", use: "sig" });
    const key = importJwk(JSON.parse(JSON.stringify(jwk)) as Jwk);
    expect(key).toMatchObject({ alg, kid: "my-key", canSign: true });
    expect(verifyBytes(original, DATA, signBytes(key, DATA))).toBe(true);
    expect(exportJwk(key, { private: true })).toEqual(jwk);
  });

  it("says its alg, so that nothing else need be said", () => {
    expect(codeOf(() => importJwk(exportJwk(original, { private: true }), { alg }))).toBe("accepted");
  });
});

describe.each(PAIR_ALGS)("the public JWK of a key for %s", (alg) => {
  const original = keyFor(alg);

  it("comes and goes, and holds nothing private", () => {
    const jwk = exportJwk(original);
    expect(Object.keys(jwk).filter((name) => ["d", "p", "q", "dp", "dq", "qi", "k", "priv"].includes(name))).toEqual(
      [],
    );
    expect(exportJwk(original, { private: false })).toEqual(jwk);
    const key = importJwk(jwk);
    expect(key).toMatchObject({ alg, kid: original.kid, canSign: false });
    expect(verifyBytes(key, DATA, signBytes(original, DATA))).toBe(true);
    expect(exportJwk(key)).toEqual(jwk);
    expect(codeOf(() => exportJwk(key, { private: true }))).toBe("CONFIG");
    expect(codeOf(() => signBytes(key, DATA))).toBe("CONFIG");
  });
});

describe("a JWK", () => {
  test.each<[string, unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["text", JSON.stringify(oct)],
    ["an array", [oct]],
    ["a JWK Set", { keys: [oct] }],
    ["an empty object", {}],
    ["of another kty", { ...oct, kty: "OCT" }],
    ["of an inherited kty", { ...oct, kty: "constructor" }],
    ["of a kty that is no text", { ...oct, kty: ["oct"] }],
    ["with inherited members", Object.create(oct)],
    ["a secret without k", { kty: "oct", alg: "HS256" }],
    ["a secret with an empty k", { ...oct, k: "" }],
    ["a secret with padding", { ...oct, k: `${b64u("x".repeat(32))}=` }],
    ["a secret with bytes", { ...oct, k: Buffer.from(SECRET) }],
    ["an EC key without y", { ...publicJwk("ES256"), y: undefined }],
    ["an EC key without crv", { ...publicJwk("ES256"), crv: undefined }],
    ["an EC key of an OKP curve", { ...publicJwk("ES256"), crv: "Ed25519" }],
    ["an EC key of a curve that this package has not", { ...publicJwk("ES256"), crv: "P-192" }],
    ["an EC key of an inherited curve", { ...publicJwk("ES256"), crv: "toString" }],
    ["an EC key of a curve that is no text", { ...publicJwk("ES256"), crv: ["P-256"] }],
    ["an EC key of coordinates that are too short", { ...publicJwk("ES256"), x: b64u(new Uint8Array(31)) }],
    [
      "an EC key of coordinates that are too long",
      { ...publicJwk("ES256"), y: b64u(Buffer.concat([Buffer.alloc(1), Buffer.alloc(32)])) },
    ],
    ["an EC key that is not on its curve", { ...publicJwk("ES256"), y: b64u(new Uint8Array(32).fill(1)) }],
    [
      "an EC key of the point at infinity",
      { ...publicJwk("ES256"), x: b64u(new Uint8Array(32)), y: b64u(new Uint8Array(32)) },
    ],
    ["an EC key whose x is standard base64", { ...publicJwk("ES256"), x: "+".repeat(43) }],
    ["a private EC key whose d is too short", { ...privateJwk("ES256"), d: b64u(new Uint8Array(31).fill(1)) }],
    ["a private EC key whose d is zero", { ...privateJwk("ES256"), d: b64u(new Uint8Array(32)) }],
    ["a private EC key whose d is empty", { ...privateJwk("ES256"), d: "" }],
    ["a private EC key of another public key", { ...privateJwk("ES256"), ...otherPoint("P-256") }],
    [
      "a private OKP key of another public key",
      { ...privateJwk("Ed25519"), x: newPair("ed25519").publicKey.export({ format: "jwk" }).x },
    ],
    ["an OKP key for agreement", newPair("x25519").publicKey.export({ format: "jwk" })],
    ["an OKP key of an EC curve", { ...publicJwk("Ed25519"), crv: "P-256" }],
    ["an OKP key of another size", { ...publicJwk("Ed25519"), x: b64u(new Uint8Array(57)) }],
    ["a private RSA key without p", { ...privateJwk("RS256"), p: undefined, alg: "RS256" }],
    ["a private RSA key without d", { ...privateJwk("RS256"), d: undefined, alg: "RS256" }],
    ["an RSA key of three primes", { ...privateJwk("RS256"), oth: [], alg: "RS256" }],
    ["an RSA key without e", { ...publicJwk("RS256"), e: undefined, alg: "RS256" }],
    ["of an alg for encryption", { ...publicJwk("RS256"), alg: "RSA-OAEP" }],
    ["of alg none", { ...oct, alg: "none" }],
    ["of an alg that is no text", { ...oct, alg: 256 }],
    ["of an alg of another kty", { ...oct, alg: "ES256" }],
    ["of an EC alg of another curve", { ...publicJwk("ES256K"), alg: "ES256" }],
    ["an EC key for EdDSA", { ...publicJwk("ES256"), alg: "EdDSA" }],
    ["of an OKP alg of another curve", { ...publicJwk("Ed448"), alg: "Ed25519" }],
    ["of a kid that is no text", { ...oct, kid: 1 }],
    ["of an empty kid", { ...oct, kid: "" }],
    ["of a kid of 257 characters", { ...oct, kid: "k".repeat(257) }],
    ["for encryption", { ...oct, use: "enc" }],
    ["for a use that is no text", { ...oct, use: null }],
    ["for deriving keys", { ...oct, key_ops: ["deriveKey"] }],
    ["for nothing", { ...oct, key_ops: [] }],
    ["for one thing twice", { ...oct, key_ops: ["sign", "sign"] }],
    ["for operations that are no array", { ...oct, key_ops: "sign" }],
    ["for operations that are no text", { ...oct, key_ops: ["sign", "verify", 1] }],
    ["an RSA key whose n has leading zeros", { ...publicJwk("RS256"), n: padded(publicJwk("RS256").n), alg: "RS256" }],
    ["an RSA key whose e has leading zeros", { ...publicJwk("RS256"), e: "AAEAAQ", alg: "RS256" }],
    ["an RSA key whose e takes long to count", { ...publicJwk("RS256"), e: `${"_".repeat(43)}8`, alg: "RS256" }],
    ["a private RSA key whose d has leading zeros", { ...privateJwk("RS256"), d: padded("_w"), alg: "RS256" }],
    ["public, and only for signing", { ...publicJwk("ES256"), key_ops: ["sign"] }],
  ])("is not %s", (_what, jwk) => {
    expect(codeOf(() => importJwk(jwk as Jwk))).toBe("KEY_INVALID");
  });

  test.each<[string, Jwk, string]>([
    ["a secret of 31 bytes", { ...oct, k: b64u("x".repeat(31)) }, "KEY_WEAK"],
    ["a secret of 32 bytes for HS384", { ...oct, k: b64u("x".repeat(32)), alg: "HS384" }, "KEY_WEAK"],
    ["an RSA key of 1024 bits", { ...(weakRsa.export({ format: "jwk" }) as Jwk), alg: "RS256" }, "KEY_WEAK"],
    ["an RSA key with e = 1", { ...publicJwk("RS256"), e: "AQ", alg: "RS256" }, "KEY_WEAK"],
    ["RSA without alg", publicJwk("RS256"), "CONFIG"],
    ["a secret without alg", { kty: "oct", k: b64u(SECRET) }, "CONFIG"],
    ["of a kid of 256 characters", { ...oct, kid: "k".repeat(256) }, "accepted"],
    [
      "with certificates and URLs, which are not read",
      { ...oct, x5u: "http://localhost/", x5c: ["AAAA"], jku: 1 },
      "accepted",
    ],
    ["with members of undefined", { ...oct, kid: undefined, use: undefined, key_ops: undefined }, "accepted"],
    ["without a prototype", Object.assign(Object.create(null), oct), "accepted"],
  ])("%s: %#", (_what, jwk, code) => {
    expect(codeOf(() => importJwk(jwk))).toBe(code);
  });

  test.each<[string, Alg]>([
    ["P-256", "ES256"],
    ["P-384", "ES384"],
    ["P-521", "ES512"],
    ["secp256k1", "ES256K"],
    ["Ed25519", "Ed25519"],
    ["Ed448", "Ed448"],
  ])("on the curve %s without alg can only be for %s", (crv, alg) => {
    expect(importJwk(publicJwk(alg))).toMatchObject({ alg });
    expect(publicJwk(alg).crv).toBe(crv);
  });

  test.each(EC_ALGS)("of a curve for %s has coordinates of one size, also where they start with zeros", (alg) => {
    const size = { ES256: 32, ES384: 48, ES512: 66, ES256K: 32 }[alg];
    for (let round = 0; round < 300; round++) {
      const jwk = newPair("ec", { namedCurve: publicJwk(alg).crv as string }).privateKey.export({
        format: "jwk",
      });
      const x = Buffer.from(jwk.x ?? "", "base64url");
      if (x[0] !== 0 && alg !== "ES512") continue;
      expect(x).toHaveLength(size);
      expect(codeOf(() => importJwk(jwk as Jwk))).toBe("accepted");
      return;
    }
  });

  test.each<[string, readonly string[], boolean, boolean]>([
    ["sign and verify", ["sign", "verify"], true, true],
    ["sign", ["sign"], true, true],
    ["verify", ["verify"], false, true],
    ["verify and more", ["encrypt", "verify"], false, true],
  ])("private, with key_ops %s, signs only where they say so", (_what, key_ops, canSign) => {
    for (const jwk of [privateJwk("ES256"), oct]) {
      const key = importJwk({ ...jwk, key_ops });
      expect(key.canSign).toBe(canSign);
      if (!canSign) expect(codeOf(() => signBytes(key, DATA))).toBe("CONFIG");
      const signature = signBytes(importJwk(jwk), DATA);
      if (jwk === oct && !key_ops.includes("verify"))
        expect(codeOf(() => verifyBytes(key, DATA, signature))).toBe("CONFIG");
      else expect(verifyBytes(key, DATA, signature)).toBe(true);
    }
  });

  it("secret, with key_ops that allow signing alone, is no key of a verifier, and the error says why", () => {
    const key = importJwk({ ...oct, key_ops: ["sign"] });
    const { code, message } = refusalOf(() => createVerifier({ keys: key, issuer: false, audience: false }));
    expect(code).toBe("CONFIG");
    expect(message).toContain("key_ops");
    expect(codeOf(() => verifyJws(key, signJws(key, DATA)))).toBe("CONFIG");
  });

  it("public, with key_ops verify, verifies", () => {
    expect(importJwk({ ...publicJwk("ES256"), key_ops: ["verify"] })).toMatchObject({ canSign: false });
  });

  it("is bound to the alg that is asked for where it names none", () => {
    for (const alg of ["RS256", "PS512"] as const)
      expect(importJwk(publicJwk("RS256"), { alg })).toMatchObject({ alg });
  });

  test.each<[string, Jwk, Alg, string]>([
    ["RS256 asked as PS256", { ...publicJwk("RS256"), alg: "RS256" }, "PS256", "KEY_INVALID"],
    ["HS256 asked as HS512", oct, "HS512", "KEY_INVALID"],
    ["ES256 asked as ES256", { ...publicJwk("ES256"), alg: "ES256" }, "ES256", "accepted"],
    ["EdDSA asked as Ed25519", { ...publicJwk("Ed25519"), alg: "EdDSA" }, "Ed25519", "accepted"],
    ["Ed25519 asked as EdDSA", { ...publicJwk("Ed25519"), alg: "Ed25519" }, "EdDSA", "accepted"],
    ["EdDSA of Ed448 asked as Ed448", { ...publicJwk("Ed448"), alg: "EdDSA" }, "Ed448", "accepted"],
    ["EdDSA of Ed448 asked as Ed25519", { ...publicJwk("Ed448"), alg: "EdDSA" }, "Ed25519", "KEY_INVALID"],
    ["Ed25519 asked as Ed448", { ...publicJwk("Ed25519"), alg: "Ed25519" }, "Ed448", "KEY_INVALID"],
    ["Ed448 on the curve Ed25519 asked as EdDSA", { ...publicJwk("Ed25519"), alg: "Ed448" }, "EdDSA", "KEY_INVALID"],
    ["Ed25519 on the curve Ed448 asked as EdDSA", { ...publicJwk("Ed448"), alg: "Ed25519" }, "EdDSA", "KEY_INVALID"],
    ["a curve asked as RSA", publicJwk("ES256"), "RS256", "KEY_INVALID"],
    ["a public key asked as a secret (key confusion)", publicJwk("RS256"), "HS256", "KEY_INVALID"],
    ["a secret asked as a key pair", { kty: "oct", k: b64u(SECRET) }, "RS256", "KEY_INVALID"],
    ["anything asked as none", oct, "none" as Alg, "ALG_UNSUPPORTED"],
  ])("%s: %#", (_what, jwk, alg, code) => {
    expect(codeOf(() => importJwk(jwk, { alg }))).toBe(code);
  });

  it("has the asked alg, not its other name", () => {
    expect(importJwk({ ...publicJwk("Ed25519"), alg: "EdDSA" }, { alg: "Ed25519" }).alg).toBe("Ed25519");
    expect(importJwk({ ...publicJwk("Ed25519"), alg: "EdDSA" }).alg).toBe("EdDSA");
  });

  it("has the kid that is asked for, else its own, else its thumbprint, and a secret none", () => {
    expect(importJwk({ ...publicJwk("ES256"), kid: "own" }, { kid: "asked" }).kid).toBe("asked");
    expect(importJwk({ ...publicJwk("ES256"), kid: "own" }).kid).toBe("own");
    expect(importJwk(publicJwk("ES256")).kid).toMatch(/^[\w-]{43}$/);
    expect(importJwk(oct).kid).toBeUndefined();
  });

  it("appears in no message, and the runtime's own error is not passed on", () => {
    for (const jwk of [
      { ...privateJwk("ES256"), d: "geheim" },
      { ...privateJwk("ES256"), d: b64u(new Uint8Array(32)) },
      { ...oct, alg: "geheim" },
      { ...oct, kty: "geheim" },
      { ...oct, use: "geheim" },
      { ...oct, key_ops: ["geheim"] },
      { ...publicJwk("ES256"), crv: "geheim" },
    ]) {
      const error = refusalOf(() => importJwk(jwk));
      expect(error.message).not.toContain("geheim");
      expect(error.cause).toBeUndefined();
    }
  });

  it("is refused with a TokenError, whatever it is made of", () => {
    const member = anyValue.map((make) => ({ make }));
    const jwks = fc.record({ at: fc.nat(), member });
    const names = ["kty", "k", "alg", "kid", "use", "key_ops", "crv", "x", "y", "n", "e", "d", "oth", "p"];
    fc.assert(
      fc.property(jwks, fc.constantFrom<Alg>("HS256", "ES256", "RS256", "Ed25519"), ({ at, member: { make } }, alg) => {
        const jwk = { ...privateJwk(alg), [names[at % names.length] ?? ""]: make() };
        codeOf(() => importJwk(jwk as Jwk, { alg }));
      }),
      { seed: SEED, numRuns: 400 },
    );
  });
});

describe("the options of importJwk and exportJwk", () => {
  test.each<[string, unknown, string]>([
    ["none", undefined, "accepted"],
    ["an unknown name", { algorithm: "HS256" }, "CONFIG"],
    ["alg undefined", { alg: undefined }, "CONFIG"],
    ["alg null", { alg: null }, "ALG_UNSUPPORTED"],
    ["kid undefined", { kid: undefined }, "CONFIG"],
    ["kid empty", { kid: "" }, "CONFIG"],
    ["kid null", { kid: null }, "CONFIG"],
    ["kid a number", { kid: 1 }, "CONFIG"],
    ["null", null, "CONFIG"],
    ["text", "HS256", "CONFIG"],
  ])("importJwk with %s: %j is %s", (_what, options, code) => {
    expect(codeOf(() => importJwk(oct, options as ImportJwkOptions))).toBe(code);
    if (typeof options !== "object" || options === null) return;
    expect(codeOf(() => importJwk({ ...oct, alg: undefined, kid: "own" }, { alg: "HS256", ...options }))).toBe(code);
  });

  test.each<[string, unknown, string]>([
    ["none", undefined, "accepted"],
    ["an unknown name", { secret: true }, "CONFIG"],
    ["private undefined", { private: undefined }, "accepted"],
    ["private null", { private: null }, "CONFIG"],
    ["private 1", { private: 1 }, "CONFIG"],
    ["null", null, "CONFIG"],
  ])("exportJwk with %s: %j is %s", (_what, options, code) => {
    expect(codeOf(() => exportJwk(keyFor("ES256"), options as never))).toBe(code);
  });

  it("a secret is exported only when one says so", () => {
    expect(codeOf(() => exportJwk(hs256(1)))).toBe("CONFIG");
    expect(codeOf(() => exportJwk(hs256(1), { private: false }))).toBe("CONFIG");
    expect(exportJwk(hs256(1), { private: true })).toEqual({
      kty: "oct",
      k: b64u(new Uint8Array(32).fill(1)),
      alg: "HS256",
      use: "sig",
    });
  });

  it("a key that signs elsewhere has no private half to export", () => {
    const key = externalKey({ publicKey: publicKeyFor("ES256"), sign: async (input) => input });
    expect(exportJwk(key as never)).toEqual(exportJwk(publicKeyFor("ES256")));
    expect(refusalOf(() => exportJwk(key as never, { private: true })).code).toBe("CONFIG");
  });

  test.each([[undefined], [null], ["text"], [oct]])("exportJwk wants a key: case %#", (value) => {
    expect(codeOf(() => exportJwk(value as never))).toBe("CONFIG");
  });

  it("every export is made afresh", () => {
    const key = keyFor("ES256");
    (exportJwk(key) as { x: string }).x = "changed";
    expect(exportJwk(key).x).toBe(publicJwk("ES256").x);
  });

  it("a key of type RSASSA-PSS is exported as the RSA key that RFC 7518 knows", () => {
    const { privateKey } = rsaPssPair({ hashAlgorithm: "sha256", mgf1HashAlgorithm: "sha256", saltLength: 32 });
    const key = importPem(privateKey.export({ type: "pkcs8", format: "pem" }) as string, { alg: "PS256" });
    const jwk = exportJwk(key, { private: true });
    const plain = importJwk(jwk);
    expect(plain.kid).toBe(key.kid);
    expect(verifyBytes(key, DATA, signBytes(plain, DATA))).toBe(true);
    expect(verifyBytes(importJwk(exportJwk(key)), DATA, signBytes(key, DATA))).toBe(true);
    expect(createPrivateKey(exportPem(key, { private: true })).asymmetricKeyType).toBe("rsa-pss");
  });
});

function otherPoint(namedCurve: string): Jwk {
  const { x, y } = newPair("ec", { namedCurve }).publicKey.export({ format: "jwk" });
  return { x, y };
}
