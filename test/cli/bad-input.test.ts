/** Whatever is put into the program, a sentence comes out, and an exit code: never a stack trace, never the secret. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSigner, exportPem, generateKey, secretKey } from "../../src/index.ts";
import { type Ran, rejwt } from "./program.ts";

const SECRET = "an example secret, 32 bytes or more";
const signer = createSigner({
  key: secretKey(SECRET, { alg: "HS256" }),
  issuer: "me",
  audience: "you",
  expiresIn: "15m",
});
const token = signer.sign({ sub: "user_42" });
const policy = ["--alg", "HS256", "--issuer", "me", "--audience", "you"];
let folder: string;
let pem: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rejwt-cli-"));
  pem = exportPem(await generateKey("ES256"), { private: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function expectSentence({ stdout, stderr }: Ran): void {
  expect(stderr).toMatch(/^(rejwt: |refused: ).{15,}\n/);
  expect(stdout + stderr).not.toMatch(/^\s+at .+:\d+/m);
  expect(stderr).not.toContain("something went wrong inside");
}

describe.concurrent("a helpful sentence, and exit code 1, for what is no token", () => {
  const deep = Buffer.from("[".repeat(300_000) + "]".repeat(300_000)).toString("base64url");
  const cases: [what: string, input: () => string | Uint8Array, says: RegExp][] = [
    ["nothing", () => "", /empty/],
    ["white space", () => " \n\t ", /empty/],
    ["binary data", () => Uint8Array.from({ length: 2000 }, (_, at) => (at * 89) % 256), /binary/],
    ["zero bytes", () => `ey\0${token}`, /zero bytes/],
    ["20 MB", () => new Uint8Array(20_000_000).fill(97), /longer than 1 MiB/],
    ["a private key", () => pem, /PEM.+private key.+replace it/],
    ["prose", () => "Dear Sir or Madam, please find the token attached.", /three base64url texts/],
    ["two dots and rubbish", () => "a!.b!.c!", /not a token/],
  ];
  test.each(cases)("inspect: %s", async (_what, input, says) => {
    const ran = await rejwt(["inspect"], { stdin: input() });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(says);
    expectSentence(ran);
    expect(ran.stderr.length).toBeLessThan(400);
  });
  test.each(cases)("verify: %s", async (_what, input, says) => {
    const ran = await rejwt(["verify", "--key-env", "KEY", ...policy], { stdin: input(), env: { KEY: SECRET } });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(says);
    expectSentence(ran);
  });

  test("an encrypted token is called one, and verify refuses it", async () => {
    const jwe = `${Buffer.from('{"alg":"dir","enc":"A256GCM"}').toString("base64url")}..AAAA.AAAA.AAAA`;
    const inspected = await rejwt(["inspect", jwe]);
    expect(inspected.code).toBe(0);
    expect(inspected.stdout).toMatch(/encrypted token \(JWE\)/);
    const verified = await rejwt(["verify", jwe, "--key-env", "KEY", ...policy], { env: { KEY: SECRET } });
    expect(verified.code).toBe(1);
    expect(verified.stderr).toMatch(/MALFORMED.+JWE/);
  });

  test("JSON of a hundred thousand levels is not shown, and breaks nothing", async () => {
    const ran = await rejwt(["inspect"], { stdin: `eyJhbGciOiJIUzI1NiJ9.${deep}.AAAA` });
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain("nested too deeply");
    expect(ran.stderr).toBe("");
    const json = await rejwt(["inspect", "--json"], { stdin: `eyJhbGciOiJIUzI1NiJ9.${deep}.AAAA` });
    expect(JSON.parse(json.stdout)).toMatchObject({ kind: "jws", wellFormed: false, header: { alg: "HS256" } });
  });
});

describe.concurrent("a token is found in what surrounds it", () => {
  const half = token.length / 2;
  test.each([
    ["a Bearer prefix", `Bearer ${token}`],
    ["a whole header", `Authorization: Bearer ${token}\r\n`],
    ["quotes", `"${token}"`],
    ["line breaks of a terminal", `${token.slice(0, half)}\n  ${token.slice(half)}\n`],
    ["UTF-8 with a byte order mark", `\uFEFF${token}`],
  ])("%s", async (_what, text) => {
    const ran = await rejwt(["verify", "--key-env", "KEY", ...policy], { stdin: text, env: { KEY: SECRET } });
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({ sub: "user_42" });
  });

  test("UTF-16, as PowerShell writes it", async () => {
    const stdin = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(token, "utf16le")]);
    expect((await rejwt(["inspect"], { stdin })).code).toBe(0);
  });

  test("a shell that made several words of it", async () => {
    expect((await rejwt(["inspect", "Bearer", token.slice(0, half), token.slice(half)])).code).toBe(0);
  });
});

describe.concurrent("a secret on the command line is refused, and never repeated", () => {
  const refusals: [what: string, args: () => string[]][] = [
    ["--secret", () => ["verify", token, "--secret", SECRET]],
    ["--secret=", () => ["verify", token, `--secret=${SECRET}`]],
    ["--password", () => ["keygen", "ES256", "--passphrase", SECRET]],
    ["a secret as --key", () => ["verify", token, "--key", SECRET, ...policy]],
    ["a PEM as --key", () => ["verify", token, "--key", pem.replace("-----BEGIN", "BEGIN"), ...policy]],
    ["a PEM that begins with hyphens", () => ["sign", pem]],
    ["a JWK as --key", () => ["sign", "--key", `{"kty":"oct","k":"${SECRET}"}`, "--no-issuer", "--no-audience"]],
  ];
  test.each(refusals)("%s", async (_what, args) => {
    const ran = await rejwt(args());
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/command line.+--key FILE.+--key-env NAME/);
    expect(ran.stdout + ran.stderr).not.toContain(SECRET);
    expect(ran.stdout + ran.stderr).not.toContain(pem.slice(40, 80));
    expectSentence(ran);
  });

  test("nor is what a shell put in the place of a variable's name", async () => {
    const ran = await rejwt(["verify", token, "--key-env", SECRET, ...policy]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/name.+without "\$"/);
    expect(ran.stderr).not.toContain(SECRET);
  });
});

describe.concurrent("a wrong call says how to mend it, with exit code 2", () => {
  const key = ["--key-env", "KEY"];
  const calls: [what: string, args: string[], says: RegExp][] = [
    ["no command", [], /inspect.+\n.+verify/],
    ["another command", ["frobnicate"], /no such command/],
    ["a token as the command", [token], /rejwt inspect/],
    ["an unknown option", ["inspect", token, "--colour"], /no option --colour.+--json/],
    ["an option without its value", ["inspect", "--file"], /--file needs a value/],
    ["an empty value, of an unset variable", ["verify", token, ...key, "--issuer", ""], /unset shell variable/],
    ["an option given twice", ["inspect", "--file", "a", "--file", "b"], /twice/],
    ["a value where none belongs", ["inspect", token, "--json=yes"], /takes no value/],
    ["no such file", ["inspect", "--file", "no/such/file"], /no such file/],
    ["a folder", ["inspect", "--file", "."], /folder/],
    ["a file's name as the token", ["inspect", "package.json"], /--file/],
    ["a URL for a set", ["verify", token, "--jwks", "https://auth.example/jwks.json", ...policy], /never fetches/],
    ["two keys", ["verify", token, ...key, "--key", "package.json", ...policy], /one of --key, --jwks/],
    ["no key", ["verify", token, ...policy], /--key FILE or --key-env NAME/],
    ["a URL for a key", ["verify", token, "--key", "https://auth.example/jwks.json", ...policy], /never fetches/],
    ["no issuer said", ["verify", token, ...key, "--alg", "HS256", "--audience", "you"], /--no-issuer/],
    ["no audience said", ["verify", token, ...key, "--alg", "HS256", "--issuer", "me"], /--no-audience/],
    ["no algorithm for a secret", ["verify", token, ...key, "--issuer", "me", "--audience", "you"], /--alg HS256/],
    [
      "an algorithm that is none",
      ["verify", token, ...key, "--alg", "none", "--no-issuer", "--no-audience"],
      /HS256, /,
    ],
    ["a date that is none", ["inspect", token, "--at", "soon"], /2026-11-24T18:00:00Z/],
    ["a duration without its unit", ["sign", ...key, ...policy, "--expires-in", "1 week"], /45s, 15m/],
    ["no expiry said", ["sign", ...key, ...policy], /--no-expiry/],
    ["claims that are not JSON", ["sign", "role=admin", ...key, ...policy, "--no-expiry"], /not JSON/],
    ["claims that are a list", ["sign", "[]", ...key, ...policy, "--no-expiry"], /JSON object/],
    ["a claim that an option sets", ["sign", '{"exp":1}', ...key, ...policy, "--no-expiry"], /exp/],
    ["an algorithm that no key has", ["keygen", "ES255", "--stdout"], /one of HS256/],
    ["keygen without a place", ["keygen", "ES256"], /--out FILE/],
    ["a PEM of a secret", ["keygen", "HS256", "--stdout", "--format", "pem"], /no PEM form/],
    ["jwks of nothing", ["jwks"], /Name their files/],
  ];
  test.each(calls)("%s", async (_what, args, says) => {
    const ran = await rejwt(args, { env: { KEY: SECRET } });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(says);
    expect(ran.stderr).not.toMatch(/^\s+at .+:\d+/m);
    expect(ran.stdout).toBe("");
  });

  test("a secret that is too short", async () => {
    const ran = await rejwt(["sign", ...key, ...policy, "--no-expiry"], { env: { KEY: "short" } });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/KEY_WEAK/);
    expect(ran.stderr).not.toContain("short,");
  });

  test("a file that is no key", async () => {
    const path = join(folder, "broken.json");
    writeFileSync(path, `{"kty": ${SECRET}`);
    const ran = await rejwt(["verify", token, "--key", path, "--issuer", "me", "--audience", "you"]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/not valid JSON/);
    expect(ran.stderr).not.toContain(SECRET);
  });
});
