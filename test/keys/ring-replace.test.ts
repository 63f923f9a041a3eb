/** A ring whose schedule is replaced: signers and verifiers already made follow at once, and a dropped key is refused. */
import { describe, expect, it } from "vitest";
import { externalKey } from "../../src/jwk/external-key.ts";
import { generateKey } from "../../src/jwk/generate.ts";
import { exportJwk, importJwk } from "../../src/jwk/jwk.ts";
import type { Key } from "../../src/jwk/key.ts";
import { type KeyRing, keyRing } from "../../src/jwk/key-ring.ts";
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

describe("replace", () => {
  const time = manualClock(START);
  const { clock } = time;
  const options = { tokenLife: LIFE, clock, jwksMaxAge: 0 };

  it("takes effect in signers and verifiers already made", () => {
    const ring = keyRing([old], options);
    const { sign, verify } = instance(clock, ring);
    const token = sign();
    ring.replace([old, { key: next, signsFrom: new Date(START) }]);
    expect(verify(sign()).key.kid).toBe(next.kid);
    expect(verify(token).key.kid).toBe(old.kid);
  });

  it("drops a leaked key: its tokens are refused at once", () => {
    const ring = keyRing([old], options);
    const { sign, verify } = instance(clock, ring);
    const token = sign();
    expect(verify(token).claims.sub).toBe("user_42");
    ring.replace([next]);
    expect(refusal(() => verify(token)).code).toBe("KEY_UNKNOWN");
    expect(verify(sign()).key.kid).toBe(next.kid);
    expect(ring.jwks().keys.map(({ kid }) => kid)).toEqual([next.kid]);
  });

  it("drops a key of another algorithm: its tokens are refused as of no algorithm here", () => {
    const ring = keyRing([last, { key: next, signsFrom: inSeconds(60) }], options);
    const { sign, verify } = instance(clock, ring);
    const token = sign();
    ring.replace([next]);
    expect(refusal(() => verify(token)).code).toBe("ALG");
  });

  it.each<[string, unknown[]]>([
    ["nothing", []],
    ["a bad entry after good ones", [next, { key: last, signsFrom: "soon" }]],
    ["two of one kid", [next, { key: next, signsFrom: inSeconds(60) }]],
    ["a key that signs elsewhere, in a ring that signs here", [external()]],
  ])("that is given %s changes nothing", (_name, entries) => {
    const ring = keyRing([old], options);
    const { sign, verify } = instance(clock, ring);
    const token = sign();
    const jwks = JSON.stringify(ring.jwks());
    expect(refusal(() => ring.replace(entries as Key[])).code).toBe("CONFIG");
    expect(ring.current().kid).toBe(old.kid);
    expect(JSON.stringify(ring.jwks())).toBe(jwks);
    expect(verify(token).key.kid).toBe(old.kid);
    expect(verify(sign()).key.kid).toBe(old.kid);
  });

  it("that is given what the ring has already changes nothing", () => {
    const ring = keyRing([old, { key: next, signsFrom: inSeconds(3600) }], options);
    const { etag } = ring.jwksResponse().headers;
    ring.replace([{ key: next, signsFrom: inSeconds(3600) }, old]);
    expect(ring.jwksResponse().headers.etag).toBe(etag);
  });

  it("that makes two sources of one verifier collide is the programmer's mistake, until it is undone", () => {
    const ring = keyRing([old], options);
    const twin = importJwk({ ...exportJwk(next), kid: "twin" });
    const verifier = createVerifier({ keys: [ring, twin], issuer, audience: false, clock });
    const token = createSigner({ key: ring, issuer, audience: false, expiresIn: 60, clock }).sign({});
    ring.replace([
      importJwk({ ...exportJwk(last, { private: true }) }),
      { key: renamedPrivate("twin"), signsFrom: inSeconds(60) },
    ]);
    expect(refusal(() => verifier.verify(token)).code).toBe("CONFIG");
    ring.replace([old]);
    expect(verifier.verify(token).key.kid).toBe(old.kid);
  });

  function renamedPrivate(kid: string): Key {
    return importJwk({ ...exportJwk(old, { private: true }), kid });
  }
});

function external() {
  return externalKey({ publicKey: importJwk(exportJwk(next)), sign: async () => new Uint8Array(64) });
}
