/** The examples of RFC 7515 appendix A, RFC 7520 §4 and RFC 8037 appendix A.4, as they are printed there. */
import { describe, expect, it, test } from "vitest";
import { type Alg, createVerifier, importJwk, isTokenError, type Jwk } from "../../src/index.ts";
import { verifyJws } from "../../src/jws/index.ts";
import { codeOf } from "../fixtures/refusals.ts";
import examples from "../fixtures/rfc-examples.json" with { type: "json" };
import { clockAt } from "../fixtures/tokens.ts";

const cases = examples.map(
  ({ example, alg, jwk, token }) => [example, alg, importJwk(jwk as Jwk, { alg: alg as Alg }), token] as const,
);

describe("the example of", () => {
  test.each(cases)("%s, %s, is verified", (_example, alg, key, token) => {
    expect(verifyJws(key, token).header.alg).toBe(alg);
  });

  test.each(cases)("%s, %s, is refused with its last letter but one changed", (_example, _alg, key, token) => {
    const changed = `${token.slice(0, -2)}${token.at(-2) === "A" ? "B" : "A"}${token.at(-1)}`;
    expect(codeOf(() => verifyJws(key, changed))).toBe("SIGNATURE");
  });
});

describe("the JWT of RFC 7515 A.1", () => {
  const [, , key, token] = cases[0] as (typeof cases)[number];
  const EXP = 1_300_819_380;
  const codeAt = (seconds: number): string => {
    const verifier = createVerifier({ keys: key, issuer: "joe", audience: false, clock: clockAt(seconds) });
    const result = verifier.safeVerify(token);
    return result.ok ? "accepted" : result.error.code;
  };

  it("is good until the second before exp, and expired at the second itself", () => {
    expect(codeAt(EXP - 1)).toBe("accepted");
    expect(codeAt(EXP)).toBe("EXPIRED");
  });

  it("A.5, without a signature, is no token here, whoever's key it is", () => {
    const unsecured = `eyJhbGciOiJub25lIn0.${token.split(".")[1]}.`;
    for (const [, , anyKey] of cases) {
      const verifier = createVerifier({ keys: anyKey, issuer: false, audience: false, clock: clockAt(EXP - 1) });
      const result = verifier.safeVerify(unsecured);
      expect(!result.ok && isTokenError(result.error) && result.error.code).toBe("MALFORMED");
      const signed = verifier.safeVerify(`${unsecured}${token.split(".")[2]}`);
      expect(!signed.ok && signed.error.code).toBe("ALG");
    }
  });
});
