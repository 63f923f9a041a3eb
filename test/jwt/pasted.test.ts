/** A token is found in what people paste, and what surrounds it in their text is not taken for a part of it. */
import { describe, expect, it, test } from "vitest";
import { inspect } from "../../src/index.ts";
import { span } from "../../src/jwt/time-span.ts";
import { KEY } from "../fixtures/policies.ts";
import { CLAIMS, clockAt, forge, NOON, segment } from "../fixtures/tokens.ts";

const token = forge(KEY);
const look = (text: string): ReturnType<typeof inspect> => inspect(text, { clock: clockAt(NOON) });
const textOf = (text: string): string =>
  look(text)
    .segments.map((part) => part.text)
    .join(".");

describe("the token is found", () => {
  test.each<[string, string]>([
    ["in quotes with white space around them", `  "${token}"\r\n`],
    ["in single quotes", `'${token}'`],
    ["in backquotes", `\`${token}\``],
    ["after Bearer and spaces", `bearer   ${token}`],
    ["as a header field", `Authorization: Bearer ${token}`],
    ["as a header field without a space", `authorization:Bearer ${token}`],
    ["broken over lines", `${token.slice(0, 40)}\r\n    ${token.slice(40, 80)}\n\t${token.slice(80)}`],
  ])("%s", (_where, pasted) => {
    expect(textOf(pasted)).toBe(token);
    expect(look(pasted).kind).toBe("jws");
  });
});

describe("nothing is taken away", () => {
  test.each<[string, string]>([
    ["from its middle", `${token.slice(0, 40)}"${token.slice(40)}`],
    ["before another word", `x bearer ${token}`],
  ])("%s", (_where, pasted) => {
    expect(textOf(pasted)).toBe(pasted.replaceAll(" ", ""));
  });
});

describe("a report", () => {
  it("has no member for a time that is none", () => {
    const odd = `${segment({ alg: "HS256" })}.${segment({ exp: "soon", iat: 1e300, nbf: null })}.AAAA`;
    expect(Object.keys(look(odd).times)).toEqual([]);
    expect(Object.keys(look(forge(KEY, { ...CLAIMS, iat: undefined })).times)).toEqual(["expiresAt"]);
  });

  it("shows only JSON objects as JSON", () => {
    for (const text of ["[]", "null", "1", '"a"', "{"]) {
      const found = look(`${segment(text)}.${segment(text)}.AAAA`);
      expect(found.wellFormed, text).toBe(false);
      expect(found.times, text).toEqual({});
    }
  });

  it("names every segment and every claim that a finding is about", () => {
    const messages = (text: string): string[] => look(text).findings.map(({ message }) => message);
    // The spare bits of the last letter are not zero.
    expect(messages("e31.e31.AAAA")).toContain("not canonical base64url: header, payload");
    const milliseconds = forge(KEY, { ...CLAIMS, iat: NOON * 1000, exp: (NOON + 900) * 1000 });
    expect(messages(milliseconds)).toContain("in milliseconds, it seems, where seconds are meant: exp, iat");
  });
});

it("a time span is told in the largest unit of which there are two", () => {
  const told = [0, 1, 2, 119, 120, 7199, 7200, 172_799, 172_800].map(span);
  expect(told).toEqual([
    ...["0 seconds", "1 second", "2 seconds", "119 seconds", "2 minutes"],
    ...["120 minutes", "2 hours", "48 hours", "2 days"],
  ]);
});
