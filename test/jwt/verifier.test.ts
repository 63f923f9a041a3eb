/** A verifier's options and results. */
import { inspect } from "node:util";
import { describe, expect, it, test } from "vitest";
import { type ClaimsOf, createVerifier, type Verifier, type VerifierOptions } from "../../src/index.ts";
import { hs256, keyFor, publicKeyFor, SUPPORTED_ALGS } from "../fixtures/keys.ts";
import { KEY, verifierWith } from "../fixtures/policies.ts";
import { asyncCodeOf, codeOf, refusalOf, rejectionOf } from "../fixtures/refusals.ts";
import { AUDIENCE, CLAIMS, clockAt, forge, ISSUER, NOON } from "../fixtures/tokens.ts";

const good = forge(KEY);
const schema = { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } };

describe("the options of createVerifier", () => {
  test.each<[string, object]>([
    ["an unknown name", { algorithms: ["HS256"] }],
    ["a name in another case", { clockskew: 5 }],
    ["ignoreExpiration", { ignoreExpiration: true }],
    ["keys undefined", { keys: undefined }],
    ["keys null", { keys: null }],
    ["no keys", { keys: [] }],
    ["a secret for a key", { keys: "secret" }],
    ["undefined among the keys", { keys: [KEY, undefined] }],
    ["issuer undefined", { issuer: undefined }],
    ["issuer empty", { issuer: "" }],
    ["issuer null", { issuer: null }],
    ["issuer true", { issuer: true }],
    ["no issuers", { issuer: [] }],
    ["an empty one among issuers", { issuer: [ISSUER, ""] }],
    ["false among issuers", { issuer: [false] }],
    ["a pattern for an issuer", { issuer: /.*/ }],
    ["a function for an issuer", { issuer: () => true }],
    ["audience undefined", { audience: undefined }],
    ["audience empty", { audience: "" }],
    ["audience null", { audience: null }],
    ["no audiences", { audience: [] }],
    ["an empty one among audiences", { audience: [""] }],
    ["a pattern for an audience", { audience: /.*/ }],
    ["expiry undefined", { expiry: undefined }],
    ["expiry null", { expiry: null }],
    ["expiry false", { expiry: false }],
    ["expiry of another word", { expiry: "never" }],
    ["typ undefined", { typ: undefined }],
    ["typ null", { typ: null }],
    ["typ empty", { typ: "" }],
    ["typ true", { typ: true }],
    ["profile undefined", { profile: undefined }],
    ["profile null", { profile: null }],
    ["profile unknown", { profile: "id_token" }],
    ["profile inherited", { profile: "constructor" }],
    ["profile and typ", { profile: "at+jwt", typ: "at+jwt" }],
    ["required undefined", { required: undefined }],
    ["required null", { required: null }],
    ["required text", { required: "sub" }],
    ["required of a claim that is not registered", { required: ["role"] }],
    ["required with undefined in it", { required: [undefined] }],
    ["maxAge undefined", { maxAge: undefined }],
    ["maxAge null", { maxAge: null }],
    ["maxAge negative", { maxAge: -1 }],
    ["maxAge without a unit", { maxAge: "60" }],
    ["maxAge infinite", { maxAge: Number.POSITIVE_INFINITY }],
    ["clockSkew null", { clockSkew: null }],
    ["clockSkew negative", { clockSkew: -1 }],
    ["clockSkew NaN", { clockSkew: Number.NaN }],
    ["clockSkew as text without a unit", { clockSkew: "5" }],
    ["clock null", { clock: null }],
    ["clock a Date", { clock: new Date() }],
    ["schema undefined", { schema: undefined }],
    ["schema null", { schema: null }],
    ["schema text", { schema: "role" }],
    ["schema a function", { schema: () => true }],
    ["schema of another version", { schema: { "~standard": { ...schema["~standard"], version: 2 } } }],
    ["schema without validate", { schema: { "~standard": { version: 1, vendor: "test" } } }],
    ["schemaAsync undefined", { schemaAsync: undefined }],
    ["schemaAsync an object", { schemaAsync: {} }],
    ["schema and schemaAsync", { schema, schemaAsync: schema }],
    ["crit undefined", { crit: undefined }],
    ["crit null", { crit: null }],
    ["crit an array", { crit: ["ext"] }],
    ["crit with no function", { crit: { ext: true } }],
    ["crit for a registered member", { crit: { b64: () => {} } }],
    ["limits null", { limits: null }],
    ["limits unknown", { limits: { maxLength: 1 } }],
    ["limits of zero", { limits: { maxBytes: 0 } }],
  ])("%s is CONFIG", (_what, options) => {
    const error = refusalOf(() => verifierWith(options));
    expect(error).toMatchObject({ code: "CONFIG", status: 500, retryable: false });
  });

  test.each([undefined, null, "HS256", 1, []])("an object is needed: case %#", (options) => {
    expect(codeOf(() => createVerifier(options as never))).toBe("CONFIG");
  });

  test.each<[string, object]>([
    ["a key in an array", { keys: [KEY] }],
    ["several keys", { keys: [keyFor("ES256"), KEY] }],
    ["several issuers", { issuer: ["https://old.example", ISSUER] }],
    ["several audiences", { audience: ["https://other.example", AUDIENCE] }],
    ["expiry required", { expiry: "required" }],
    ["expiry optional", { expiry: "optional" }],
    ["typ false", { typ: false }],
    ["typ JWT", { typ: "JWT" }],
    ["nothing required", { required: [] }],
    ["claims required", { required: ["sub", "iat", "exp", "iss", "aud"] }],
    ["maxAge", { maxAge: "15m" }],
    ["maxAge of zero", { maxAge: 0 }],
    ["clockSkew undefined", { clockSkew: undefined }],
    ["clockSkew", { clockSkew: "5s" }],
    ["limits undefined", { limits: undefined }],
    ["limits of nothing", { limits: {} }],
    ["schema", { schema }],
    ["no crit handlers", { crit: {} }],
  ])("%s is accepted, and so is the token", (_what, options) => {
    expect(codeOf(() => verifierWith(options).verify(good))).toBe("accepted");
  });

  it("clock undefined is the time of this machine", () => {
    const verifier = createVerifier({ keys: KEY, issuer: false, audience: false, clock: undefined });
    const now = Math.floor(Date.now() / 1000);
    expect(codeOf(() => verifier.verify(forge(KEY, { exp: now + 60, iat: now })))).toBe("accepted");
    expect(codeOf(() => verifier.verify(forge(KEY, { exp: now - 60 })))).toBe("EXPIRED");
  });

  it("are read once: a later change of the arrays and handlers changes nothing", () => {
    const issuer = [ISSUER];
    const crit: Record<string, () => void> = {};
    const required: "sub"[] = [];
    const verifier = verifierWith({ issuer, crit, required });
    issuer[0] = "https://attacker.example";
    crit.ext = () => {};
    required.push("sub");
    expect(codeOf(() => verifier.verify(good))).toBe("accepted");
    expect(codeOf(() => verifier.verify(forge(KEY, { ...CLAIMS, sub: undefined })))).toBe("accepted");
    expect(codeOf(() => verifier.verify(forge(KEY, CLAIMS, { crit: ["ext"], ext: 1 })))).toBe("CRIT");
  });

  it("a broken clock is CONFIG, when it is read", () => {
    const verifier = verifierWith({ clock: () => NOON });
    expect(codeOf(() => verifier.verify(good))).toBe("CONFIG");
    expect(codeOf(() => verifier.safeVerify(good))).toBe("CONFIG");
  });
});

describe("a verifier without some check", () => {
  it("issuer false asks for no issuer and takes any", () => {
    for (const iss of [undefined, "", "https://anybody.example"]) {
      expect(codeOf(() => verifierWith({ issuer: false }).verify(forge(KEY, { ...CLAIMS, iss })))).toBe("accepted");
    }
  });

  it("audience false is no audience, and refuses a token that names one (RFC 7519 §4.1.3)", () => {
    const verifier = verifierWith({ audience: false });
    expect(codeOf(() => verifier.verify(forge(KEY, { ...CLAIMS, aud: undefined })))).toBe("accepted");
    for (const aud of [AUDIENCE, [], [AUDIENCE], ""]) {
      expect(refusalOf(() => verifier.verify(forge(KEY, { ...CLAIMS, aud })))).toMatchObject({
        code: "AUDIENCE",
        claim: "aud",
      });
    }
  });

  it("expiry optional takes a token without exp, and still refuses one that has expired", () => {
    const verifier = verifierWith({ expiry: "optional" });
    expect(codeOf(() => verifier.verify(forge(KEY, { ...CLAIMS, exp: undefined })))).toBe("accepted");
    expect(codeOf(() => verifier.verify(forge(KEY, { ...CLAIMS, exp: NOON })))).toBe("EXPIRED");
    expect(
      codeOf(() =>
        verifierWith({ expiry: "optional", required: ["exp"] }).verify(forge(KEY, { ...CLAIMS, exp: undefined })),
      ),
    ).toBe("CLAIM_MISSING");
  });
});

describe("several issuers and audiences", () => {
  it("any one is enough, and the error names them all", () => {
    const verifier = verifierWith({ issuer: ["a", "b"], audience: ["c", "d"] });
    for (const [iss, aud] of [
      ["a", "c"],
      ["b", ["x", "d"]],
    ]) {
      expect(codeOf(() => verifier.verify(forge(KEY, { ...CLAIMS, iss, aud })))).toBe("accepted");
    }
    expect(refusalOf(() => verifier.verify(forge(KEY, { ...CLAIMS, iss: "c", aud: "c" }))).expected).toBe("a, b");
    expect(refusalOf(() => verifier.verify(forge(KEY, { ...CLAIMS, iss: "a", aud: "a" }))).expected).toBe("c, d");
  });
});

describe("the options of one call", () => {
  const token = forge(KEY, { ...CLAIMS, jti: "id-1", nonce: "n-1" });
  const both = async (options: unknown): Promise<string[]> => {
    const verifier = verifierWith();
    const results = [
      codeOf(() => verifier.verify(token, options as never)),
      codeOf(() => {
        const result = verifier.safeVerify(token, options as never);
        if (!result.ok) throw result.error;
      }),
      await asyncCodeOf(verifier.verifyAsync(token, options as never)),
      await asyncCodeOf(
        verifier.safeVerifyAsync(token, options as never).then((result) => {
          if (!result.ok) throw result.error;
        }),
      ),
    ];
    return [...new Set(results)];
  };

  test.each<[unknown, string]>([
    [undefined, "accepted"],
    [{}, "accepted"],
    [{ subject: "user_42" }, "accepted"],
    [{ subject: "user_43" }, "SUBJECT"],
    [{ subject: "USER_42" }, "SUBJECT"],
    [{ jwtId: "id-1" }, "accepted"],
    [{ jwtId: "id-2" }, "CLAIM_INVALID"],
    [{ nonce: "n-1" }, "accepted"],
    [{ nonce: "n-2" }, "CLAIM_INVALID"],
    [{ maxAge: 0 }, "accepted"],
    [{ maxAge: "1m" }, "accepted"],
    [{ subject: "user_42", jwtId: "id-1", nonce: "n-1", maxAge: 1 }, "accepted"],
    [{ subject: undefined }, "CONFIG"],
    [{ subject: "" }, "CONFIG"],
    [{ subject: null }, "CONFIG"],
    [{ subject: 42 }, "CONFIG"],
    [{ jwtId: undefined }, "CONFIG"],
    [{ jwtId: "" }, "CONFIG"],
    [{ jwtId: 1 }, "CONFIG"],
    [{ nonce: undefined }, "CONFIG"],
    [{ nonce: "" }, "CONFIG"],
    [{ nonce: ["n-1"] }, "CONFIG"],
    [{ maxAge: undefined }, "CONFIG"],
    [{ maxAge: null }, "CONFIG"],
    [{ maxAge: -1 }, "CONFIG"],
    [{ maxAge: "60" }, "CONFIG"],
    [{ sub: "user_42" }, "CONFIG"],
    [{ audience: AUDIENCE }, "CONFIG"],
    [null, "CONFIG"],
    ["user_42", "CONFIG"],
    [[], "CONFIG"],
  ])("%j: the four ways to verify all say %s", async (options, code) => {
    expect(await both(options)).toEqual([code]);
  });

  it("a claim that the call asks for and the token lacks is CLAIM_MISSING", () => {
    const bare = forge(KEY, { iss: ISSUER, aud: AUDIENCE, exp: NOON + 60 });
    for (const [options, claim] of [
      [{ subject: "a" }, "sub"],
      [{ jwtId: "a" }, "jti"],
      [{ nonce: "a" }, "nonce"],
      [{ maxAge: 1 }, "iat"],
    ] as const) {
      expect(refusalOf(() => verifierWith().verify(bare, options))).toMatchObject({ code: "CLAIM_MISSING", claim });
    }
  });

  it("the error names the claim and what was expected of a subject, never what the token said", () => {
    expect(refusalOf(() => verifierWith().verify(token, { subject: "asked" }))).toMatchObject({
      claim: "sub",
      expected: "asked",
    });
    expect(refusalOf(() => verifierWith().verify(token, { jwtId: "asked" }))).toMatchObject({ claim: "jti" });
    expect(refusalOf(() => verifierWith().verify(token, { nonce: "asked" }))).toMatchObject({ claim: "nonce" });
  });

  it("a nonce of another type is not the asked one", () => {
    expect(codeOf(() => verifierWith().verify(forge(KEY, { ...CLAIMS, nonce: 1 }), { nonce: "1" }))).toBe(
      "CLAIM_INVALID",
    );
  });

  it("maxAge replaces the verifier's own, in both directions", () => {
    const old = forge(KEY, { ...CLAIMS, iat: NOON - 100 });
    expect(codeOf(() => verifierWith({ maxAge: 50 }).verify(old))).toBe("TOO_OLD");
    expect(codeOf(() => verifierWith({ maxAge: 50 }).verify(old, { maxAge: 100 }))).toBe("accepted");
    expect(codeOf(() => verifierWith({ maxAge: 150 }).verify(old, { maxAge: 99 }))).toBe("TOO_OLD");
  });

  it("once asks a store, so a synchronous call refuses it", () => {
    const store = { markUsed: async () => true };
    expect(refusalOf(() => verifierWith().verify(token, { once: store } as never)).message).toContain("verifyAsync");
    expect(codeOf(() => verifierWith().safeVerify(token, { once: undefined } as never))).toBe("CONFIG");
  });
});

describe("what a verifier answers", () => {
  test.each(SUPPORTED_ALGS)("with %s: claims, header, and the name of the key", async (alg) => {
    const key = keyFor(alg, "k");
    const token = forge(key, CLAIMS, { kid: "k" });
    const verifier = verifierWith({ keys: alg.startsWith("HS") ? key : publicKeyFor(alg as "ES256", "k") });
    const expected = { claims: CLAIMS, header: { alg, typ: "JWT", kid: "k" }, key: { alg, kid: "k" } };
    expect(verifier.verify(token)).toEqual(expected);
    expect(await verifier.verifyAsync(token)).toEqual(expected);
    expect(verifier.safeVerify(token)).toEqual({ ok: true, value: expected });
    expect(await verifier.safeVerifyAsync(token)).toEqual({ ok: true, value: expected });
  });

  it("names the key's alg and its kid, also where the token names neither so", () => {
    const key = keyFor("Ed25519");
    const { header, key: name } = verifierWith({ keys: key }).verify(forge(key, CLAIMS, { alg: "EdDSA" }));
    expect(header).toEqual({ alg: "EdDSA", typ: "JWT" });
    expect(name).toEqual({ alg: "Ed25519", kid: key.kid });
    expect(verifierWith().verify(good).key).toEqual({ alg: "HS256", kid: undefined });
  });

  it("is made afresh: what one caller changes, the next does not see", async () => {
    const token = forge(KEY, { ...CLAIMS, roles: ["user"], aud: [AUDIENCE] }, { x: { y: 1 } });
    const verifier = verifierWith();
    for (const verify of [(t: string) => verifier.verify(t), (t: string) => verifier.verifyAsync(t)]) {
      const first = (await verify(token)) as unknown as Record<"claims" | "header" | "key", Record<string, unknown>>;
      (first.claims.roles as string[]).push("admin");
      (first.claims.aud as string[]).length = 0;
      first.claims.sub = "somebody else";
      (first.header.x as { y: number }).y = 2;
      first.key.alg = "none";
      const second = await verify(token);
      expect(second.claims).toMatchObject({ roles: ["user"], sub: "user_42", aud: [AUDIENCE] });
      expect(second.header.x).toEqual({ y: 1 });
      expect(second.key.alg).toBe("HS256");
    }
  });

  it("holds neither the token nor the key, however it is logged", () => {
    const result = verifierWith().verify(good);
    for (const text of [JSON.stringify(result), inspect(result, { depth: 10, showHidden: true })]) {
      expect(text).not.toContain(good.split(".")[2]);
      expect(text).not.toContain(Buffer.from(new Uint8Array(32).fill(1)).toString("base64url"));
    }
  });

  it("keeps every claim, also those that are nobody's", () => {
    const payload = { ...CLAIMS, constructor: 1, "a.b": [null], "": {}, toString: "x" };
    expect(verifierWith().verify(forge(KEY, payload)).claims).toEqual(payload);
  });
});

describe("safeVerify", () => {
  it("answers every refusal, and throws only the programmer's mistakes", async () => {
    const verifier = verifierWith();
    for (const [token, code] of [
      [forge(hs256(2)), "SIGNATURE"],
      ["", "MALFORMED"],
      [undefined, "MALFORMED"],
    ] as const) {
      for (const result of [verifier.safeVerify(token as string), await verifier.safeVerifyAsync(token as string)]) {
        expect(result.ok).toBe(false);
        expect(!result.ok && result.error).toMatchObject({ code, status: 401 });
      }
    }
    expect(codeOf(() => verifier.safeVerify(good, { bogus: 1 } as never))).toBe("CONFIG");
    expect((await rejectionOf(verifier.safeVerifyAsync(good, { bogus: 1 } as never))).code).toBe("CONFIG");
    // Even where the token is bad too.
    expect(codeOf(() => verifier.safeVerify("", { bogus: 1 } as never))).toBe("CONFIG");
    expect((await rejectionOf(verifier.safeVerifyAsync("", { bogus: 1 } as never))).code).toBe("CONFIG");
  });

  it("answers an outage as an error too, and rejects with it where it is not asked to be safe", async () => {
    const once = { markUsed: async () => Promise.reject(new Error("down")) };
    const token = forge(KEY, { ...CLAIMS, jti: "j" });
    const result = await verifierWith().safeVerifyAsync(token, { once });
    expect(!result.ok && result.error).toMatchObject({ code: "STORE_UNAVAILABLE", status: 503, retryable: true });
    expect((await rejectionOf(verifierWith().verifyAsync(token, { once }))).code).toBe("STORE_UNAVAILABLE");
  });

  it("the synchronous ways throw at once, the asynchronous ones reject and never throw", async () => {
    const verifier = verifierWith();
    expect(await asyncCodeOf(verifier.verifyAsync(""))).toBe("MALFORMED");
    expect(await asyncCodeOf(verifier.verifyAsync("", null as never))).toBe("CONFIG");
    expect(await asyncCodeOf(verifier.safeVerifyAsync("", null as never))).toBe("CONFIG");
  });
});

describe("a verifier", () => {
  it("is frozen and shows functions alone", () => {
    const verifier = verifierWith();
    expect(Object.isFrozen(verifier)).toBe(true);
    expect(Object.keys(verifier).sort()).toEqual(["safeVerify", "safeVerifyAsync", "verify", "verifyAsync"]);
    expect(JSON.stringify(verifier)).toBe("{}");
  });

  it("with schemaAsync offers the asynchronous ways alone", () => {
    const verifier = verifierWith({ schemaAsync: schema });
    expect(Object.keys(verifier).sort()).toEqual(["safeVerifyAsync", "verifyAsync"]);
  });

  it("works with its methods taken off it", async () => {
    const { verify, safeVerify, verifyAsync, safeVerifyAsync } = verifierWith();
    expect(verify(good).claims.sub).toBe("user_42");
    expect(safeVerify(good).ok).toBe(true);
    expect((await verifyAsync(good)).claims.sub).toBe("user_42");
    expect((await safeVerifyAsync(good)).ok).toBe(true);
  });

  it("chooses the key by kid, tries those without, and knows what it does not know", () => {
    const keys = [hs256(2, "b"), hs256(3), hs256(1, "a")];
    const verifier = verifierWith({ keys });
    for (const [key, header, code] of [
      [hs256(1), { kid: "a" }, "accepted"],
      [hs256(2), { kid: "b" }, "accepted"],
      [hs256(3), {}, "accepted"],
      [hs256(3), { kid: "z" }, "accepted"],
      [hs256(1), { kid: "b" }, "SIGNATURE"],
      [hs256(9), {}, "SIGNATURE"],
    ] as const) {
      expect(codeOf(() => verifier.verify(forge(key, CLAIMS, header)))).toBe(code);
    }
    expect(codeOf(() => verifierWith({ keys: hs256(1, "a") }).verify(forge(hs256(1), CLAIMS, { kid: "b" })))).toBe(
      "KEY_UNKNOWN",
    );
  });

  it("tries four keys without kid, and a fifth is CONFIG", () => {
    const keys = [1, 2, 3, 4].map((byte) => hs256(byte));
    for (const key of keys) expect(codeOf(() => verifierWith({ keys }).verify(forge(key)))).toBe("accepted");
    expect(codeOf(() => verifierWith({ keys: [...keys, hs256(5)] }))).toBe("CONFIG");
  });

  it("has types that say what was required", () => {
    const verifier = createVerifier({
      keys: KEY,
      issuer: ISSUER,
      audience: AUDIENCE,
      required: ["sub"],
      clock: clockAt(NOON),
    });
    const claims: ClaimsOf<typeof verifier> = verifier.verify(good).claims;
    const sub: string = claims.sub;
    const exp: number = claims.exp;
    expect([sub, exp]).toEqual(["user_42", CLAIMS.exp]);
    const options: VerifierOptions<typeof KEY, "sub", undefined, undefined> = {
      keys: KEY,
      issuer: false,
      audience: false,
      required: ["sub"],
    };
    const typed: Verifier<{ readonly sub: string }> = createVerifier(options);
    expect(typed).toBeDefined();
  });
});
