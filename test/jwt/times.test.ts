/** exp, nbf, iat and maxAge, to the second, with and without skew. RFC 7519 §4.1.4–4.1.6. */
import { describe, expect, it, test } from "vitest";
import { KEY, verifierWith } from "../fixtures/policies.ts";
import { codeOf, refusalOf } from "../fixtures/refusals.ts";
import { CLAIMS, forge, NOON } from "../fixtures/tokens.ts";

interface Case {
  /** Seconds from NOON. */
  readonly exp?: number;
  readonly nbf?: number;
  readonly iat?: number;
  readonly options?: object;
}

function codeAtNoon({ exp = 900, nbf, iat, options = {} }: Case, at = NOON): string {
  const time = (offset: number | undefined): number | undefined => (offset === undefined ? undefined : NOON + offset);
  const token = forge(KEY, { ...CLAIMS, exp: time(exp), nbf: time(nbf), iat: time(iat) });
  return codeOf(() => verifierWith(options, at).verify(token));
}

const skew = { clockSkew: 5 };

test.each<[string, Case, string]>([
  ["exp in a second is accepted", { exp: 1 }, "accepted"],
  ["exp in a fraction of a second is accepted", { exp: 0.001 }, "accepted"],
  ["exp now is expired", { exp: 0 }, "EXPIRED"],
  ["exp a second ago is expired", { exp: -1 }, "EXPIRED"],
  ["exp 4 s ago is accepted with a skew of 5 s", { exp: -4, options: skew }, "accepted"],
  ["exp 5 s ago is expired with a skew of 5 s", { exp: -5, options: skew }, "EXPIRED"],
  ["nbf now is accepted", { nbf: 0 }, "accepted"],
  ["nbf a second ago is accepted", { nbf: -1 }, "accepted"],
  ["nbf in a fraction of a second is not yet valid", { nbf: 0.001 }, "NOT_YET_VALID"],
  ["nbf in a second is not yet valid", { nbf: 1 }, "NOT_YET_VALID"],
  ["nbf in 5 s is accepted with a skew of 5 s", { nbf: 5, options: skew }, "accepted"],
  ["nbf in 6 s is not yet valid with a skew of 5 s", { nbf: 6, options: skew }, "NOT_YET_VALID"],
  ["iat now is accepted", { iat: 0 }, "accepted"],
  ["iat 5 s ahead is accepted: the clocks of a fleet differ", { iat: 5 }, "accepted"],
  ["iat more than 5 s ahead is not yet valid", { iat: 5.001 }, "NOT_YET_VALID"],
  ["iat 7 s ahead is accepted with a skew of 7 s", { iat: 7, options: { clockSkew: 7 } }, "accepted"],
  ["iat 8 s ahead is not yet valid with a skew of 7 s", { iat: 8, options: { clockSkew: 7 } }, "NOT_YET_VALID"],
  ["iat 5 s ahead is accepted with a skew of 1 s", { iat: 5, options: { clockSkew: 1 } }, "accepted"],
  ["iat long ago is accepted", { iat: -NOON }, "accepted"],
  ["iat absent is accepted", {}, "accepted"],
  ["iat maxAge ago is accepted", { iat: -60, options: { maxAge: 60 } }, "accepted"],
  ["iat more than maxAge ago is too old", { iat: -60.001, options: { maxAge: "1m" } }, "TOO_OLD"],
  ["iat maxAge and the skew ago is accepted", { iat: -65, options: { maxAge: 60, clockSkew: 5 } }, "accepted"],
  ["iat more than maxAge and the skew ago is too old", { iat: -66, options: { maxAge: 60, clockSkew: 5 } }, "TOO_OLD"],
  [
    "iat ahead is not yet valid with maxAge, or it would stay young",
    { iat: 1, options: { maxAge: 60 } },
    "NOT_YET_VALID",
  ],
  ["iat ahead by the skew is accepted with maxAge", { iat: 5, options: { maxAge: 60, clockSkew: 5 } }, "accepted"],
  [
    "iat ahead by more than the skew is not yet valid with maxAge",
    { iat: 6, options: { maxAge: 60, clockSkew: 5 } },
    "NOT_YET_VALID",
  ],
  ["iat absent is missing with maxAge", { options: { maxAge: 60 } }, "CLAIM_MISSING"],
  ["exp before nbf is never valid", { exp: 10, nbf: 20 }, "NOT_YET_VALID"],
])("%s", (_rule, given, code) => {
  expect(codeAtNoon(given)).toBe(code);
});

it("expired is said before not yet valid", () => {
  expect(codeAtNoon({ exp: 0, nbf: 10 })).toBe("EXPIRED");
});

it("the clock is asked at every call", () => {
  let at = NOON;
  const verifier = verifierWith({ clock: () => new Date(at * 1000) });
  const token = forge(KEY);
  expect(codeOf(() => verifier.verify(token))).toBe("accepted");
  at = CLAIMS.exp;
  expect(codeOf(() => verifier.verify(token))).toBe("EXPIRED");
});

describe("times far away", () => {
  it.each([2 ** 53, 1e15, Number.MAX_VALUE])("exp of %d is accepted", (exp) => {
    expect(codeOf(() => verifierWith().verify(forge(KEY, { ...CLAIMS, exp })))).toBe("accepted");
  });

  it.each([0, -1, -1e300])("exp of %d is expired", (exp) => {
    expect(codeOf(() => verifierWith().verify(forge(KEY, { ...CLAIMS, exp })))).toBe("EXPIRED");
  });
});

it.each([
  ["exp", "EXPIRED", { ...CLAIMS, exp: NOON }, {}],
  ["nbf", "NOT_YET_VALID", { ...CLAIMS, nbf: NOON + 60 }, {}],
  ["iat", "NOT_YET_VALID", { ...CLAIMS, iat: NOON + 60 }, {}],
  ["iat", "NOT_YET_VALID", { ...CLAIMS, iat: NOON + 2 }, { maxAge: 60 }],
  ["iat", "TOO_OLD", { ...CLAIMS, iat: NOON - 61 }, { maxAge: 60 }],
])("the error of %s as %s names the claim", (claim, code, payload, options) => {
  expect(refusalOf(() => verifierWith(options).verify(forge(KEY, payload)))).toMatchObject({
    claim,
    code,
    status: 401,
  });
});

it("TOO_OLD says the age that was asked for", () => {
  expect(
    refusalOf(() => verifierWith({ maxAge: "1h" }).verify(forge(KEY, { ...CLAIMS, iat: NOON - 4000 }))).message,
  ).toContain("3600 s");
});
