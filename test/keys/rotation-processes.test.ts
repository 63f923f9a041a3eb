/** A whole rotation across processes, as the built package does it: two issuer instances, three verifiers that cache the JWKS. */
import { expect, it, test } from "vitest";
import { generateKey } from "../../src/jwk/generate.ts";
import { exportJwk, type Jwk } from "../../src/jwk/jwk.ts";
import { type Entry, JWKS_MAX_AGE, type Outcome, runRotation, START } from "./rotation-fleet.ts";

const pairs = await Promise.all([generateKey("ES256"), generateKey("ES256")]);
const [oldJwk, nextJwk] = pairs.map((pair) => exportJwk(pair, { private: true })) as [Jwk, Jwk];
const [oldKid, nextKid] = pairs.map(({ kid }) => kid) as [string, string];

const old: Entry = { jwk: oldJwk };
/** Deployed at A in second 80 and at B in second 90. */
const ADDED = { A: 80, B: 90 };
const nextFrom = (second: number): Entry => ({ jwk: nextJwk, signsFrom: START + second * 1000 });

function report(what: string, { verifications, refusals, jwksRequests }: Outcome): void {
  const refused = Object.values(refusals).reduce((sum, count) => sum + count, 0);
  const codes = Object.entries(refusals).map(([code, count]) => `${code} ${count}`);
  console.log(
    `${what}: ${refused} of ${verifications} verifications of valid tokens refused${codes.length === 0 ? "" : `, ${codes.join(", ")}`} ` +
      `(JWKS requests: ${jwksRequests.full} full, ${jwksRequests.notModified} not modified)`,
  );
}

test("no valid token is refused at any moment of a rotation: add, wait, sign, retire, drop", async () => {
  const due = ADDED.B + JWKS_MAX_AGE + 5;
  const outcome = await runRotation({
    seconds: 320,
    entries: [old],
    deployments: [
      { ...ADDED, entries: [old, nextFrom(due)] },
      // 70 s after the old key's last token: the schedule has dropped it already, and now the file is deleted too.
      { A: due + 70, B: due + 80, entries: [nextFrom(due)] },
    ],
  });
  report("rotation", outcome);
  expect(outcome.refusals).toEqual({});
  expect(outcome.verifications).toBeGreaterThan(10_000);
  expect(outcome.kids).toEqual([oldKid, nextKid]);
  // Each verifier asks about once a minute, and the set changed three times.
  expect(outcome.jwksRequests.full + outcome.jwksRequests.notModified).toBeLessThan(25);
  expect(outcome.jwksRequests.notModified).toBeGreaterThan(3);
});

it("would be seen if the new key signed before verifiers can know it", async () => {
  // The verifiers have fetched in second 60: they may not ask again before second 90, whatever kid they see.
  const outcome = await runRotation({
    seconds: 120,
    entries: [old],
    deployments: [{ A: 62, B: 62, entries: [old, nextFrom(66)] }],
  });
  report("control, a key that signs sooner than jwksMaxAge", outcome);
  expect(outcome.refusals.KEY_UNKNOWN).toBeGreaterThan(0);
});

it("would be seen if the old key were dropped with the new one's start", async () => {
  const due = 65;
  const outcome = await runRotation({
    seconds: 130,
    entries: [old, nextFrom(due)],
    deployments: [{ A: due + 3, B: due + 3, entries: [nextFrom(due)] }],
  });
  report("control, the old key dropped at once", outcome);
  expect(outcome.refusals.KEY_UNKNOWN).toBeGreaterThan(0);
});
