/** `rejwt/web` beside `rejwt`: the same tokens, keys and options, and the same answers to each. */
import type { KeyObject } from "node:crypto";
import { describe, expect, expectTypeOf, it } from "vitest";
import * as node from "../../src/index.ts";
import type { Alg, AsymmetricAlg } from "../../src/jwa/algorithm.ts";
import { remoteKeys } from "../../src/jwk/remote-keys.ts";
import * as web from "../../src/web/index.ts";
import certificates from "../fixtures/certificates.json" with { type: "json" };
import { keyFor, keyObjectFor, SECRET, weakRsa } from "../fixtures/keys.ts";
import { newPair } from "../fixtures/new-pair.ts";
import { OTHER_KINDS } from "../fixtures/other-kinds.ts";
import { asyncCodeOf, codeOf } from "../fixtures/refusals.ts";
import rsaKeys from "../fixtures/rsa-keys.json" with { type: "json" };
import { AUDIENCE, CLAIMS, clockAt, forge, ISSUER, NOON, signatureBytes, withSignature } from "../fixtures/tokens.ts";

const WEB_ALGS: readonly Alg[] = [
  ...(["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] as const),
  ...(["ES256", "ES384", "ES512", "Ed25519", "EdDSA"] as const),
];
const common = { issuer: ISSUER, audience: AUDIENCE, clock: clockAt(NOON) };

const jwkOf = (alg: Alg): node.Jwk => keyObjectFor(alg).export({ format: "jwk" }) as node.Jwk;
const webKeyFor = (alg: Alg, kid?: string): web.WebKey =>
  web.importJwk(jwkOf(alg), { alg, ...(kid === undefined ? {} : { kid }) });
const publicPem = (alg: AsymmetricAlg): string => node.exportPem(keyFor(alg));

describe.each(WEB_ALGS)("%s", (alg) => {
  const nodeVerifier = node.createVerifier({ ...common, keys: keyFor(alg) });
  const webVerifier = web.createVerifier({ ...common, keys: webKeyFor(alg) });

  it("signs here what Node verifies, with the same header", async () => {
    const options = { ...common, expiresIn: "15m" } as const;
    const token = await web
      .createSigner({ ...options, key: webKeyFor(alg) })
      .signAsync({ sub: "user_42", n: [1, "é"] });
    const { claims, header } = nodeVerifier.verify(token);
    expect(claims).toMatchObject({ ...CLAIMS, n: [1, "é"] });
    const own = node.createSigner({ ...options, key: keyFor(alg) }).sign({ sub: "user_42" });
    expect(header).toEqual(node.decode(own).unverifiedHeader);
  });

  it("verifies here what Node signs, with the same result", async () => {
    const token = node.createSigner({ ...common, key: keyFor(alg), expiresIn: "15m" }).sign({ sub: "user_42" });
    expect(await webVerifier.verifyAsync(token)).toEqual(nodeVerifier.verify(token));
  });

  it("refuses the signatures that Node refuses", async () => {
    const good = forge(keyFor(alg));
    const bytes = signatureBytes(good);
    const half = bytes.length / 2;
    const signatures: Uint8Array[] = [
      bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte)),
      bytes.subarray(1),
      Uint8Array.of(0, ...bytes),
      Uint8Array.of(...bytes, 0),
      new Uint8Array(bytes.length),
      new Uint8Array(bytes.length).fill(255),
      // r or s alone of zero.
      bytes.map((byte, at) => (at < half ? 0 : byte)),
      bytes.map((byte, at) => (at < half ? byte : 0)),
    ];
    for (const signature of signatures) {
      const token = withSignature(good, signature);
      expect(codeOf(() => nodeVerifier.verify(token))).toBe("SIGNATURE");
      expect(await asyncCodeOf(webVerifier.verifyAsync(token))).toBe("SIGNATURE");
    }
  });
});

describe("a token that Node refuses", () => {
  const key = keyFor("HS256");
  const webKey = web.secretKey(SECRET, { alg: "HS256" });
  const raw = (payload: string, header: string | object = {}): string => forge(key, payload, header);
  const good = forge(key);

  it.each<[string, unknown, object?, object?]>([
    ["nothing", undefined],
    ["a number", 5],
    ["empty", ""],
    ["two segments", "a.b"],
    ["four segments", `${good}.x`],
    ["padding", `${good}=`],
    ["a space", ` ${good}`],
    ["spare bits", good.replace(/.$/, (last) => (last === "A" ? "B" : "A"))],
    ["too large", raw(JSON.stringify({ ...CLAIMS, pad: "x".repeat(9000) }))],
    ["alg none", `${Buffer.from('{"alg":"none"}').toString("base64url")}.${good.split(".")[1]}.`],
    ["another alg", forge(keyFor("HS384"))],
    ["an unknown crit", raw(JSON.stringify(CLAIMS), { crit: ["x"], x: 1 })],
    ["b64", raw(JSON.stringify(CLAIMS), { crit: ["b64"], b64: false })],
    ["another typ", raw(JSON.stringify(CLAIMS), { typ: "reset+jwt" })],
    ["a duplicate member", raw('{"exp":1,"exp":2}')],
    ["__proto__", raw('{"__proto__":{}}')],
    ["a byte order mark", raw("\ufeff{}")],
    ["an array", raw("[]")],
    ["a lone surrogate", raw('{"sub":"\\ud800"}')],
    ["too deep", raw(`{"a":${"[".repeat(200)}${"]".repeat(200)}}`)],
    ["an infinite number", raw('{"n":1e400}')],
    ["ill-formed UTF-8", forge(key, Uint8Array.of(0x7b, 0xff, 0x7d))],
    ["expired", forge(key, { ...CLAIMS, exp: NOON })],
    ["no exp", forge(key, { ...CLAIMS, exp: undefined })],
    ["not yet valid", forge(key, { ...CLAIMS, nbf: NOON + 1 })],
    ["from the future", forge(key, { ...CLAIMS, iat: NOON + 6 })],
    ["another issuer", forge(key, { ...CLAIMS, iss: `${ISSUER}/` })],
    ["another audience", forge(key, { ...CLAIMS, aud: ["x"] })],
    ["a sub that is no text", forge(key, { ...CLAIMS, sub: 5 })],
    ["a bound token", forge(key, { ...CLAIMS, cnf: { jkt: "x" } })],
    ["too old", good, { maxAge: 0 }],
    ["another subject", good, {}, { subject: "user_1" }],
    ["no nonce", good, {}, { nonce: "n" }],
    ["no jti where it is asked for", good, { required: ["jti"] }],
    ["no profile", good, { profile: "at+jwt" }],
    ["good after all", good],
  ])("is refused here for the same reason: %s", async (_name, token, options = {}, call = {}) => {
    const clock = clockAt(NOON + ("maxAge" in options ? 1 : 0));
    const verifier = node.createVerifier({ ...common, clock, ...options, keys: key });
    const other = web.createVerifier({ ...common, clock, ...options, keys: webKey });
    const expected = verifier.safeVerify(token as string, call);
    const seen = await other.safeVerifyAsync(token as string, call);
    if (expected.ok) return expect(seen).toEqual(expected);
    if (seen.ok) throw new Error("accepted");
    expect([seen.error.code, seen.error.message, seen.error.claim]).toEqual([
      expected.error.code,
      expected.error.message,
      expected.error.claim,
    ]);
    expect(seen.error).toBeInstanceOf(web.TokenError);
  });
});

describe("a key that Node refuses", () => {
  const firstUse = async (make: () => web.WebKey): Promise<string> => {
    try {
      return await asyncCodeOf(web.createVerifier({ ...common, keys: make() }).verifyAsync(forge(keyFor("HS256"))));
    } catch (error) {
      if (web.isTokenError(error)) return error.code;
      throw error;
    }
  };
  const ec = jwkOf("ES256");
  const rsa = jwkOf("RS256");
  const flip = (text: unknown): string => String(text).replace(/^./, (first) => (first === "A" ? "B" : "A"));
  const otherModulus = newPair("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" }).n;
  const offCurve = { ...ec, d: undefined, y: ec.x };

  it.each<[string, unknown, object?]>([
    ["no object", null],
    ["no kty", {}],
    ["an unknown kty", { kty: "XX" }],
    ["a short secret", { kty: "oct", k: "AAAA", alg: "HS256" }],
    ["PEM as a secret", { kty: "oct", k: Buffer.from(publicPem("RS256")).toString("base64url"), alg: "HS256" }],
    ["RSA of 1024 bits", weakRsa.export({ format: "jwk" }), { alg: "RS256" }],
    ["RSA with e = 1", { kty: "RSA", n: rsa.n, e: "AQ" }, { alg: "RS256" }],
    ["RSA with e = 2", { kty: "RSA", n: rsa.n, e: "Ag" }, { alg: "RS256" }],
    ["RSA with a leading zero", { kty: "RSA", n: `AAAA${rsa.n}`, e: rsa.e }, { alg: "RS256" }],
    ["RSA without alg", { kty: "RSA", n: rsa.n, e: rsa.e }],
    ["a curve of another alg", jwkOf("ES384"), { alg: "ES256" }],
    ["a curve under EdDSA", ec, { alg: "Ed25519" }],
    ["a coordinate that is short", { ...ec, x: "AAAA" }],
    ["a use for encryption", { ...ec, use: "enc" }],
    ["operations for encryption", { ...ec, key_ops: ["encrypt"] }],
    ["another alg than asked for", { ...ec, alg: "ES256" }, { alg: "RS256" }],
    [
      "an Ed25519 point of small order",
      { kty: "OKP", crv: "Ed25519", x: "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
    ],
    ["none as alg", { kty: "oct", k: "AAAA", alg: "none" }],
    ["a kid that is empty", ec, { kid: "" }],
    ["an option that does not exist", ec, { use: "sig" }],
    ["an option that is undefined", ec, { kid: undefined }],
  ])("is refused here at once, for the same reason: %s", async (_name, jwk, options = {}) => {
    const expected = codeOf(() => node.importJwk(jwk as node.Jwk, options));
    expect(expected).not.toBe("accepted");
    expect(codeOf(() => web.importJwk(jwk as node.Jwk, options))).toBe(expected);
  });

  it.each(OTHER_KINDS)("is no secret here either: %s", (_name, spelling) => {
    expect(codeOf(() => web.secretKey(spelling, { alg: "HS256" }))).toBe("KEY_INVALID");
  });

  it.each<[string, node.Jwk, Alg]>([
    ["a point that is not on the curve", offCurve as node.Jwk, "ES256"],
    ["halves of two EC keys", { ...ec, d: flip(ec.d) }, "ES256"],
    ["halves of two Ed25519 keys", { ...jwkOf("Ed25519"), d: flip(jwkOf("Ed25519").d) }, "Ed25519"],
    ["halves of two RSA keys", { ...rsa, n: otherModulus }, "RS256"],
  ])("is refused here when it is first used: %s", async (_name, jwk, alg) => {
    const { d, p, q, dp, dq, qi, ...members } = jwk as Record<string, unknown>;
    const parts = d === undefined ? members : jwk;
    expect(codeOf(() => node.importJwk(parts, { alg }))).toBe("KEY_INVALID");
    const key = web.importJwk(parts, { alg });
    const token = forge(keyFor(alg));
    const verifier = web.createVerifier({ ...common, keys: key });
    await expect(verifier.verifyAsync(token)).rejects.toMatchObject({ code: "KEY_INVALID" });
    // A mistake of the programmer's is thrown here too, and does not pass for a bad token.
    await expect(verifier.safeVerifyAsync(token)).rejects.toMatchObject({ code: "KEY_INVALID" });
  });

  it.each(["ES256K", "Ed448", "ML-DSA-44", "none"])("says that WebCrypto lacks %s", (alg) => {
    const { kty, ...rest } = alg === "Ed448" ? jwkOf("Ed448") : jwkOf("ES256");
    expect(() => web.importJwk({ kty, ...rest }, { alg: alg as Alg })).toThrow(
      expect.objectContaining({ code: "ALG_UNSUPPORTED" }),
    );
    expect(() => web.importPem(publicPem("ES256"), { alg: alg as AsymmetricAlg })).toThrow(
      expect.objectContaining({ code: "ALG_UNSUPPORTED" }),
    );
  });

  it("says so of an Ed448 key under the old name too", () => {
    expect(codeOf(() => web.importJwk(jwkOf("Ed448"), { alg: "EdDSA" }))).toBe("ALG_UNSUPPORTED");
  });

  it.each<[string, unknown, object]>([
    ["undefined", undefined, { alg: "HS256" }],
    ["short", "short", { alg: "HS256" }],
    ["long enough for another alone", SECRET.slice(0, 47), { alg: "HS384" }],
    ["PEM", publicPem("RS256"), { alg: "HS256" }],
    ["the middle of a PEM", publicPem("RS256").split("\n").slice(1, -2).join("\n"), { alg: "HS256" }],
    [
      "the DER of a public key",
      Buffer.from(publicPem("ES512").split("\n").slice(1, -2).join(""), "base64"),
      { alg: "HS256" },
    ],
    ["a JWK", JSON.stringify(jwkOf("HS256")), { alg: "HS256" }],
    ["an SSH key", `ssh-ed25519 ${"A".repeat(60)}`, { alg: "HS256" }],
    ["a number", 5, { alg: "HS256" }],
    ["not hex", `${"0".repeat(64)}g`, { alg: "HS256", encoding: "hex" }],
    ["hex cut in a byte", "0".repeat(65), { alg: "HS256", encoding: "hex" }],
    ["not base64", `${"A".repeat(60)}-_`, { alg: "HS256", encoding: "base64" }],
    ["not base64url", `${"A".repeat(60)}+/`, { alg: "HS256", encoding: "base64url" }],
    ["a lone surrogate", `${SECRET}\ud800`, { alg: "HS256" }],
    ["an encoding that is none", SECRET, { alg: "HS256", encoding: "ascii" }],
    ["for a key pair's algorithm", SECRET, { alg: "RS256" }],
  ])("is refused here as a secret for the same reason: %s", (_name, secret, options) => {
    const expected = codeOf(() => node.secretKey(secret as string, options as never));
    expect(expected).not.toBe("accepted");
    expect(codeOf(() => web.secretKey(secret as string, options as never))).toBe(expected);
  });

  it.each([
    ["a text", "secret"],
    ["a JWK", ec],
    ["a key of Node", keyFor("ES256")],
    ["nothing", null],
  ])("is no key here: %s", async (_name, value) => {
    expect(codeOf(() => web.createVerifier({ ...common, keys: value as never }))).toBe("CONFIG");
    expect(codeOf(() => web.createSigner({ ...common, expiresIn: 60, key: value as never }))).toBe("CONFIG");
    expect(await firstUse(() => value as never)).toBe("CONFIG");
  });
});

describe("PEM", () => {
  const pem = (key: KeyObject, type: string): string => String(key.export({ format: "pem", type: type as "pkcs8" }));
  const pairs: Record<
    string,
    { readonly privateKey: KeyObject; readonly publicKey: KeyObject; readonly alg: AsymmetricAlg }
  > = {
    "P-256": { ...newPair("ec", { namedCurve: "P-256" }), alg: "ES256" },
    "P-521": { ...newPair("ec", { namedCurve: "P-521" }), alg: "ES512" },
    Ed25519: { ...newPair("ed25519"), alg: "EdDSA" },
    RSA: { ...newPair("rsa", { modulusLength: 2048 }), alg: "PS256" },
  };

  it.each([
    ["P-256", "pkcs8", "spki"],
    ["P-256", "sec1", "spki"],
    ["P-521", "pkcs8", "spki"],
    ["P-521", "sec1", "spki"],
    ["Ed25519", "pkcs8", "spki"],
    ["RSA", "pkcs8", "spki"],
    ["RSA", "pkcs1", "pkcs1"],
  ])("of %s as %s and %s is the key that Node reads", async (name, privateType, publicType) => {
    const { privateKey, publicKey, alg } = pairs[name] as (typeof pairs)[string];
    const signing = web.importPem(pem(privateKey, privateType), { alg });
    const token = await web.createSigner({ ...common, key: signing, expiresIn: 60 }).signAsync({});
    const local = node.importPem(pem(publicKey, publicType), { alg });
    expect(node.createVerifier({ ...common, keys: local }).verify(token).header.kid).toBe(local.kid);
    const verifying = web.importPem(pem(publicKey, publicType), { alg });
    expect((await web.createVerifier({ ...common, keys: verifying }).verifyAsync(token)).key).toEqual({
      alg,
      kid: local.kid,
    });
  });

  it("of a certificate is its key", async () => {
    for (const [name, text] of Object.entries(certificates as Record<string, string>)) {
      const alg: AsymmetricAlg = /ec|es256/i.test(name) ? "ES256" : "RS256";
      const expected = codeOf(() => node.importPem(text, { alg }));
      expect([name, codeOf(() => web.importPem(text, { alg }))]).toEqual([name, expected]);
    }
  });

  it.each<[string, string, AsymmetricAlg]>([
    ["no PEM", "hello", "ES256"],
    ["two keys", publicPem("ES256").repeat(2), "ES256"],
    ["another type", publicPem("RS256"), "ES256"],
    ["another curve", publicPem("ES384"), "ES256"],
    ["a weak key", String(weakRsa.export({ format: "pem", type: "pkcs8" })), "RS256"],
    ["an encrypted key", node.exportPem(keyFor("ES256"), { private: true, passphrase: "secret" }), "ES256"],
    ["nothing inside", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----", "ES256"],
    ["a key cut short", publicPem("ES256").replace(/.{4}\n-----END/, "\n-----END"), "ES256"],
    ["other letters", publicPem("ES256").replace("MFk", "M*k"), "ES256"],
  ])("is refused with Node's code: %s", (_name, text, alg) => {
    const expected = codeOf(() => node.importPem(text, { alg }));
    expect(expected).not.toBe("accepted");
    expect(codeOf(() => web.importPem(text, { alg }))).toBe(expected);
  });
});

describe("several keys", () => {
  it("are told apart by kid and alg, as in Node", async () => {
    const keys = [webKeyFor("ES256", "a"), webKeyFor("RS256", "b")];
    const verifier = web.createVerifier({ ...common, keys });
    expect((await verifier.verifyAsync(forge(keyFor("RS256"), CLAIMS, { kid: "b" }))).key).toEqual({
      alg: "RS256",
      kid: "b",
    });
    expect(await asyncCodeOf(verifier.verifyAsync(forge(keyFor("RS256"), CLAIMS, { kid: "a" })))).toBe("KEY_UNKNOWN");
    expect(await asyncCodeOf(verifier.verifyAsync(forge(keyFor("PS256"))))).toBe("ALG");
    expect(codeOf(() => web.createVerifier({ ...common, keys: [] }))).toBe("CONFIG");
    expect(
      codeOf(() => web.createVerifier({ ...common, keys: [webKeyFor("ES256", "a"), webKeyFor("ES256", "a")] })),
    ).toBe("CONFIG");
  });

  it("of one purpose do no other", async () => {
    const secret = { ...jwkOf("HS256"), alg: "HS256" } as const;
    const signsOnly = web.importJwk({ ...secret, key_ops: ["sign"] });
    const verifiesOnly = web.importJwk({ ...secret, key_ops: ["verify"] });
    expect(codeOf(() => web.createVerifier({ ...common, keys: signsOnly }))).toBe("CONFIG");
    expect(codeOf(() => web.createSigner({ ...common, expiresIn: 60, key: verifiesOnly }))).toBe("CONFIG");
    expect([signsOnly.canSign, verifiesOnly.canSign]).toEqual([true, false]);
  });

  it("of another issuer come through rejwt/jwks", async () => {
    const ring = node.keyRing([keyFor("ES256")], { tokenLife: "15m" });
    const remote = (answer: () => Response): node.RemoteKeys =>
      remoteKeys("https://auth.example/jwks", { algs: ["ES256"], fetch: async () => answer() });
    const verifier = web.createVerifier({ ...common, keys: remote(() => Response.json(ring.jwks())) });
    const token = node.createSigner({ ...common, key: ring, expiresIn: "15m" }).sign({ sub: "user_42" });
    expect((await verifier.verifyAsync(token)).claims.sub).toBe("user_42");
    expect(await asyncCodeOf(verifier.verifyAsync(withSignature(token, "AAAA")))).toBe("SIGNATURE");
    const down = web.createVerifier({
      ...common,
      keys: [remote(() => new Response(null, { status: 500 })), webKeyFor("ES256", "x")],
    });
    expect(await asyncCodeOf(down.verifyAsync(token))).toBe("KEYS_UNAVAILABLE");
  });
});

describe("what else an application asks", () => {
  it("verifierByIssuer takes verifiers of both", async () => {
    const byIssuer = web.verifierByIssuer([
      web.createVerifier({ ...common, keys: webKeyFor("ES256") }),
      node.createVerifier({ ...common, issuer: "https://old.example", keys: keyFor("HS256") }),
    ]);
    expect((await byIssuer.verifyAsync(forge(keyFor("ES256")))).claims.sub).toBe("user_42");
    expect(
      (await byIssuer.verifyAsync(forge(keyFor("HS256"), { ...CLAIMS, iss: "https://old.example" }))).key.alg,
    ).toBe("HS256");
    expect(await asyncCodeOf(byIssuer.verifyAsync(forge(keyFor("HS256"), { ...CLAIMS, iss: "x" })))).toBe(
      "ISSUER_UNKNOWN",
    );
  });

  it("the type of claims says what is required", async () => {
    const verifier = web.createVerifier({ ...common, keys: webKeyFor("ES256"), required: ["sub"] });
    const { claims } = await verifier.verifyAsync(forge(keyFor("ES256")));
    expectTypeOf(claims.sub).toEqualTypeOf<string>();
    expect(web.decode(forge(keyFor("ES256"))).unverifiedClaims.sub).toBe("user_42");
    expect(web.inspect("x").kind).toBe("not-a-token");
  });

  it("a key that is logged shows its name alone", () => {
    const text = JSON.stringify(webKeyFor("HS256", "k1")) + String(Object.values(webKeyFor("HS256")));
    expect(JSON.parse(JSON.stringify(webKeyFor("HS256", "k1")))).toEqual({
      alg: "HS256",
      kid: "k1",
      canSign: true,
      "~web": true,
    });
    expect(text).not.toContain(String(jwkOf("HS256").k));
    expect(rsaKeys.rsa2048.d.length).toBeGreaterThan(100);
  });

  it.each([
    ["an option that does not exist", { expiresIn: 60, ttl: 1 }],
    ["no expiry", {}],
    ["an empty audience", { expiresIn: 60, audience: "" }],
  ])("the signer refuses %s", (_name, options) => {
    const make = () => web.createSigner({ ...common, key: webKeyFor("ES256"), ...options } as never);
    expect(codeOf(make)).toBe("CONFIG");
  });

  it("the signer refuses claims that it sets itself, and reserved ones", async () => {
    const signer = web.createSigner({ ...common, key: webKeyFor("ES256"), expiresIn: 60 });
    for (const claims of [{ exp: 5 }, { sid: "x" }, { when: new Date() }]) {
      expect(await asyncCodeOf(signer.signAsync(claims as never))).toBe("CONFIG");
    }
    const long = signer.signAsync({ pad: "x".repeat(9000) });
    expect(await asyncCodeOf(long)).toBe("CONFIG");
  });
});
