/** Our own vectors, each gone every way that a verifier goes, with jose beside it for those that must be accepted. */
import { createPublicKey } from "node:crypto";
import { jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { createVerifier, type Verifier } from "../../../src/index.ts";
import { createVerifier as createWebVerifier, importJwk } from "../../../src/web/index.ts";
import { keyFor, keyObjectFor } from "../../fixtures/keys.ts";
import { asyncCodeOf, codeOf } from "../../fixtures/refusals.ts";
import { AUDIENCE, CLAIMS, clockAt, forge, ISSUER, NOON } from "../../fixtures/tokens.ts";
import { OWN_ALGS, OWN_CASES } from "./cases.ts";

const policy = { issuer: ISSUER, audience: AUDIENCE, clock: clockAt(NOON), typ: false } as const;
type Case = (typeof OWN_CASES)[number];

/** Every header of the accepted cases was seen before, and a cache holds their tokens. */
function warmVerifier(alg: Case["alg"], clockSkew: number, cases: readonly Case[]): Verifier {
  const verifier = createVerifier({ ...policy, clockSkew, keys: keyFor(alg), cache: { maxTokens: 100 } });
  for (const { token, verdict } of cases) if (verdict === "accept") verifier.verify(token as string);
  verifier.verify(forge(keyFor(alg), CLAIMS, { typ: undefined }));
  return verifier;
}

describe.each(OWN_ALGS)("%s", (alg) => {
  const skews = new Set(OWN_CASES.map(({ clockSkew = 0 }) => clockSkew));
  const groups = [...skews].map((clockSkew) => {
    const cases = OWN_CASES.filter((one) => one.alg === alg && (one.clockSkew ?? 0) === clockSkew);
    return { clockSkew, cases, warm: warmVerifier(alg, clockSkew, cases) };
  });
  const jwk = keyObjectFor(alg).export({ format: "jwk" });

  it("gets the verdict of the RFCs, and one code, cold, warm, cached, off the loop and in rejwt/web", async () => {
    for (const { clockSkew, cases, warm } of groups) {
      const options = { ...policy, clockSkew };
      const web = createWebVerifier({ ...options, keys: importJwk(jwk as never, { alg }) });
      for (const { name, token, verdict } of cases) {
        const cold = codeOf(() => createVerifier({ ...options, keys: keyFor(alg) }).verify(token as string));
        expect([name, cold === "accepted" ? "accept" : "refuse"]).toEqual([name, verdict]);
        expect([name, codeOf(() => warm.verify(token as string))]).toEqual([name, cold]);
        expect([name, codeOf(() => warm.verify(token as string))]).toEqual([name, cold]);
        expect([name, await asyncCodeOf(warm.verifyAsync(token as string))]).toEqual([name, cold]);
        expect([name, await asyncCodeOf(web.verifyAsync(token as string))]).toEqual([name, cold]);
      }
    }
  });

  it("gets jose's consent to every token that is accepted", async () => {
    const key = alg === "HS256" ? keyObjectFor(alg) : createPublicKey(keyObjectFor(alg));
    for (const { clockSkew, cases } of groups) {
      const options = {
        algorithms: [alg],
        issuer: ISSUER,
        audience: AUDIENCE,
        clockTolerance: clockSkew,
        currentDate: new Date(NOON * 1000),
      };
      for (const { token, verdict } of cases) {
        if (verdict === "accept") await jwtVerify(token as string, key, options);
      }
    }
  });
});

it("are more than two thousand", () => {
  expect(OWN_CASES.length).toBeGreaterThan(2000);
});
