/** The table of answers itself: one answer for every code, and nothing of an error's message in any. */
import { describe, expect, it } from "vitest";
import { isMisuse, TOKEN_ERROR_CODES, tokenError } from "../../src/errors.ts";
import { refusalAnswer } from "../../src/http/answers.ts";

const SECRET = "eyJhbGciOiJIUzI1NiJ9.e30.c2VjcmV0";
const context = { realm: "api", clearedCookie: "refresh=; Max-Age=0" };

const codes = TOKEN_ERROR_CODES.map((code) => tokenError(code, SECRET, { cause: new Error(SECRET), claim: SECRET }));
const misuses = codes.filter(isMisuse);
const refusals = codes.filter((error) => !isMisuse(error));
const answers = refusals.map((error) => ({ code: error.code, error, answer: () => refusalAnswer(error, context) }));
const field = (headers: ReturnType<typeof refusalAnswer>["headers"], name: string): string | undefined =>
  headers.find(([other]) => other === name)?.[1];

describe.each(answers)("the answer to $code", ({ error, answer }) => {
  it("has the error's status, and is never stored", () => {
    const { status, headers } = answer();
    expect(status).toBe(error.status);
    expect(field(headers, "cache-control")).toBe("no-store");
  });

  it("holds nothing of the error but its code", () => {
    const { headers, body } = answer();
    expect(JSON.stringify(headers) + body).not.toContain(SECRET);
    const { error: name, code } = JSON.parse(body) as Record<string, string>;
    expect(name).toMatch(/^[a-z_]+$/);
    expect(code).toBe(error.code === "TOKEN_MISSING" ? undefined : error.code);
  });

  it("has a challenge that can be parsed, where there is one: RFC 6750 §3", () => {
    const { status, headers } = answer();
    const challenge = field(headers, "www-authenticate");
    expect(challenge !== undefined).toBe(status === 401 || error.bearerError !== undefined);
    if (challenge === undefined) return;
    // error_description: %x20-21 / %x23-5B / %x5D-7E
    expect(challenge).toMatch(/^Bearer realm="api"(, error="[a-z_]+", error_description="[ !#-[\]-~]+")?$/);
    expect(challenge.includes("error=")).toBe(error.bearerError !== undefined);
  });

  it("asks to come back in an outage alone", () => {
    expect(field(answer().headers, "retry-after")).toBe(error.retryable ? "5" : undefined);
  });

  it("clears the cookie on a final outcome alone", () => {
    const final = ["REFRESH_INVALID", "REFRESH_REUSED", "SESSION_ENDED"].includes(error.code);
    expect(field(answer().headers, "set-cookie")).toBe(final ? context.clearedCookie : undefined);
  });
});

it("clears no cookie where the edge has none", () => {
  expect(refusalAnswer(tokenError("SESSION_ENDED", "over"), { realm: "api" }).headers).not.toContainEqual(
    expect.arrayContaining(["set-cookie"]),
  );
});

it.each(misuses.map((error) => ({ code: error.code, error })))("$code is thrown on, to the log", ({ error }) => {
  expect(() => refusalAnswer(error, context)).toThrow(error);
});
