/** The cache of verified tokens spares a signature, and nothing else. */
import { describe, expect, it, test } from "vitest";
import { createVerifier, keyRing, memoryStore, type Verifier } from "../../src/index.ts";
import { tokenCache } from "../../src/jwt/token-cache.ts";
import { manualClock } from "../../src/testing/index.ts";
import { hs256, keyFor } from "../fixtures/keys.ts";
import { verifierWith } from "../fixtures/policies.ts";
import { asyncCodeOf, codeOf, refusalOf } from "../fixtures/refusals.ts";
import { AUDIENCE, CLAIMS, clockAt, forge, ISSUER, NOON, withSignature } from "../fixtures/tokens.ts";

const KEY = hs256(1);
const CACHE = { maxTokens: 10 };
const token = forge(KEY, { ...CLAIMS, roles: ["a"], address: { city: "x" } });
const clock = (): ReturnType<typeof manualClock> => manualClock(new Date(NOON * 1000));

describe("a hit checks again", () => {
  it("exp, nbf and iat, by the clock of that moment", () => {
    const now = clock();
    const verifier = verifierWith({ cache: CACHE, clock: now });
    verifier.verify(token);
    now.set(new Date((CLAIMS.exp - 1) * 1000));
    expect(codeOf(() => verifier.verify(token))).toBe("accepted");
    now.set(new Date(CLAIMS.exp * 1000));
    expect(codeOf(() => verifier.verify(token))).toBe("EXPIRED");
    now.set(new Date((CLAIMS.iat - 60) * 1000));
    expect(codeOf(() => verifier.verify(token))).toBe("NOT_YET_VALID");
  });

  it("maxAge, of the verifier and of the call", () => {
    const now = clock();
    const verifier = verifierWith({ cache: CACHE, clock: now, maxAge: "5m" });
    verifier.verify(token);
    now.advance("2m");
    expect(codeOf(() => verifier.verify(token, { maxAge: "1m" }))).toBe("TOO_OLD");
    now.advance("4m");
    expect(codeOf(() => verifier.verify(token))).toBe("TOO_OLD");
  });

  it("what the call asks", () => {
    const verifier = verifierWith({ cache: CACHE });
    verifier.verify(token);
    expect(codeOf(() => verifier.verify(token, { subject: "user_43" }))).toBe("SUBJECT");
    expect(codeOf(() => verifier.verify(token, { jwtId: "one" }))).toBe("CLAIM_MISSING");
    expect(codeOf(() => verifier.verify(token, { nonce: "one" }))).toBe("CLAIM_MISSING");
    expect(codeOf(() => verifier.verify(token, { subject: "user_42" }))).toBe("accepted");
  });

  it("single use, which lets a token pass once", async () => {
    const verifier = verifierWith({ cache: CACHE });
    const once = memoryStore({ clock: clockAt(NOON) });
    const single = forge(KEY, { ...CLAIMS, jti: "one" });
    await verifier.verifyAsync(single);
    await verifier.verifyAsync(single, { once });
    expect(await asyncCodeOf(verifier.verifyAsync(single, { once }))).toBe("ALREADY_USED");
  });

  it("a schema, which is given claims of its own and makes claims for this call alone", () => {
    const given: unknown[] = [];
    const validate = (value: unknown): { value: object } => {
      given.push(value);
      (value as { sub: string }).sub = "changed";
      return { value: { fresh: true } };
    };
    const schema = { "~standard": { version: 1, vendor: "test", validate } };
    const verifier = verifierWith({ cache: CACHE, schema });
    const answers = [1, 2, 3].map(() => verifier.verify(token).claims);
    expect(new Set(given).size).toBe(3);
    expect(new Set(answers).size).toBe(3);
    for (const answer of answers) expect(answer).toMatchObject({ sub: CLAIMS.sub, fresh: true });
  });
});

describe("a key takes its tokens along", () => {
  const [one, two] = [hs256(1, "one"), hs256(2, "two")];
  const named = forge(one, CLAIMS, { kid: "one" });

  it("when the ring's keys are replaced", async () => {
    const ring = keyRing([one], { tokenLife: "1h", clock: clockAt(NOON) });
    const verifier = verifierWith({ keys: ring, cache: CACHE });
    verifier.verify(named);
    ring.replace([two]);
    expect(codeOf(() => verifier.verify(named))).toBe("KEY_UNKNOWN");
    expect(await asyncCodeOf(verifier.verifyAsync(named))).toBe("KEY_UNKNOWN");
  });

  it("when another key comes under its name", () => {
    const ring = keyRing([one], { tokenLife: "1h", clock: clockAt(NOON) });
    const verifier = verifierWith({ keys: ring, cache: CACHE });
    verifier.verify(named);
    ring.replace([hs256(3, "one")]);
    expect(codeOf(() => verifier.verify(named))).toBe("SIGNATURE");
  });

  it("when its time is over", () => {
    const now = clock();
    const signsFrom = new Date((NOON + 600) * 1000);
    const ring = keyRing([one, { key: two, signsFrom }], { tokenLife: "10m", jwksMaxAge: "1m", clock: now });
    const verifier = verifierWith({ keys: ring, cache: CACHE, clock: now });
    const long = forge(one, { ...CLAIMS, exp: NOON + 9000 }, { kid: "one" });
    verifier.verify(long);
    now.advance("19m");
    expect(codeOf(() => verifier.verify(long))).toBe("accepted");
    now.advance("2m");
    expect(codeOf(() => verifier.verify(long))).toBe("KEY_UNKNOWN");
  });
});

interface Answer {
  readonly claims: { readonly roles: string[]; readonly address: object };
  readonly header: object;
  readonly key: object;
}

describe("what a caller is given", () => {
  it("is deeply frozen, at the first call and at every other", () => {
    const verifier = verifierWith({ cache: CACHE });
    for (let time = 0; time < 3; time++) {
      const { claims, header, key } = verifier.verify(token) as unknown as Answer;
      expect(() => claims.roles.push("admin")).toThrow(TypeError);
      expect(() => Object.assign(claims.address, { city: "y" })).toThrow(TypeError);
      expect(() => Object.assign(claims, { sub: "root" })).toThrow(TypeError);
      expect(() => Object.assign(header, { alg: "none" })).toThrow(TypeError);
      expect(() => Object.assign(key, { kid: "x" })).toThrow(TypeError);
      expect(claims).toEqual({ ...CLAIMS, roles: ["a"], address: { city: "x" } });
    }
  });
});

describe("only", () => {
  const fill = (verifier: Verifier, tokens: readonly string[]): void => {
    for (const one of tokens) codeOf(() => verifier.verify(one));
  };

  it("the whole token is a hit: one that ends alike is checked", () => {
    const verifier = verifierWith({ cache: CACHE });
    verifier.verify(token);
    const other = forge(KEY, { ...CLAIMS, sub: "root" });
    const signature = token.slice(token.lastIndexOf(".") + 1);
    expect(codeOf(() => verifier.verify(withSignature(other, signature)))).toBe("SIGNATURE");
    expect(codeOf(() => verifier.verify(` ${token}`))).toBe("MALFORMED");
    expect(codeOf(() => verifier.verify(`${token} `))).toBe("MALFORMED");
    expect(codeOf(() => verifier.verify(token))).toBe("accepted");
  });

  it("this verifier's policy is served: another's cache is another's", () => {
    verifierWith({ cache: CACHE }).verify(token);
    const other = verifierWith({ cache: CACHE, audience: "https://other.example" });
    expect(codeOf(() => other.verify(token))).toBe("AUDIENCE");
  });

  it("tokens that were accepted are kept", () => {
    const cache = tokenCache({ maxTokens: 2, maxBytes: 1e6 }, false);
    const verifier = verifierWith({ cache: { maxTokens: 2 } });
    fill(verifier, [token, forge(hs256(2)), forge(KEY, { ...CLAIMS, exp: NOON }), "x", forge(KEY, { aud: "x" })]);
    expect(cache.find(token)).toBeUndefined();
    expect(codeOf(() => verifier.verify(token))).toBe("accepted");
  });

  it("tokens without critical extensions are kept: their handlers are asked at every call", () => {
    let calls = 0;
    const verifier = verifierWith({ cache: CACHE, crit: { x: () => void calls++ } });
    const critical = forge(KEY, CLAIMS, { crit: ["x"], x: 1 });
    for (let time = 1; time <= 3; time++) {
      verifier.verify(critical);
      expect(calls).toBe(time);
    }
  });
});

describe("its bounds", () => {
  const accepted = (n: number): Parameters<ReturnType<typeof tokenCache>["keep"]> => {
    const text = forge(KEY, { ...CLAIMS, n });
    return [text, { payload: "", header: { alg: "HS256" }, key: KEY }, { n }, undefined];
  };
  const held = (cache: ReturnType<typeof tokenCache>, count: number): number =>
    Array.from({ length: count }, (_, n) => accepted(n)[0]).filter((text) => cache.find(text) !== undefined).length;

  it("hold whatever the number of tokens", () => {
    const cache = tokenCache({ maxTokens: 100, maxBytes: 1e9 }, false);
    for (let n = 0; n < 1000; n++) cache.keep(...accepted(n));
    expect(held(cache, 1000)).toBe(100);
  });

  it("hold in bytes, by estimate", () => {
    const cache = tokenCache({ maxTokens: 1e6, maxBytes: 20_000 }, false);
    for (let n = 0; n < 1000; n++) cache.keep(...accepted(n));
    const count = held(cache, 1000);
    expect(count).toBeGreaterThan(5);
    expect(count).toBeLessThan(20);
  });

  it("leave out a token that is larger than all of it", () => {
    const cache = tokenCache({ maxTokens: 10, maxBytes: 100 }, false);
    cache.keep(...accepted(1));
    expect(held(cache, 2)).toBe(0);
  });

  it("keep a token that is asked for while others pass through", () => {
    const cache = tokenCache({ maxTokens: 10, maxBytes: 1e9 }, false);
    const [popular] = accepted(0);
    cache.keep(...accepted(0));
    for (let n = 1; n < 500; n++) {
      cache.keep(...accepted(n));
      expect(cache.find(popular)).toBeDefined();
    }
  });

  it("count a token that is kept again once", () => {
    const cache = tokenCache({ maxTokens: 2, maxBytes: 1e9 }, false);
    for (let time = 0; time < 5; time++) cache.keep(...accepted(0));
    cache.keep(...accepted(1));
    expect(held(cache, 2)).toBe(2);
  });
});

test.each<[string, unknown]>([
  ["no maxTokens", {}],
  ["none", { maxTokens: 0 }],
  ["half a token", { maxTokens: 0.5 }],
  ["text", { maxTokens: "10" }],
  ["no bytes", { maxTokens: 10, maxBytes: 0 }],
  ["an unknown name", { maxTokens: 10, max: 1 }],
  ["a number", 10],
  ["null", null],
])("an option cache of %s is CONFIG", (_what, cache) => {
  expect(refusalOf(() => verifierWith({ cache })).code).toBe("CONFIG");
});

it("serves asymmetric keys and asynchronous calls", async () => {
  const key = keyFor("ES256");
  const verifier = createVerifier({
    keys: key,
    issuer: ISSUER,
    audience: AUDIENCE,
    clock: clockAt(NOON),
    cache: CACHE,
  });
  const signed = forge(key);
  const first = await verifier.verifyAsync(signed);
  expect(await verifier.verifyAsync(signed)).toBe(first);
  expect(verifier.verify(signed)).toBe(first);
});
