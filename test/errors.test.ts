/** One class, a closed set of codes, and what each means to an edge. */
import { inspect } from "node:util";
import { describe, expect, it, test } from "vitest";
import {
  isMisuse,
  isTokenError,
  TOKEN_ERROR_CODES,
  TokenError,
  type TokenErrorCode,
  tokenError,
} from "../src/errors.ts";

const of = (codes: string): TokenErrorCode[] => codes.split(" ") as TokenErrorCode[];

/** Status, RFC 6750 error name, and the codes that have them. */
const MEANINGS: readonly (readonly [number, string | undefined, TokenErrorCode[]])[] = [
  [
    401,
    "invalid_token",
    of(
      "MALFORMED TOO_LARGE ALG CRIT TYP KEY_UNKNOWN SIGNATURE ISSUER_UNKNOWN ISSUER AUDIENCE SUBJECT EXPIRED NOT_YET_VALID " +
        "TOO_OLD CLAIM_MISSING CLAIM_INVALID REVOKED ALREADY_USED PROOF_REQUIRED REFRESH_INVALID REFRESH_REUSED SESSION_ENDED BINDING",
    ),
  ],
  [401, undefined, of("TOKEN_MISSING")],
  [401, "invalid_dpop_proof", of("PROOF_INVALID")],
  [401, "use_dpop_nonce", of("PROOF_NONCE")],
  [403, "insufficient_scope", of("SCOPE")],
  [403, undefined, of("SESSION_LIMIT ORIGIN")],
  [400, "invalid_request", of("REQUEST_INVALID")],
  [503, undefined, of("KEYS_UNAVAILABLE STORE_UNAVAILABLE SIGNER_UNAVAILABLE REVOCATIONS_STALE")],
  [500, undefined, of("CONFIG KEY_WEAK KEY_INVALID ALG_UNSUPPORTED")],
];
const ROWS = MEANINGS.flatMap(([status, bearerError, codes]) =>
  codes.map((code) => [code, status, bearerError] as const),
);

describe("a TokenError", () => {
  it("has one of these codes", () => {
    expect([...TOKEN_ERROR_CODES].sort()).toEqual(ROWS.map(([code]) => code).sort());
    expect(Object.isFrozen(TOKEN_ERROR_CODES)).toBe(true);
  });

  test.each(ROWS)("%s is answered with %i and %s", (code, status, bearerError) => {
    const error = tokenError(code, "message");
    expect(error).toMatchObject({ code, status, name: "TokenError", message: "message" });
    expect(error.bearerError).toBe(bearerError);
    expect(error.retryable).toBe(status === 503);
    expect(isMisuse(error)).toBe(status === 500);
    expect(isTokenError(error)).toBe(true);
    expect(error).toBeInstanceOf(TokenError);
    expect(error).toBeInstanceOf(Error);
  });

  it("knows the claim, what was expected, the reason and the cause, where there are any", () => {
    const cause = new Error("why");
    const error = tokenError("ISSUER", "message", { claim: "iss", expected: "a", reason: "idle", cause });
    expect(error).toMatchObject({ claim: "iss", expected: "a", reason: "idle", cause });
  });

  it("shows in a log what it knows and nothing more", () => {
    expect(Object.keys(tokenError("CONFIG", "message"))).toEqual(["name", "code", "status", "retryable"]);
    expect(inspect(tokenError("CONFIG", "message"))).not.toContain("undefined");
    expect("cause" in tokenError("CONFIG", "message", { cause: undefined })).toBe(false);
    expect(JSON.parse(JSON.stringify(tokenError("ISSUER", "message", { claim: "iss" })))).toEqual({
      ...{ name: "TokenError", code: "ISSUER", status: 401, retryable: false },
      ...{ bearerError: "invalid_token", claim: "iss" },
    });
  });

  it("is recognised across copies of the package, by its mark", () => {
    const foreign = Object.create({ [Symbol.for("rejwt.TokenError")]: true }) as unknown;
    expect(isTokenError(foreign)).toBe(true);
    expect(foreign).not.toBeInstanceOf(TokenError);
  });

  test.each([
    undefined,
    null,
    "ISSUER",
    1,
    new Error("ISSUER"),
    { code: "ISSUER" },
    {},
    Symbol("x"),
    () => {},
    { name: "TokenError" },
  ])("is not case %#", (value) => {
    expect(isTokenError(value)).toBe(false);
  });

  it("cannot be marked by JSON", () => {
    expect(isTokenError(JSON.parse('{"rejwt.TokenError":true,"code":"EXPIRED"}'))).toBe(false);
  });
});
