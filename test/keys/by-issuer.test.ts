/** Several issuers behind one verifier: each with its own keys, and none can speak for another. RFC 8725 §3.8. */
import { describe, expect, it, test, vi } from "vitest";
import { generateKey } from "../../src/jwk/generate.ts";
import { exportJwk, importJwk } from "../../src/jwk/jwk.ts";
import type { Key } from "../../src/jwk/key.ts";
import { remoteKeys } from "../../src/jwk/remote-keys.ts";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { verifierByIssuer } from "../../src/jwt/by-issuer.ts";
import { createSigner } from "../../src/jwt/signer.ts";
import type { SignerOptions } from "../../src/jwt/signer-options.ts";
import { type AsyncVerifier, createVerifier, type Verifier } from "../../src/jwt/verifier.ts";
import { refusal, refusalOf } from "./refusal.ts";

const A = "https://a.example";
const B = "https://b.example";
const [keyA, keyB] = await Promise.all([generateKey("ES256"), generateKey("ES256")]);
const legacyKey = secretKey("0123456789abcdef0123456789abcdef", { alg: "HS256" });

const of = (issuer: string | readonly string[] | false, keys: Key, more = {}): Verifier =>
  createVerifier({ keys, issuer, audience: false, ...more }) as Verifier;
const token = (issuer: string | false, key: Key, claims = {}, more: Partial<SignerOptions<Key>> = {}): string =>
  createSigner({ key, issuer, audience: false, expiresIn: "5m", ...more }).sign(claims);
const unsigned = (payload: unknown): string => {
  const [header, , signature] = token(A, keyA).split(".");
  return [header, Buffer.from(JSON.stringify(payload)).toString("base64url"), signature].join(".");
};

const two = verifierByIssuer([of(A, keyA), of(B, keyB)]);
const withLegacy = verifierByIssuer([of(A, keyA), of(false, legacyKey)]);

describe("each token goes to the verifier of its issuer", () => {
  it("by verify, safeVerify and their asynchronous twins", async () => {
    for (const [issuer, key] of [
      [A, keyA],
      [B, keyB],
    ] as const) {
      const good = token(issuer, key, { sub: "user_42" });
      const expected = { claims: { iss: issuer, sub: "user_42" }, key: { kid: key.kid } };
      expect(two.verify(good)).toMatchObject(expected);
      expect(await two.verifyAsync(good)).toMatchObject(expected);
      expect(two.safeVerify(good)).toMatchObject({ ok: true, value: expected });
      expect(await two.safeVerifyAsync(good)).toMatchObject({ ok: true, value: expected });
    }
  });

  it("also where one verifier is for two names of one issuer", () => {
    const named = verifierByIssuer([of([A, "http://a.internal"], keyA), of(B, keyB)]);
    expect(named.verify(token("http://a.internal", keyA)).claims.iss).toBe("http://a.internal");
  });

  it("and the call's options with it", () => {
    const good = token(A, keyA, { sub: "user_42" });
    expect(refusal(() => two.verify(good, { subject: "user_43" })).code).toBe("SUBJECT");
    expect(refusal(() => two.verify(good, { subjekt: "user_42" } as never)).code).toBe("CONFIG");
  });

  it("and single use too", async () => {
    const used = new Set<string>();
    const once = { markUsed: async (id: string) => !used.has(id) && Boolean(used.add(id)) };
    const good = token(A, keyA, { jti: "1" });
    expect((await two.verifyAsync(good, { once: once as never })).claims.iss).toBe(A);
    expect((await refusalOf(two.verifyAsync(good, { once: once as never }))).code).toBe("ALREADY_USED");
  });
});

describe("keys never cross issuers", () => {
  it("a token that B signed in A's name is refused", async () => {
    const forged = token(A, keyB);
    expect(refusal(() => two.verify(forged)).code).toMatch(/KEY_UNKNOWN|SIGNATURE/);
    expect((await refusalOf(two.verifyAsync(forged))).code).toMatch(/KEY_UNKNOWN|SIGNATURE/);
  });

  it("also where B calls its key as A calls its own", () => {
    const twin = importJwk({ ...exportJwk(keyB, { private: true }), kid: keyA.kid });
    expect(refusal(() => two.verify(token(A, twin))).code).toBe("SIGNATURE");
  });

  it("a token of A's name never falls back to the verifier of any issuer", () => {
    expect(refusal(() => withLegacy.verify(token(A, legacyKey))).code).toBe("ALG");
  });
});

describe("the issuer is compared exactly", () => {
  it.each([
    `${A}/`,
    "HTTPS://a.example",
    "https://a.example.evil.example",
    "https://a.example\u0000",
    " https://a.example",
    "a.example",
    "__proto__",
    "constructor",
  ])("%j is ISSUER_UNKNOWN", (issuer) => {
    const error = refusal(() => two.verify(token(issuer, keyA)));
    expect(error).toMatchObject({ code: "ISSUER_UNKNOWN", status: 401, claim: "iss" });
    expect(error.message).not.toContain(issuer);
  });

  it.each([
    ["absent", {}],
    ["an array", { iss: [A] }],
    ["a number", { iss: 1 }],
    ["null", { iss: null }],
    ["an object", { iss: { toString: A } }],
  ])("one that is %s is ISSUER_UNKNOWN", async (_name, payload) => {
    const bad = unsigned(payload);
    expect(refusal(() => two.verify(bad)).code).toBe("ISSUER_UNKNOWN");
    expect(two.safeVerify(bad)).toMatchObject({ ok: false, error: { code: "ISSUER_UNKNOWN" } });
    expect((await refusalOf(two.verifyAsync(bad))).code).toBe("ISSUER_UNKNOWN");
    expect(await two.safeVerifyAsync(bad)).toMatchObject({ ok: false, error: { code: "ISSUER_UNKNOWN" } });
  });
});

describe("one verifier with issuer: false", () => {
  it("gets tokens without iss, and those whose iss is nobody's", () => {
    expect(withLegacy.verify(token(false, legacyKey, { sub: "1" })).claims.sub).toBe("1");
    expect(withLegacy.verify(token("https://old.example", legacyKey)).key.alg).toBe("HS256");
    expect(withLegacy.verify(token(A, keyA)).key.alg).toBe("ES256");
  });

  it("still asks for its own key", () => {
    expect(refusal(() => withLegacy.verify(token(false, keyB))).code).toBe("ALG");
  });
});

describe("what is no token is refused before any verifier is asked", () => {
  it.each<[string, unknown]>([
    ["undefined", undefined],
    ["empty text", ""],
    ["two segments", "a.b"],
    ["bytes", new Uint8Array(3)],
    ["a payload that is no JSON", token(A, keyA).replace(/\.[^.]+\./, ".AAAA.")],
    ["a header that is no JSON", token(A, keyA).replace(/^[^.]+/, "AAAA")],
    ["a header that is no JSON, of another issuer", token("https://other.example", keyA).replace(/^[^.]+/, "AAAA")],
    [
      "a payload with iss twice",
      [token(A, keyA).split(".")[0], Buffer.from(`{"iss":"${A}","iss":"${B}"}`).toString("base64url"), ""].join("."),
    ],
  ])("%s: MALFORMED", async (_name, bad) => {
    expect(refusal(() => two.verify(bad as string)).code).toBe("MALFORMED");
    expect(two.safeVerify(bad as string)).toMatchObject({ ok: false, error: { code: "MALFORMED" } });
    expect((await refusalOf(two.verifyAsync(bad as string))).code).toBe("MALFORMED");
    expect(await two.safeVerifyAsync(bad as string)).toMatchObject({ ok: false, error: { code: "MALFORMED" } });
  });
});

describe("limits are each verifier's own", () => {
  const long = { text: "x".repeat(12_000) };
  const raised = { limits: { maxBytes: 32_768 } };
  const mixed = verifierByIssuer([of(A, keyA, raised), of(B, keyB)]);

  it("a long token reaches the verifier that allows it, and no other", () => {
    expect(mixed.verify(token(A, keyA, long, raised)).claims.iss).toBe(A);
    expect(refusal(() => mixed.verify(token(B, keyB, long, raised))).code).toBe("TOO_LARGE");
  });

  it("a token longer than any allows is not looked into", () => {
    expect(refusal(() => mixed.verify("x".repeat(32_769))).code).toBe("TOO_LARGE");
  });

  it("a deep token likewise", () => {
    const deep = { tree: JSON.parse(`${"[".repeat(130)}${"]".repeat(130)}`) as unknown };
    const deepest = { limits: { maxDepth: 140 } };
    const verifier = verifierByIssuer([of(A, keyA, deepest), of(B, keyB)]);
    expect(verifier.verify(token(A, keyA, deep, deepest)).claims.iss).toBe(A);
    expect(refusal(() => verifier.verify(token(B, keyB, deep, deepest))).code).toBe("MALFORMED");
  });
});

describe("synchronous when all members are, by type and at run time", () => {
  const keys = remoteKeys("https://a.example/jwks", {
    algs: ["ES256"],
    fetch: async () => Response.json({ keys: [exportJwk(keyA)] }),
  });
  const remote = createVerifier({ keys, issuer: A, audience: false });
  const mixed = verifierByIssuer([remote, of(B, keyB)]);

  it("one member with remote keys makes it asynchronous", async () => {
    // @ts-expect-error verify is not there
    expect(mixed.verify).toBeUndefined();
    // @ts-expect-error safeVerify is not there
    expect(mixed.safeVerify).toBeUndefined();
    expect((await mixed.verifyAsync(token(A, keyA))).claims.iss).toBe(A);
    expect(await mixed.safeVerifyAsync(token(B, keyB))).toMatchObject({ ok: true });
  });

  it("an outage of one issuer is not another's", async () => {
    const down = createVerifier({
      keys: remoteKeys("https://a.example/jwks", { algs: ["ES256"], fetch: () => Promise.reject(new Error("down")) }),
      issuer: A,
      audience: false,
    });
    const verifier = verifierByIssuer([down, of(B, keyB)]);
    expect((await refusalOf(verifier.verifyAsync(token(A, keyA)))).code).toBe("KEYS_UNAVAILABLE");
    expect(await verifier.safeVerifyAsync(token(A, keyA))).toMatchObject({ ok: false, error: { status: 503 } });
    expect((await verifier.verifyAsync(token(B, keyB))).claims.iss).toBe(B);
  });
});

test("an error of the runtime is not taken for a bad token", async () => {
  const get = Map.prototype.get;
  const broken = vi.spyOn(Map.prototype, "get").mockImplementation(function (this: Map<unknown, unknown>, name) {
    if (name === A) throw new RangeError("out of memory");
    return get.call(this, name) as unknown;
  });
  const good = token(A, keyA);
  try {
    expect(() => two.safeVerify(good)).toThrow(RangeError);
    await expect(two.safeVerifyAsync(good)).rejects.toThrow(RangeError);
  } finally {
    broken.mockRestore();
  }
});

test("it is frozen", () => {
  expect(Object.isFrozen(two)).toBe(true);
  expect(Object.isFrozen(verifierByIssuer([of(A, keyA)]))).toBe(true);
});

describe("misuse is CONFIG", () => {
  const other: AsyncVerifier<unknown> = {
    verifyAsync: two.verifyAsync as never,
    safeVerifyAsync: two.safeVerifyAsync as never,
  };
  it.each<[string, unknown]>([
    ["no verifier", []],
    ["no array", of(A, keyA)],
    ["undefined", undefined],
    ["undefined among them", [of(A, keyA), undefined]],
    ["a verifier of one's own make", [other]],
    ["another verifierByIssuer", [two]],
    ["two of one issuer", [of(A, keyA), of(A, keyB)]],
    ["two that share one of their names", [of([A, B], keyA), of(B, keyB)]],
    ["two with issuer: false", [of(false, keyA), of(false, keyB)]],
  ])("%s", (_name, verifiers) => {
    expect(refusal(() => verifierByIssuer(verifiers as [Verifier])).code).toBe("CONFIG");
  });

  it("a mistake in a call is thrown by safeVerify too", async () => {
    const good = token(A, keyA);
    expect(refusal(() => two.safeVerify(good, { maxage: 5 } as never)).code).toBe("CONFIG");
    expect((await refusalOf(two.safeVerifyAsync(good, { maxage: 5 } as never))).code).toBe("CONFIG");
  });
});
