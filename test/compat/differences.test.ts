/** Every row of the guide's table of differences, jsonwebtoken beside its stand-in. */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import jsonwebtoken from "jsonwebtoken";
import { describe, expect, it, test } from "vitest";
import jwt, { type VerifyOptions } from "../../src/compat/jsonwebtoken.ts";
import { weakRsa } from "../fixtures/keys.ts";
import { NOW, RSA, SECRET } from "./tokens.ts";

/** Both packages behind one type, so that each row is written once. */
interface Package {
  sign(payload: unknown, key: unknown, options?: unknown): string;
  verify(token: string, key: unknown, options?: unknown): unknown;
  decode(token: string): unknown;
}
const theirs = jsonwebtoken as unknown as Package;
const ours = jwt as unknown as Package;

const b64u = (text: string): string => Buffer.from(text).toString("base64url");
/** A token of these very texts. */
function token(payload: string, header = '{"alg":"HS256"}', secret: string = SECRET): string {
  const input = `${b64u(header)}.${b64u(payload)}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}
const plain = token("{}");
/** 256 bytes leave four bits of the last character unused. */
const withSpareBits = jsonwebtoken
  .sign({}, RSA.private, { algorithm: "RS256" })
  .replace(/.$/, (last) => ({ A: "B", Q: "R", g: "h", w: "x" })[last] ?? "none");
const publicJwk = JSON.stringify({ kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
const smallRsa = weakRsa.export({ type: "pkcs8", format: "pem" }) as string;

type Row = readonly [row: string, how: string, run: (jsonwebtoken: Package) => unknown];
const rows: readonly Row[] = [
  [
    "unsigned tokens are never made or taken",
    "taking one",
    (one) => one.verify(`${b64u('{"alg":"none"}')}.${b64u("{}")}.`, undefined, { algorithms: ["none"] }),
  ],
  ["unsigned tokens are never made or taken", "making one", (one) => one.sign({}, null, { algorithm: "none" })],
  [
    "HMAC secrets have at least the bytes of the hash, unless `allowInsecureKeySizes: true`",
    "verifying",
    (one) => one.verify(token("{}", undefined, "shhhhh"), "shhhhh"),
  ],
  [
    "HMAC secrets have at least the bytes of the hash, unless `allowInsecureKeySizes: true`",
    "signing",
    (one) => one.sign({}, "shhhhh"),
  ],
  [
    "RSA keys under 2048 bits are refused, whatever the options",
    "signing",
    (one) => one.sign({}, smallRsa, { algorithm: "RS256", allowInsecureKeySizes: true }),
  ],
  [
    "public keys, JWKs and SSH keys are no HMAC secrets",
    "a JWK",
    (one) => one.verify(token("{}", undefined, publicJwk), publicJwk),
  ],
  [
    "`crit` is refused",
    "an unknown extension",
    (one) => one.verify(token("{}", '{"alg":"HS256","crit":["x"],"x":1}'), SECRET),
  ],
  [
    "`audience` is exact text",
    "a pattern",
    (one) => one.verify(token('{"aud":"evil-api"}'), SECRET, { audience: /api/ }),
  ],
  ["a token with `aud` needs the option `audience`", "without", (one) => one.verify(token('{"aud":"other"}'), SECRET)],
  [
    "an option that is undefined, empty or unknown is refused",
    "undefined",
    (one) => one.verify(plain, SECRET, { issuer: undefined }),
  ],
  [
    "an option that is undefined, empty or unknown is refused",
    "empty",
    (one) => one.verify(plain, SECRET, { issuer: "" }),
  ],
  [
    "an option that is undefined, empty or unknown is refused",
    "unknown",
    (one) => one.verify(plain, SECRET, { isuer: "a" }),
  ],
  [
    "`clockTolerance` is a number",
    "text",
    (one) => one.verify(token(`{"exp":${NOW}}`), SECRET, { clockTimestamp: NOW + 1_000_000, clockTolerance: "60" }),
  ],
  ["durations have a unit, or are numbers", "expiresIn", (one) => one.sign({}, SECRET, { expiresIn: "3600" })],
  [
    "durations have a unit, or are numbers",
    "maxAge",
    (one) => one.verify(token(`{"iat":${NOW}}`), SECRET, { clockTimestamp: NOW, maxAge: "3600" }),
  ],
  [
    "`maxAge` refuses a token from the future",
    "a year ahead",
    (one) => one.verify(token(`{"iat":${NOW + 31_536_000}}`), SECRET, { clockTimestamp: NOW, maxAge: 60 }),
  ],
  [
    "header and payload have one reading",
    "twice",
    (one) => one.verify(token('{"role":"user","role":"admin"}'), SECRET),
  ],
  [
    "header and payload have one reading",
    "__proto__",
    (one) => one.verify(token('{"__proto__":{"admin":true}}'), SECRET),
  ],
  ["header and payload have one reading", "surrogate", (one) => one.verify(token('{"a":"\\ud800"}'), SECRET)],
  ["base64url has one spelling", "spare bits", (one) => one.verify(withSpareBits, RSA.public)],
  ["tokens over 8 KiB are refused", "verifying", (one) => one.verify(token(`{"a":"${"x".repeat(9000)}"}`), SECRET)],
  ["tokens over 8 KiB are refused", "signing", (one) => one.sign({ a: "x".repeat(9000) }, SECRET)],
  [
    "a token bound to a key (`cnf`) is refused",
    "as a bearer",
    (one) => one.verify(token('{"cnf":{"jkt":"x"}}'), SECRET),
  ],
  ["the header's `alg` is the algorithm", "another", (one) => one.sign({}, SECRET, { header: { alg: "HS512" } })],
  [
    "claims that are not numbers where they must be are not signed",
    "NaN",
    (one) => one.sign({ exp: Number.NaN }, SECRET),
  ],
];

const refusal = (run: () => unknown): string => {
  try {
    run();
    return "accepted";
  } catch (error) {
    return (error as Error).message;
  }
};

describe("jsonwebtoken does it, this does not", () => {
  test.each(rows)("%s: %s", (_row, _how, run) => {
    expect(refusal(() => run(theirs))).toBe("accepted");
    expect(refusal(() => run(ours))).not.toBe("accepted");
  });
});

describe("the differences that are no refusal", () => {
  it("`clockTimestamp: 0` is 1970", () => {
    const old = token('{"exp":60}');
    expect(refusal(() => theirs.verify(old, SECRET, { clockTimestamp: 0 }))).toBe("jwt expired");
    expect(ours.verify(old, SECRET, { clockTimestamp: 0 })).toEqual({ exp: 60 });
  });

  it("`iat: 0` is 1970", () => {
    expect(theirs.decode(theirs.sign({ iat: 0 }, SECRET, { expiresIn: 60 }))).not.toMatchObject({ iat: 0 });
    expect(ours.decode(ours.sign({ iat: 0 }, SECRET, { expiresIn: 60 }))).toEqual({ iat: 0, exp: 60 });
  });

  it("`decode` answers null for what is malformed", () => {
    const bad = `${b64u('{"typ":"JWT","alg":"HS256"}')}.${b64u("{")}.AAAA`;
    expect(() => theirs.decode(bad)).toThrow(SyntaxError);
    expect(ours.decode(bad)).toBeNull();
  });

  it("short secrets are taken where `allowInsecureKeySizes` says so, but never empty ones or other weak keys", () => {
    const short = { allowInsecureKeySizes: true };
    expect(ours.verify(ours.sign({ iat: NOW }, "shhhhh", short), "shhhhh", short)).toEqual({ iat: NOW });
    expect(theirs.verify(ours.sign({ iat: NOW }, "shhhhh", short), "shhhhh")).toEqual({ iat: NOW });
    expect(refusal(() => ours.sign({}, Buffer.alloc(0), short))).not.toBe("accepted");
    expect(refusal(() => ours.verify(ours.sign({}, RSA.private, { algorithm: "RS256" }), smallRsa, short))).toContain(
      "2048",
    );
  });

  it("`allowInvalidAsymmetricKeyTypes` is an unknown option", () => {
    const options = { allowInvalidAsymmetricKeyTypes: true } as VerifyOptions;
    expect(refusal(() => ours.verify(plain, SECRET, options))).toContain("is no option of verify");
  });
});

it("every row of the guide is tested here", () => {
  const guide = readFileSync(new URL("../../docs/guides/jsonwebtoken-compat.md", import.meta.url), "utf8");
  const table = [...guide.matchAll(/^\| (.+?) \| .+ \|$/gm)].map((match) => match[1]).filter((row) => row !== "here");
  const elsewhere = ["`clockTimestamp: 0` is 1970", "`iat: 0` is 1970", "`decode` answers null for what is malformed"];
  expect(new Set([...rows.map(([row]) => row), ...elsewhere])).toEqual(new Set(table));
});
