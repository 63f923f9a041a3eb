/** Rings as signers, verifiers and JWKS endpoints see them: they never disagree. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { generateKey } from "../../src/jwk/generate.ts";
import { exportJwk, importJwk, type Jwk } from "../../src/jwk/jwk.ts";
import { importJwks } from "../../src/jwk/jwks.ts";
import type { Key } from "../../src/jwk/key.ts";
import { type KeyRing, keyRing } from "../../src/jwk/key-ring.ts";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { createSigner } from "../../src/jwt/signer.ts";
import { createVerifier } from "../../src/jwt/verifier.ts";
import { manualClock } from "./manual-clock.ts";
import { refusal } from "./refusal.ts";

const START = Date.parse("2026-05-01T00:00:00Z");
const inSeconds = (seconds: number): Date => new Date(START + seconds * 1000);
const [old, next, last] = await Promise.all([generateKey("ES256"), generateKey("ES256"), generateKey("Ed25519")]);
const issuer = "https://auth.example";
const LIFE = 600;

function instance(clock: () => Date, ring: KeyRing<"sync">) {
  const signer = createSigner({ key: ring, issuer, audience: false, expiresIn: LIFE, clock });
  const verifier = createVerifier({ keys: ring, issuer, audience: false, clock });
  return { sign: () => signer.sign({ sub: "user_42" }), verify: (token: string) => verifier.verify(token) };
}

describe("a ring", () => {
  const time = manualClock(START);
  const { clock } = time;

  it("signs with the latest key that is due, and names it", () => {
    time.set(START);
    const ring = keyRing([old, { key: next, signsFrom: inSeconds(3600) }], { tokenLife: LIFE, clock });
    const { sign, verify } = instance(clock, ring);
    expect(verify(sign()).key).toEqual({ alg: "ES256", kid: old.kid });
    expect(ring.current()).toEqual({ alg: "ES256", kid: old.kid });
    time.set(inSeconds(3600));
    expect(verify(sign()).key).toEqual({ alg: "ES256", kid: next.kid });
    expect(ring.current()).toEqual({ alg: "ES256", kid: next.kid });
  });

  it("accepts the last token of a retired key until it expires, to the second", () => {
    time.set(inSeconds(3599));
    const ring = keyRing([old, { key: next, signsFrom: inSeconds(3600) }], { tokenLife: LIFE, clock });
    const { sign, verify } = instance(clock, ring);
    const token = sign();
    time.set(inSeconds(3599 + LIFE).getTime() - 1);
    expect(verify(token).key.kid).toBe(old.kid);
    time.set(inSeconds(3600 + LIFE));
    expect(refusal(() => verify(token)).code).toBe("KEY_UNKNOWN");
  });

  it("follows a clock that is set back", () => {
    time.set(inSeconds(3600 + LIFE));
    const ring = keyRing([old, { key: next, signsFrom: inSeconds(3600) }], { tokenLife: LIFE, clock });
    expect(ring.jwks().keys).toHaveLength(1);
    time.set(inSeconds(3599));
    expect(ring.current().kid).toBe(old.kid);
    expect(ring.jwks().keys).toHaveLength(2);
  });

  it("in which no key is due signs nothing, verifies, and signs when one is", () => {
    time.set(START);
    const ring = keyRing([{ key: old, signsFrom: inSeconds(3600) }], { tokenLife: LIFE, clock });
    const { sign } = instance(clock, ring);
    expect(refusal(() => ring.current()).code).toBe("CONFIG");
    expect(refusal(sign).code).toBe("CONFIG");
    expect(ring.jwks().keys.map(({ kid }) => kid)).toEqual([old.kid]);
    time.set(inSeconds(3600));
    expect(ring.current().kid).toBe(old.kid);
    expect(sign()).toBeTypeOf("string");
  });

  it("is frozen, and shows none of its keys when it is logged", () => {
    const ring = keyRing([old], { tokenLife: LIFE });
    expect(Object.isFrozen(ring)).toBe(true);
    expect(JSON.stringify(ring)).toBe('{"~signs":"sync","~verifies":"sync"}');
  });

  it("of secrets signs and verifies", () => {
    const secret = secretKey("0123456789abcdef0123456789abcdef", { alg: "HS256", kid: "1" });
    const { sign, verify } = instance(clock, keyRing([secret], { tokenLife: LIFE, clock }));
    expect(verify(sign()).key).toEqual({ alg: "HS256", kid: "1" });
  });

  it("names a key by its thumbprint where no kid was declared, and refuses other names at once", () => {
    time.set(START);
    const { verify } = instance(clock, keyRing([old], { tokenLife: LIFE, clock }));
    const renamed = importJwk({ ...exportJwk(old, { private: true }), kid: "another" });
    const { sign } = instance(clock, keyRing([renamed], { tokenLife: LIFE, clock }));
    expect(refusal(() => verify(sign())).code).toBe("KEY_UNKNOWN");
  });
});

test("ring, verifier and JWKS never disagree, at any time of any schedule", () => {
  const pairs = [old, next, last];
  const schedules = fc.uniqueArray(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(schedules, fc.array(fc.integer({ min: 0, max: 6000 }), { maxLength: 6 }), (starts, moments) => {
      const time = manualClock(START);
      const entries = starts.map((start, at) => ({ key: pairs[at] as Key, signsFrom: inSeconds(start) }));
      const ring = keyRing(entries, { tokenLife: LIFE, clock: time.clock, jwksMaxAge: 0 });
      const here = instance(time.clock, ring);
      for (const moment of moments) {
        time.set(inSeconds(moment));
        if (starts.every((start) => start > moment)) continue;
        const token = here.sign();
        const published = importJwks(ring.jwks(), { algs: ["ES256", "Ed25519"] });
        const there = createVerifier({ keys: published, issuer, audience: false, clock: time.clock });
        expect(here.verify(token).key).toEqual({ alg: ring.current().alg, kid: ring.current().kid });
        expect(there.verify(token).key).toEqual(here.verify(token).key);
        expect(published.map(({ kid }) => kid)).toContain(ring.current().kid);
      }
    }),
    { numRuns: 40 },
  );
});

describe("a ring's options", () => {
  it.each<[string, unknown]>([
    ["are none", undefined],
    ["lack tokenLife", {}],
    ["have an undefined tokenLife", { tokenLife: undefined }],
    ["have a tokenLife of zero", { tokenLife: 0 }],
    ["have a tokenLife without unit", { tokenLife: "600" }],
    ["have an undefined jwksMaxAge", { tokenLife: 1, jwksMaxAge: undefined }],
    ["have a negative jwksMaxAge", { tokenLife: 1, jwksMaxAge: -1 }],
    ["have a clock that is no function", { tokenLife: 1, clock: new Date() }],
    ["have a clock that answers a number", { tokenLife: 1, clock: () => 5 }],
    ["have another name", { tokenLife: 1, maxAge: 5 }],
  ])("%s: CONFIG", (_name, options) => {
    expect(refusal(() => keyRing([old], options as { tokenLife: number })).code).toBe("CONFIG");
  });

  it("a token that would outlive its key is refused by the signer, at creation and per call", () => {
    const ring = keyRing([old], { tokenLife: "10m" });
    const options = { key: ring, issuer, audience: false } as const;
    expect(refusal(() => createSigner({ ...options, expiresIn: 601 })).code).toBe("CONFIG");
    const signer = createSigner({ ...options, expiresIn: "10m" });
    expect(refusal(() => signer.sign({}, { expiresIn: "11m" })).code).toBe("CONFIG");
  });
});

describe("jwks", () => {
  it("holds public halves only, each with alg, use and kid", () => {
    const ring = keyRing([old, { key: last, signsFrom: inSeconds(9e8) }], { tokenLife: LIFE });
    const { keys } = ring.jwks();
    expect(keys).toHaveLength(2);
    for (const jwk of keys as readonly Jwk[]) {
      expect(jwk.d).toBeUndefined();
      expect(jwk).toMatchObject({ alg: expect.any(String), use: "sig", kid: expect.any(String) });
    }
  });

  it("of a ring that holds a secret is refused, also where key pairs stand beside it", () => {
    const secret = secretKey("0123456789abcdef0123456789abcdef", { alg: "HS256", kid: "1" });
    for (const ring of [
      keyRing([secret], { tokenLife: LIFE }),
      keyRing([secret, { key: old, signsFrom: inSeconds(0) }], { tokenLife: 9e9 }),
    ]) {
      const error = refusal(() => ring.jwks());
      expect(error.code).toBe("CONFIG");
      expect(refusal(() => ring.jwksResponse()).code).toBe("CONFIG");
      expect(error.message).not.toContain("0123456789abcdef");
    }
  });

  it("of a ring whose secret has been dropped is published", () => {
    const secret = secretKey("0123456789abcdef0123456789abcdef", { alg: "HS256", kid: "1" });
    const time = manualClock(inSeconds(LIFE));
    const ring = keyRing([secret, { key: old, signsFrom: inSeconds(0) }], { tokenLife: LIFE, clock: time.clock });
    expect(ring.jwks().keys.map(({ kid }) => kid)).toEqual([old.kid]);
  });
});
