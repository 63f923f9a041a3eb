/** A report on any text that might be a token: one finding, one rule. */
import { describe, expect, it, test } from "vitest";
import { inspect } from "../../src/index.ts";
import { KEY } from "../fixtures/policies.ts";
import { codeOf } from "../fixtures/refusals.ts";
import { CLAIMS, clockAt, forge, NOON, segment } from "../fixtures/tokens.ts";

const DAY = 86_400;
const look = (token: unknown, at = NOON): ReturnType<typeof inspect> => inspect(token, { clock: clockAt(at) });
const codesOf = (token: unknown, at = NOON): string[] => look(token, at).findings.map(({ code }) => code);
const messageOf = (token: unknown, code: string, at = NOON): string | undefined =>
  look(token, at).findings.find((finding) => finding.code === code)?.message;
const good = forge(KEY);
const unsigned = (header: unknown, payload: unknown): string =>
  `${segment(JSON.stringify(header))}.${segment(JSON.stringify(payload))}.AAAA`;
const refresh = `rjt1${"A".repeat(132)}`;

describe("the report on an ordinary token", () => {
  it("shows its segments, its times and nothing odd", () => {
    const { wellFormed, kind, segments, times, findings } = look(forge(KEY, { ...CLAIMS, nbf: NOON }));
    expect({ wellFormed, kind, findings }).toEqual({ wellFormed: true, kind: "jws", findings: [] });
    expect(segments.map(({ name }) => name)).toEqual(["header", "payload", "signature"]);
    expect(segments.map(({ json }) => json)).toEqual([
      { alg: "HS256", typ: "JWT" },
      { ...CLAIMS, nbf: NOON },
      undefined,
    ]);
    expect(segments[2]?.bytes).toHaveLength(32);
    expect(segments.map(({ text }) => text).join(".")).toBe(forge(KEY, { ...CLAIMS, nbf: NOON }));
    const [noon, end] = [new Date(NOON * 1000), new Date(CLAIMS.exp * 1000)];
    expect(times).toEqual({ issuedAt: noon, notBefore: noon, expiresAt: end });
  });

  it("leaves out times that are absent or no times", () => {
    expect(look(unsigned({ alg: "HS256" }, { exp: "soon", iat: 1e300, nbf: null })).times).toEqual({});
  });
});

describe("a finding", () => {
  const severities = { info: "info", warning: "warning", danger: "danger" } as const;
  test.each<[string, keyof typeof severities, unknown, string]>([
    ["not-text", "danger", undefined, "undefined"],
    ["not-text", "danger", Buffer.from(good), "object"],
    ["empty", "danger", "", "nothing"],
    ["empty", "danger", " \n ", "nothing"],
    ["empty", "danger", "a".repeat(1_048_577), "1 MiB"],
    ["pem", "danger", "-----BEGIN PUBLIC KEY-----", "PEM"],
    ["unwrapped", "info", ` ${good}\n`, "white space"],
    ["unwrapped", "info", `"${good}"`, "quotes"],
    ["unwrapped", "info", `Bearer ${good}`, "Bearer"],
    ["not-a-token", "danger", "hello", "three base64url texts"],
    ["jwe", "info", `${segment({ alg: "dir", enc: "A256GCM" })}..AAAA.AAAA.AAAA`, "encrypted"],
    ["refresh-token", "warning", refresh, "rjt1"],
    ["too-large", "warning", `${good}${"A".repeat(8193)}`, "8192"],
    ["large", "info", forge(KEY, { ...CLAIMS, pad: "x".repeat(3000) }), "cookie"],
    ["not-base64url", "danger", `${good.slice(0, -1)}B`, "signature"],
    ["header-not-json", "danger", `AAAA.${segment({})}.AAAA`, "header"],
    ["payload-not-json", "danger", `${segment({ alg: "HS256" })}.AAAA.AAAA`, "payload"],
    ["no-signature", "danger", `${segment({ alg: "none" })}.${segment({})}.`, "anyone"],
    ["alg-none", "danger", unsigned({ alg: "none" }, {}), "nothing is signed"],
    ["alg-none", "danger", unsigned({ alg: "nOnE" }, {}), "nothing is signed"],
    ["no-alg", "danger", unsigned({}, {}), "no alg"],
    ["no-alg", "danger", unsigned({ alg: ["none"] }, {}), "no alg"],
    ["alg-unknown", "warning", unsigned({ alg: "HS1" }, {}), "alg"],
    ["key-in-header", "warning", unsigned({ alg: "HS256", jwk: {}, x5c: [] }, {}), "(jwk, x5c)"],
    ["key-in-header", "warning", unsigned({ alg: "HS256", jku: "", x5u: "" }, {}), "(jku, x5u)"],
    ["kid-url", "warning", unsigned({ alg: "HS256", kid: "https://a.example" }, {}), "kid"],
    ["kid-url", "warning", unsigned({ alg: "HS256", kid: "a..b" }, {}), "kid"],
    ["crit", "info", unsigned({ alg: "HS256", crit: ["x"] }, {}), "handler"],
    ["b64", "warning", unsigned({ alg: "HS256", b64: false }, {}), "RFC 7797"],
    ["no-typ", "info", unsigned({ alg: "HS256" }, {}), "typ"],
    ["no-exp", "warning", unsigned({ alg: "HS256" }, {}), "never expires"],
    ["no-iss", "info", unsigned({ alg: "HS256" }, {}), "iss"],
    ["no-aud", "info", unsigned({ alg: "HS256" }, {}), "aud"],
    ["time-not-a-number", "danger", unsigned({ alg: "HS256" }, { exp: "1", iat: null, nbf: 1 }), "exp, iat"],
    ["milliseconds", "danger", unsigned({ alg: "HS256" }, { exp: NOON * 1000, iat: NOON }), "meant: exp"],
    ["expired", "info", forge(KEY, { ...CLAIMS, exp: NOON }), "0 seconds ago"],
    ["expired", "info", forge(KEY, { ...CLAIMS, exp: NOON - 3 * DAY }), "3 days ago"],
    ["not-yet-valid", "info", forge(KEY, { ...CLAIMS, nbf: NOON + 7200 }), "in 2 hours"],
    ["issued-in-future", "warning", forge(KEY, { ...CLAIMS, iat: NOON + 119 }), "119 seconds"],
    ["issued-in-future", "warning", forge(KEY, { ...CLAIMS, iat: NOON + 120 }), "2 minutes"],
    ["long-life", "warning", forge(KEY, { ...CLAIMS, exp: NOON + 400 * DAY }), "400 days"],
    ["long-life", "warning", forge(KEY, { ...CLAIMS, iat: undefined, exp: NOON + 2 * DAY }), "2 days"],
    ["secret-claim", "warning", forge(KEY, { ...CLAIMS, userPassword: "x", api_key: "y" }), "userPassword, api_key"],
  ])("%s (%s): %#", (code, severity, token, words) => {
    const finding = look(token).findings.find((one) => one.code === code);
    expect(finding).toMatchObject({ severity: severities[severity] });
    expect(finding?.message).toContain(words);
  });

  test.each<[string, unknown]>([
    ["not-text", ""],
    ["empty", "a"],
    ["empty", undefined],
    ["empty", "a".repeat(1_048_576)],
    ["pem", good],
    ["unwrapped", good],
    ["unwrapped", "  "],
    ["not-a-token", ""],
    ["not-a-token", good],
    ["too-large", "a".repeat(8192)],
    ["large", "a".repeat(4096)],
    ["large", "a".repeat(8193)],
    ["not-base64url", "!!!"],
    ["header-not-json", "hello"],
    ["payload-not-json", `${segment({ alg: "dir" })}..AAAA.AAAA.AAAA`],
    ["no-signature", good],
    ["alg-none", unsigned({ alg: { toString: 1 } }, {})],
    ["alg-unknown", unsigned({ alg: "none" }, {})],
    ["alg-unknown", unsigned({ alg: "dir", enc: "A256GCM" }, {})],
    ["alg-unknown", unsigned({ alg: 1 }, {})],
    ["alg-unknown", unsigned({ alg: "ES256" }, {})],
    ["key-in-header", unsigned({ alg: "HS256", x5t: "" }, {})],
    ["kid-url", unsigned({ alg: "HS256", kid: "2026-05.key_1" }, {})],
    ["kid-url", unsigned({ alg: "HS256", kid: 1 }, {})],
    ["no-exp", unsigned({ alg: "HS256" }, { exp: null })],
    ["time-not-a-number", unsigned({ alg: "HS256" }, { exp: 1.5 })],
    ["milliseconds", unsigned({ alg: "HS256" }, { exp: 1e11, iat: String(NOON * 1000) })],
    ["expired", forge(KEY, { ...CLAIMS, exp: NOON + 0.5 })],
    ["expired", unsigned({ alg: "HS256" }, { exp: "1" })],
    ["not-yet-valid", forge(KEY, { ...CLAIMS, nbf: NOON })],
    ["issued-in-future", good],
    ["long-life", forge(KEY, { ...CLAIMS, exp: NOON + DAY })],
    ["long-life", forge(KEY, { ...CLAIMS, iat: NOON - 400 * DAY, exp: NOON })],
    ["long-life", unsigned({ alg: "HS256" }, { exp: NOON * 1000 })],
    ["secret-claim", good],
  ])("%s is not made where it does not hold: %#", (code, token) => {
    expect(codesOf(token)).not.toContain(code);
  });

  it.each(["password", "passwd", "client_secret", "SSN", "creditCard", "credit-card", "apiKey", "iban"])(
    "a claim %s is in plain sight",
    (name) => {
      expect(messageOf(forge(KEY, { ...CLAIMS, [name]: 1 }), "secret-claim")).toContain(name);
    },
  );

  it.each([
    [59, "59 seconds"],
    [119, "119 seconds"],
    [120, "2 minutes"],
    [7199, "120 minutes"],
    [7200, "2 hours"],
    [2 * DAY - 1, "48 hours"],
    [2 * DAY, "2 days"],
  ])("tells %i seconds as %s", (span, words) => {
    expect(messageOf(forge(KEY, { ...CLAIMS, exp: NOON - span }), "expired")).toBe(`it expired ${words} ago`);
  });

  it("comes in the order of the token's parts", () => {
    expect(codesOf(` ${unsigned({ alg: "none" }, {})}`)).toEqual([
      "unwrapped",
      "alg-none",
      "no-typ",
      "no-exp",
      "no-iss",
      "no-aud",
    ]);
  });
});

describe("what is put around a token", () => {
  it.each([
    ["white space", `  ${good}\n`],
    ["line breaks of a mail", good.replace(/(.{40})/g, "$1\r\n ")],
    ["double quotes", `"${good}"`],
    ["single quotes", `'${good}'`],
    ["backticks", `\`${good}\``],
    ["a scheme", `Bearer ${good}`],
    ["a scheme in another case", `bearer   ${good}`],
    ["a header", `Authorization: Bearer ${good}`],
    ["a header in another case", `authorization:Bearer ${good}`],
  ])("%s is left out", (_what, text) => {
    const { kind, wellFormed, segments } = look(text);
    expect({ kind, wellFormed }).toEqual({ kind: "jws", wellFormed: true });
    expect(segments.map((one) => one.text).join(".")).toBe(good);
  });

  it("other words are not", () => {
    expect(look(`Basic ${good}`).kind).not.toBe("refresh-token");
    expect(look(`Token: ${good}`).kind).toBe("not-a-token");
  });
});

describe("what is no JWS", () => {
  it("a JWE has a header that can be read, and four other segments", () => {
    const { kind, segments, wellFormed } = look(
      `${segment({ alg: "dir", enc: "A256GCM", typ: "JWT" })}..AAAA.AAAA.AAAA`,
    );
    expect({ kind, wellFormed }).toEqual({ kind: "jwe", wellFormed: true });
    expect(segments.map(({ name }) => name)).toEqual(["header", "other", "other", "other", "other"]);
    expect(segments[0]?.json).toMatchObject({ enc: "A256GCM" });
  });

  it("a refresh token is one segment of bytes", () => {
    const { kind, segments } = look(refresh);
    expect(kind).toBe("refresh-token");
    expect(segments).toHaveLength(1);
    expect(segments[0]).toMatchObject({ name: "other", text: refresh, json: undefined });
    expect(segments[0]?.bytes).toHaveLength(102);
  });

  it("other text is one segment, with bytes where it is base64url", () => {
    expect(look("hello").segments).toMatchObject([{ name: "other", text: "hello", bytes: undefined }]);
    expect(look("AAAA").segments[0]?.bytes).toHaveLength(3);
    expect(look("").segments).toEqual([]);
    expect(look(42).segments).toEqual([]);
  });
});

describe("wellFormed", () => {
  it.each<[string, string, boolean]>([
    ["an ordinary token", good, true],
    ["a token of any signature", `${good.split(".").slice(0, 2).join(".")}.AAAA`, true],
    ["an empty signature", `${good.split(".").slice(0, 2).join(".")}.`, true],
    ["a segment that is not canonical", `${good.slice(0, -1)}B`, false],
    ["a header that is no object", unsigned([], {}), false],
    ["a payload with a member twice", `${segment({ alg: "HS256" })}.${segment('{"a":1,"a":2}')}.AAAA`, false],
    ["other text", "hello", false],
  ])("of %s: %#", (_what, token, wellFormed) => {
    expect(look(token).wellFormed).toBe(wellFormed);
  });

  it("is false where a verifier would see two readings, and what JSON.parse reads is shown all the same", () => {
    const { segments, wellFormed } = look(`${segment({ alg: "HS256" })}.${segment('{"a":1,"a":2}')}.AAAA`);
    expect(wellFormed).toBe(false);
    expect(segments[1]?.json).toEqual({ a: 2 });
    expect(look(`${segment({ alg: "HS256" })}.${segment("[1]")}.AAAA`).segments[1]?.json).toEqual([1]);
  });
});

describe("inspect", () => {
  it.each<[string, string]>([
    ["alg that is no text", unsigned({ alg: { toString: 1, valueOf: 1 } }, {})],
    ["exp that is no number", unsigned({ alg: "HS256" }, { exp: { toString: 1, valueOf: 1 }, iat: [[[]]] })],
    [
      "alg of a hundred thousand levels",
      `${segment(`{"alg":${"[".repeat(100_000)}${"]".repeat(100_000)}}`)}.${segment({})}.AAAA`,
    ],
    [
      "exp of a hundred thousand levels",
      `${segment({ alg: "HS256" })}.${segment(`{"exp":${"[".repeat(100_000)}${"]".repeat(100_000)}}`)}.AAAA`,
    ],
    ["a million dots", ".".repeat(1_000_000)],
    ["a million spaces", " ".repeat(1_000_000)],
  ])("never throws, of %s", (_what, token) => {
    expect(look(token).findings.length).toBeGreaterThan(0);
  });

  it.each<[string, unknown]>([
    ["an unknown option", { now: clockAt(NOON) }],
    ["a clock that is no function", { clock: new Date() }],
    ["a clock that answers no Date", { clock: () => NOON }],
    ["null", null],
  ])("is CONFIG with %s", (_what, options) => {
    expect(codeOf(() => inspect(good, options as never))).toBe("CONFIG");
  });

  it("takes this machine's clock unless it is given one", () => {
    expect(inspect(forge(KEY, { ...CLAIMS, exp: 1 })).findings.map(({ code }) => code)).toContain("expired");
  });
});
