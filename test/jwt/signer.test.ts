/** What a signer writes, and what it refuses to write. RFC 7519 §7.1. */
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { createSigner, decode, exportJwk, type Signer, type SignerOptions } from "../../src/index.ts";
import { jsonObject, SEED } from "../fixtures/arbitraries.ts";
import { hs256, keyFor, PAIR_ALGS, publicKeyFor, SECRET, SUPPORTED_ALGS } from "../fixtures/keys.ts";
import { KEY, verifierWith } from "../fixtures/policies.ts";
import { asyncCodeOf, codeOf, refusalOf } from "../fixtures/refusals.ts";
import { AUDIENCE, clockAt, forge, ISSUER, NOON } from "../fixtures/tokens.ts";

const signerWith = (options: object = {}, at = NOON): Signer =>
  createSigner({
    key: KEY,
    issuer: ISSUER,
    audience: AUDIENCE,
    expiresIn: "15m",
    clock: clockAt(at),
    ...options,
  } as SignerOptions<typeof KEY>);
const claimsOf = (token: string): object => decode(token).unverifiedClaims;
const headerOf = (token: string): object => decode(token).unverifiedHeader;

describe("a signed token", () => {
  it("says what it was asked to, and the registered claims of the signer", () => {
    const token = signerWith().sign({ sub: "user_42", role: "admin" });
    expect(claimsOf(token)).toEqual({
      sub: "user_42",
      role: "admin",
      iss: ISSUER,
      aud: AUDIENCE,
      iat: NOON,
      exp: NOON + 900,
    });
    expect(headerOf(token)).toEqual({ alg: "HS256", typ: "JWT" });
  });

  test.each(SUPPORTED_ALGS)("of %s is verified, signed here or off the event loop", async (alg) => {
    const signer = signerWith({ key: keyFor(alg, "k") });
    const verifier = verifierWith({ keys: keyFor(alg, "k") });
    for (const token of [signer.sign({ sub: "a" }), await signer.signAsync({ sub: "a" })]) {
      expect(verifier.verify(token)).toMatchObject({ claims: { sub: "a" }, header: { alg, kid: "k", typ: "JWT" } });
    }
  });

  test.each(PAIR_ALGS)("of %s carries the key's thumbprint for a kid", (alg) => {
    expect(headerOf(signerWith({ key: keyFor(alg) }).sign({}))).toMatchObject({ kid: keyFor(alg).kid });
  });

  it("has whole seconds for iat, whatever the clock's fraction", () => {
    expect(claimsOf(signerWith({}, NOON + 0.999).sign({}))).toMatchObject({ iat: NOON, exp: NOON + 900 });
  });

  it("has no iss, aud or exp where the signer was told false", () => {
    const signer = signerWith({ issuer: false, audience: false, expiresIn: false });
    expect(claimsOf(signer.sign({ sub: "a" }))).toEqual({ sub: "a", iat: NOON });
  });

  it("has nbf where it was asked for, and every audience", () => {
    expect(claimsOf(signerWith({ notBefore: "5s", audience: ["a", "b"] }).sign({}))).toMatchObject({
      nbf: NOON + 5,
      aud: ["a", "b"],
    });
    expect(claimsOf(signerWith({ notBefore: 0 }).sign({}))).toMatchObject({ nbf: NOON });
  });

  it("has the asked typ", () => {
    expect(headerOf(signerWith({ typ: "reset+jwt" }).sign({}))).toMatchObject({ typ: "reset+jwt" });
  });

  it("leaves out claims that are undefined, and keeps null", () => {
    expect(
      claimsOf(signerWith({ issuer: false }).sign({ tenant: undefined, deep: { a: undefined, b: null } })),
    ).toEqual({
      ...{ aud: AUDIENCE, iat: NOON, exp: NOON + 900 },
      deep: { b: null },
    });
  });

  it("says what went in: whatever JSON object", () => {
    const signer = signerWith({ limits: { maxBytes: 1_000_000 } });
    const verifier = verifierWith({ limits: { maxBytes: 1_000_000 } });
    const registered = ["iss", "aud", "exp", "nbf", "iat", "sub", "jti", "cnf", "sid", "rv", "toJSON"];
    fc.assert(
      fc.property(jsonObject, (claims) => {
        for (const name of registered) delete claims[name];
        const { iss, aud, exp, iat, ...rest } = verifier.verify(signer.sign(claims)).claims;
        expect(rest).toEqual(claims);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

describe("the options of createSigner", () => {
  test.each<[string, object]>([
    ["an unknown name", { algorithm: "HS256" }],
    ["a name in another case", { expiresin: 60 }],
    ["key undefined", { key: undefined }],
    ["key null", { key: null }],
    ["a secret for a key", { key: SECRET }],
    ["a key that only verifies", { key: publicKeyFor("ES256") }],
    ["issuer undefined", { issuer: undefined }],
    ["issuer empty", { issuer: "" }],
    ["issuer null", { issuer: null }],
    ["issuer true", { issuer: true }],
    ["several issuers", { issuer: [ISSUER] }],
    ["audience undefined", { audience: undefined }],
    ["audience empty", { audience: "" }],
    ["no audiences", { audience: [] }],
    ["an empty one among audiences", { audience: ["a", ""] }],
    ["audience null", { audience: null }],
    ["expiresIn undefined", { expiresIn: undefined }],
    ["expiresIn null", { expiresIn: null }],
    ["expiresIn true", { expiresIn: true }],
    ["expiresIn of zero", { expiresIn: 0 }],
    ["expiresIn below a second", { expiresIn: 0.999 }],
    ["expiresIn negative", { expiresIn: -60 }],
    ["expiresIn without a unit", { expiresIn: "900" }],
    ["expiresIn infinite", { expiresIn: Number.POSITIVE_INFINITY }],
    ["expiresIn as an object without a text", { expiresIn: Object.create(null) }],
    ["notBefore undefined", { notBefore: undefined }],
    ["notBefore null", { notBefore: null }],
    ["notBefore negative", { notBefore: -1 }],
    ["typ undefined", { typ: undefined }],
    ["typ null", { typ: null }],
    ["typ empty", { typ: "" }],
    ["typ false", { typ: false }],
    ["profile undefined", { profile: undefined }],
    ["profile unknown", { profile: "dpop+jwt" }],
    ["profile and typ", { profile: "at+jwt", typ: "at+jwt" }],
    ["profile without an issuer", { profile: "at+jwt", issuer: false }],
    ["profile without an audience", { profile: "at+jwt", audience: false }],
    ["profile without an expiry", { profile: "at+jwt", expiresIn: false }],
    ["clock null", { clock: null }],
    ["clock a Date", { clock: new Date() }],
    ["limits null", { limits: null }],
    ["limits unknown", { limits: { max: 1 } }],
  ])("%s is CONFIG", (_what, options) => {
    expect(refusalOf(() => signerWith(options))).toMatchObject({ code: "CONFIG", status: 500 });
  });

  test.each(["key", "issuer", "audience", "expiresIn"])("%s must be said", (name) => {
    const { [name]: _left, ...options } = { key: KEY, issuer: false, audience: false, expiresIn: false } as Record<
      string,
      unknown
    >;
    expect(codeOf(() => createSigner(options as never))).toBe("CONFIG");
  });

  test.each([undefined, null, "text", []])("an object is needed: case %#", (options) => {
    expect(codeOf(() => createSigner(options as never))).toBe("CONFIG");
  });

  test.each<[string, object]>([
    ["clock undefined", { clock: undefined }],
    ["limits undefined", { limits: undefined }],
    ["expiresIn of a second", { expiresIn: 1 }],
  ])("%s is accepted", (_what, options) => {
    expect(codeOf(() => signerWith(options).sign({}))).toBe("accepted");
  });

  it("are read once: a later change of the audience changes nothing", () => {
    const audience = ["a"];
    const signer = signerWith({ audience });
    audience.push("b");
    expect(claimsOf(signer.sign({}))).toMatchObject({ aud: ["a"] });
  });

  it("a broken clock is CONFIG, when it is read", async () => {
    const signer = signerWith({ clock: () => NOON });
    expect(codeOf(() => signer.sign({}))).toBe("CONFIG");
    expect(await asyncCodeOf(signer.signAsync({}))).toBe("CONFIG");
  });
});

describe("the options of one call", () => {
  const both = async (claims: unknown, options?: unknown, signer = signerWith()): Promise<string[]> => [
    ...new Set([
      codeOf(() => signer.sign(claims as object, options as never)),
      await asyncCodeOf(signer.signAsync(claims as object, options as never)),
    ]),
  ];

  test.each<[unknown, string]>([
    [{ issuer: "x" }, "CONFIG"],
    [{ typ: "x" }, "CONFIG"],
    [{ audience: undefined }, "CONFIG"],
    [{ audience: "" }, "CONFIG"],
    [{ audience: [] }, "CONFIG"],
    [{ audience: false }, "CONFIG"],
    [{ expiresIn: undefined }, "CONFIG"],
    [{ expiresIn: false }, "CONFIG"],
    [{ expiresIn: 0 }, "CONFIG"],
    [{ expiresIn: null }, "CONFIG"],
    [{ notBefore: undefined }, "CONFIG"],
    [{ notBefore: "soon" }, "CONFIG"],
    [null, "CONFIG"],
    ["1h", "CONFIG"],
    [{}, "accepted"],
    [{ audience: "x", expiresIn: 1, notBefore: 0 }, "accepted"],
  ])("%j is %s, signed here or later", async (options, code) => {
    expect(await both({}, options)).toEqual([code]);
  });

  it("replace the signer's own, for this call alone", () => {
    const signer = signerWith();
    const token = signer.sign({}, { audience: ["x", "y"], expiresIn: "1h", notBefore: "1m" });
    expect(claimsOf(token)).toEqual({ iss: ISSUER, aud: ["x", "y"], iat: NOON, nbf: NOON + 60, exp: NOON + 3600 });
    expect(claimsOf(signer.sign({}))).toEqual({ iss: ISSUER, aud: AUDIENCE, iat: NOON, exp: NOON + 900 });
  });

  it("may give what the signer has none of", () => {
    const signer = signerWith({ audience: false, expiresIn: false });
    expect(claimsOf(signer.sign({}, { audience: "x", expiresIn: 1 }))).toMatchObject({ aud: "x", exp: NOON + 1 });
  });

  class Person {
    readonly name = "Ann";
  }
  const circle: { self?: unknown } = {};
  circle.self = circle;
  const deep = (levels: number): object =>
    JSON.parse(`${'{"a":'.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`) as object;
  test.each<[string, unknown, string]>([
    ["iss", { iss: "x" }, '"iss"'],
    ["aud", { aud: "x" }, '"aud"'],
    ["exp", { exp: 1 }, '"exp"'],
    ["nbf", { nbf: 1 }, '"nbf"'],
    ["iat", { iat: 1 }, '"iat"'],
    ["iat of null", { iat: null }, '"iat"'],
    ["sid, which is for sessions", { sid: "x" }, '"sid"'],
    ["rv, which is for sessions", { rv: {} }, '"rv"'],
    ["sub that is no text", { sub: 42 }, '"sub"'],
    ["sub of null", { sub: null }, '"sub"'],
    ["jti that is no text", { jti: 1 }, '"jti"'],
    ["undefined", undefined, "plain object"],
    ["null", null, "plain object"],
    ["text", "user_42", "plain object"],
    ["an array", ["user_42"], "plain object"],
    ["a function", () => ({}), "plain object"],
    ["a Map", new Map([["a", 1]]), "plain object"],
    ["a Date", new Date(), "plain object"],
    ["an instance of a class", new Person(), "plain object"],
    ["an object with toJSON", { toJSON: () => ({ admin: true }) }, "plain object"],
    ["a Date within", { born: new Date(0) }, "born"],
    ["a class within", { who: new Person() }, "who"],
    ["a Set within", { deep: { set: new Set() } }, "deep.set"],
    ["a Map in an array", { list: [1, new Map()] }, "list[1]"],
    ["bytes within", { bytes: new Uint8Array(2) }, "bytes"],
    ["toJSON within", { a: { toJSON: () => 1 } }, "a"],
    ["a bigint", { n: 1n }, "n is bigint"],
    ["a bigint in an array in an object", { a: [{ b: [0, 1n] }] }, "a[0].b[1] is bigint"],
    ["a symbol", { s: Symbol("x") }, "s is symbol"],
    ["a function within", { f: () => 1 }, "f is function"],
    ["NaN", { n: Number.NaN }, "n is NaN"],
    ["infinity", { n: Number.POSITIVE_INFINITY }, "n is Infinity"],
    ["undefined in an array", { a: [undefined] }, "a[0] is undefined"],
    ["a hole in an array", { a: new Array(1) }, "a[0] is undefined"],
    ["a lone surrogate", { a: "\ud800" }, "a holds a lone surrogate"],
    ["a lone surrogate in a name", { "\udfff": 1 }, "name"],
    ["__proto__", JSON.parse('{"__proto__":1}'), "name"],
    ["__proto__ within", { a: JSON.parse('{"__proto__":{}}') }, "name"],
    ["129 levels", deep(129), "nest"],
    ["a circle", circle, "nest"],
    ["a circle through an array", { a: [circle] }, "nest"],
  ])("cannot sign %s", async (_what, claims, words) => {
    expect(await both(claims)).toEqual(["CONFIG"]);
    expect(refusalOf(() => signerWith().sign(claims as object)).message).toContain(words);
  });

  it("can sign 32 levels, and as many as the limits say", () => {
    expect(codeOf(() => verifierWith().verify(signerWith().sign(deep(128))))).toBe("accepted");
    const limits = { maxDepth: 2 };
    expect(codeOf(() => signerWith({ limits }).sign(deep(2)))).toBe("accepted");
    expect(codeOf(() => signerWith({ limits }).sign(deep(3)))).toBe("CONFIG");
  });

  it("can sign an object without a prototype, of another realm, or with undefined for a managed claim", () => {
    const foreign = Object.setPrototypeOf({ a: 1 }, Object.create(null) as object) as object;
    for (const claims of [
      Object.assign(Object.create(null), { a: 1 }),
      foreign,
      { iss: undefined, exp: undefined, sid: undefined, sub: undefined },
    ]) {
      expect(codeOf(() => signerWith().sign(claims as object))).toBe("accepted");
    }
  });

  it("does not change the claims", () => {
    const claims = Object.freeze({ sub: "a", nested: Object.freeze({ list: Object.freeze([1]) }) });
    signerWith().sign(claims);
    expect(claims).toEqual({ sub: "a", nested: { list: [1] } });
  });
});

describe("a token that verifiers would refuse", () => {
  it("for its size is not signed: 8192 bytes are, 8193 are not", () => {
    const signer = signerWith();
    const sizes = new Set<number>();
    for (let extra = 5900; extra < 6050; extra++) {
      const length =
        Math.ceil(
          ((JSON.stringify({ pad: "", iss: ISSUER, aud: AUDIENCE, iat: NOON, exp: NOON }).length + extra) * 4) / 3,
        ) +
        36 +
        43 +
        2;
      const code = codeOf(() => signer.sign({ pad: "p".repeat(extra) }));
      expect(code).toBe(length <= 8192 ? "accepted" : "CONFIG");
      sizes.add(length);
    }
    expect(sizes).toContain(8192);
    expect(sizes).toContain(8193);
  });

  it("says how large it is and where the limit is", () => {
    const { message } = refusalOf(() => signerWith({ limits: { maxBytes: 100 } }).sign({ secret: "geheim" }));
    expect(message).toMatch(/the token has \d{3} bytes, and verifiers refuse over 100/);
    expect(message).not.toContain("geheim");
  });

  it("is refused by signAsync too", async () => {
    expect(await asyncCodeOf(signerWith({ limits: { maxBytes: 100 } }).signAsync({}))).toBe("CONFIG");
  });
});

describe("the profile at+jwt (RFC 9068)", () => {
  const signer = signerWith({ profile: "at+jwt" });
  const good = { sub: "user_42", client_id: "web" };

  it("writes typ at+jwt, and a random jti where there is none", () => {
    const [first, second] = [signer.sign(good), signer.sign(good)];
    expect(headerOf(first)).toMatchObject({ typ: "at+jwt" });
    const { jti } = claimsOf(first) as { jti: string };
    expect(jti).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/);
    expect((claimsOf(second) as { jti: string }).jti).not.toBe(jti);
    expect(claimsOf(signer.sign({ ...good, jti: "mine" }))).toMatchObject({ jti: "mine" });
    expect(claimsOf(signerWith().sign(good))).not.toHaveProperty("jti");
  });

  it.each(["sub", "client_id"])("asks for %s", (name) => {
    const { code, message } = refusalOf(() => signer.sign({ ...good, [name]: undefined }));
    expect(code).toBe("CONFIG");
    expect(message).toContain(`"${name}"`);
  });

  it("is verified by a verifier of that profile, and by no ordinary one", () => {
    const token = signer.sign(good);
    expect(codeOf(() => verifierWith({ profile: "at+jwt" }).verify(token))).toBe("accepted");
    expect(codeOf(() => verifierWith().verify(token))).toBe("TYP");
    expect(codeOf(() => verifierWith({ profile: "at+jwt" }).verify(signerWith().sign(good)))).toBe("TYP");
  });

  it.each(["iss", "exp", "aud", "sub", "client_id", "iat", "jti"])(
    "is refused by such a verifier without %s",
    (claim) => {
      const verifier = verifierWith({
        profile: "at+jwt",
        issuer: false,
        audience: claim === "aud" ? false : AUDIENCE,
        expiry: "optional",
      });
      const whole = { iss: ISSUER, aud: AUDIENCE, iat: NOON, exp: NOON + 60, jti: "j", ...good };
      const forged = (payload: object): string => forge(KEY, payload, { typ: "at+jwt" });
      expect(codeOf(() => verifierWith({ profile: "at+jwt" }).verify(forged(whole)))).toBe("accepted");
      expect(refusalOf(() => verifier.verify(forged({ ...whole, [claim]: undefined })))).toMatchObject({
        code: "CLAIM_MISSING",
        claim,
      });
    },
  );
});

describe("a signer", () => {
  it("is frozen, and shows neither its key nor its secrets", () => {
    const signer = signerWith({ key: keyFor("HS512") });
    expect(Object.isFrozen(signer)).toBe(true);
    expect(Object.keys(signer).sort()).toEqual(["sign", "signAsync"]);
    for (const text of [JSON.stringify(signer), inspect(signer, { showHidden: true, depth: 10 })]) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain(String(exportJwk(keyFor("HS512"), { private: true }).k));
    }
  });

  it("works with its methods taken off it", async () => {
    const { sign, signAsync } = signerWith();
    expect(codeOf(() => verifierWith().verify(sign({})))).toBe("accepted");
    expect(codeOf(() => verifierWith().verify(""))).toBe("MALFORMED");
    expect(await asyncCodeOf(verifierWith().verifyAsync(await signAsync({})))).toBe("accepted");
  });

  it("rejects and never throws where it is asynchronous", async () => {
    expect(await asyncCodeOf(signerWith().signAsync({ exp: 1 } as never))).toBe("CONFIG");
    expect(
      codeOf(
        () =>
          void signerWith()
            .signAsync({ exp: 1 } as never)
            .catch(() => {}),
      ),
    ).toBe("accepted");
  });

  it("names the path of a claim in its error, and never its value", () => {
    const { message } = refusalOf(() => signerWith().sign({ card: { number: 4111n } } as never));
    expect(message).toContain("card.number");
    expect(message).not.toContain("4111");
  });

  it("of one key makes tokens that another key's verifier refuses", () => {
    expect(codeOf(() => verifierWith({ keys: hs256(2) }).verify(signerWith().sign({})))).toBe("SIGNATURE");
  });
});
