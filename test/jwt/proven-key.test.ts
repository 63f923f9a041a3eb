/** Tokens that are bound to a key (`cnf`), and the caller who has checked its proof: RFC 7800 §3, RFC 9449 §6.1. */
import { describe, expect, it } from "vitest";
import { createVerifier, type VerifyAsyncOptions, verifierByIssuer } from "../../src/index.ts";
import { hs256 } from "../fixtures/keys.ts";
import { asyncCodeOf, codeOf } from "../fixtures/refusals.ts";
import { AUDIENCE, CLAIMS, clockAt, forge, ISSUER, NOON } from "../fixtures/tokens.ts";

const key = hs256(1);
const verifier = createVerifier({ keys: key, issuer: ISSUER, audience: AUDIENCE, clock: clockAt(NOON) });
const JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
const OTHER = "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs";
const bound = forge(key, { ...CLAIMS, cnf: { jkt: JKT } });
const plain = forge(key);

describe("a token that is bound to a key", () => {
  it("is accepted with that key, proved", async () => {
    expect(verifier.verify(bound, { provenKey: JKT }).claims.cnf).toEqual({ jkt: JKT });
    expect((await verifier.verifyAsync(bound, { provenKey: JKT })).claims.sub).toBe("user_42");
    expect(verifierByIssuer([verifier]).verify(bound, { provenKey: JKT }).claims.sub).toBe("user_42");
  });

  it("is refused without, also after it was accepted with", async () => {
    for (let round = 0; round < 3; round++) {
      verifier.verify(bound, { provenKey: JKT });
      await verifier.verifyAsync(bound, { provenKey: JKT });
      expect(codeOf(() => verifier.verify(bound))).toBe("PROOF_REQUIRED");
      expect(await asyncCodeOf(verifier.verifyAsync(bound))).toBe("PROOF_REQUIRED");
      expect(verifier.safeVerify(bound)).toMatchObject({ ok: false, error: { code: "PROOF_REQUIRED" } });
    }
  });

  it("is refused without by a verifier that keeps what it verified, also after it was accepted with", async () => {
    const keeping = createVerifier({
      keys: key,
      issuer: ISSUER,
      audience: AUDIENCE,
      clock: clockAt(NOON),
      cache: { maxTokens: 10 },
    });
    for (let round = 0; round < 3; round++) {
      keeping.verify(bound, { provenKey: JKT });
      await keeping.verifyAsync(bound, { provenKey: JKT });
      expect(codeOf(() => keeping.verify(bound))).toBe("PROOF_REQUIRED");
      expect(await asyncCodeOf(keeping.verifyAsync(bound))).toBe("PROOF_REQUIRED");
      expect(codeOf(() => keeping.verify(bound, { provenKey: OTHER }))).toBe("PROOF_REQUIRED");
    }
  });

  it("is refused with another key proved", () => {
    expect(codeOf(() => verifier.verify(bound, { provenKey: OTHER }))).toBe("PROOF_REQUIRED");
  });

  it.each<[string, unknown]>([
    ["a second confirmation, which nobody has checked", { jkt: JKT, "x5t#S256": OTHER }],
    ["a certificate alone", { "x5t#S256": JKT }],
    ["no confirmation", {}],
    ["null", null],
    ["text", JKT],
    ["a list", [JKT]],
    ["a thumbprint in a list", { jkt: [JKT] }],
  ])("by %s is refused, whatever was proved", (_name, cnf) => {
    const token = forge(key, { ...CLAIMS, cnf });
    expect(codeOf(() => verifier.verify(token, { provenKey: JKT }))).toBe("PROOF_REQUIRED");
    expect(codeOf(() => verifier.verify(token))).toBe("PROOF_REQUIRED");
  });
});

it("a proved key says nothing about a token that is bound to none", () => {
  expect(codeOf(() => verifier.verify(plain, { provenKey: JKT }))).toBe("CLAIM_MISSING");
  expect(verifier.verify(plain).claims.sub).toBe("user_42");
});

it.each([undefined, "", 7, null])("%j is no proved key: CONFIG", async (provenKey) => {
  const options = { provenKey } as unknown as VerifyAsyncOptions;
  expect(codeOf(() => verifier.verify(bound, options))).toBe("CONFIG");
  expect(await asyncCodeOf(verifier.verifyAsync(bound, options))).toBe("CONFIG");
});
