/** What the commands of `rejwt` do when they are called as their help says. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSigner, createVerifier, decode, importPem, secretKey } from "../../src/index.ts";
import { program, rejwt } from "./program.ts";

const SECRET = "an example secret, 32 bytes or more";
const key = secretKey(SECRET, { alg: "HS256" });
const noon = new Date("2026-11-24T12:00:00Z");
const issue = (claims: object): string =>
  createSigner({ key, issuer: "me", audience: "you", expiresIn: "15m", clock: () => noon }).sign(claims);
const token = issue({ sub: "user_42" });
const at = (time: string): string[] => ["--at", `2026-11-24T${time}Z`];
const policy = ["--key-env", "KEY", "--alg", "HS256", "--issuer", "me", "--audience", "you"];
const env = { KEY: SECRET };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rejwt-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.concurrent("inspect", () => {
  test("shows header, claims, and times as dates and as people say them", async () => {
    const { code, stdout, stderr } = await rejwt(["inspect", token, ...at("12:03:00")]);
    expect(code).toBe(0);
    expect(stdout).toContain('"sub": "user_42"');
    expect(stdout).toContain("iat  issued      2026-11-24 12:00:00 UTC  3 minutes ago");
    expect(stdout).toContain("exp  expires     2026-11-24 12:15:00 UTC  in 12 minutes");
    expect(stderr).toBe("");
  });

  test("reads a file and stdin alike", async () => {
    const path = join(folder, "token.jwt");
    writeFileSync(path, `${token}\n`);
    const ran = await Promise.all([
      rejwt(["inspect", token, ...at("12:03:00")]),
      rejwt(["inspect", "--file", path, ...at("12:03:00")]).then(withoutFinding),
      rejwt(["inspect", ...at("12:03:00")], { stdin: token }),
      rejwt(["inspect", "-", ...at("12:03:00")], { stdin: token }),
    ]);
    expect(new Set(ran.map(({ stdout }) => stdout))).toHaveProperty("size", 1);
  });

  test("--json is JSON with the findings, and without the signature", async () => {
    const { code, stdout } = await rejwt(["inspect", "--json", token, ...at("12:20:00")]);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ kind: "jws", wellFormed: true, claims: { sub: "user_42" }, signatureBytes: 32 });
    expect(report.times.expiresAt).toBe("2026-11-24T12:15:00.000Z");
    expect(report.findings).toContainEqual({ code: "expired", severity: "info", message: expect.any(String) });
    expect(stdout).not.toContain(token.split(".")[2]);
  });

  test("a token's text moves no cursor and hides nothing", async () => {
    const { stdout } = await rejwt(["inspect", issue({ name: "\u001b[2J\u009b31m\u202egpj" })], {
      env: { NO_COLOR: "1" },
    });
    expect(stdout).toContain("\\u001b[2J\\u009b31m\\u202egpj");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  test("a refresh token is recognized, and not shown again", async () => {
    const refreshToken = `rjt1${"A".repeat(132)}`;
    const { stdout } = await rejwt(["inspect", refreshToken]);
    expect(stdout).toMatch(/refresh token of rejwt[\s\S]+warning/);
    expect(stdout).not.toContain(refreshToken);
  });
});

describe.concurrent("colours", () => {
  const sequence = "\u001b[";
  test.each<[what: string, env: Record<string, string>, expected: boolean]>([
    ["none into a pipe", {}, false],
    ["FORCE_COLOR asks for them", { FORCE_COLOR: "1" }, true],
    ["FORCE_COLOR=0 does not", { FORCE_COLOR: "0" }, false],
    ["NO_COLOR wins", { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
    ["an empty NO_COLOR says nothing", { FORCE_COLOR: "1", NO_COLOR: "" }, true],
  ])("%s", async (_what, environment, expected) => {
    const { stdout } = await rejwt(["inspect", token], { env: environment });
    expect(stdout.includes(sequence)).toBe(expected);
  });
});

describe.concurrent("verify", () => {
  test("a token that holds: its claims on stdout, exit code 0", async () => {
    const { code, stdout, stderr } = await rejwt(["verify", token, ...policy, ...at("12:03:00")], { env });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ sub: "user_42", iss: "me" });
    expect(stderr).toMatch(/verified with HS256 key/);
  });

  test.each([
    ["EXPIRED", [...policy, ...at("12:15:00")]],
    ["AUDIENCE", [...policy.slice(0, -1), "another", ...at("12:03:00")]],
    ["ISSUER", [...policy.slice(0, 4), "--issuer", "other", "--audience", "you", ...at("12:03:00")]],
    ["SUBJECT", [...policy, "--subject", "user_43", ...at("12:03:00")]],
    ["TOO_OLD", [...policy, "--max-age", "1m", ...at("12:03:00")]],
    ["TYP", [...policy, "--typ", "at+jwt", ...at("12:03:00")]],
  ])("a token that does not is refused with %s, exit code 1, and nothing on stdout", async (expected, args) => {
    const { code, stdout, stderr } = await rejwt(["verify", token, ...args], { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`refused: ${expected} `);
    expect(stderr).toContain(`docs/errors.md#${expected.toLowerCase()}`);
  });

  test("--skew forgives, --json tells both ways", async () => {
    const good = await rejwt(["verify", token, ...policy, "--json", "--skew", "10s", ...at("12:15:05")], { env });
    expect(JSON.parse(good.stdout)).toMatchObject({ ok: true, claims: { sub: "user_42" }, key: { alg: "HS256" } });
    const bad = await rejwt(["verify", `${token.slice(0, -3)}AAA`, ...policy, "--json", ...at("12:03:00")], { env });
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.stdout)).toMatchObject({ ok: false, code: "SIGNATURE", status: 401 });
  });

  test("one line end after a secret in a file is left out", async () => {
    const path = join(folder, "secret.txt");
    writeFileSync(path, `${SECRET}\r\n`);
    const args = ["--key", path, "--alg", "HS256", "--issuer", "me", "--audience", "you", ...at("12:03:00")];
    expect((await rejwt(["verify", token, ...args])).code).toBe(0);
  });
});

describe("keygen, sign, jwks and verify, together", () => {
  const parties = ["--issuer", "https://auth.example", "--audience", "a", "--audience", "b"];

  test.each(["ES256", "Ed25519", "RS256"])("%s", async (alg) => {
    const path = join(folder, `${alg}.pem`);
    const made = await rejwt(["keygen", alg, "--out", path, ...(alg === "RS256" ? ["--bits", "2048"] : [])]);
    expect(made).toMatchObject({ code: 0, stdout: "" });
    expect(made.stderr).toMatch(/for its owner alone[\s\S]+public key[\s\S]+thumbprint/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const publicPem = readFileSync(join(folder, `${alg}.pub.pem`), "utf8");
    expect(publicPem).toContain("BEGIN PUBLIC KEY");

    const named = alg === "RS256" ? ["--alg", alg] : [];
    const signed = await rejwt([
      ...["sign", '{"role":"admin"}', "--subject", "user_42", "--key", path, ...named],
      ...[...parties, "--expires-in", "15m"],
    ]);
    expect(signed.code).toBe(0);
    const jwksPath = join(folder, `${alg}-jwks.json`);
    const jwks = await rejwt(["jwks", path, ...named]);
    expect(jwks.stdout).not.toContain('"d"');
    writeFileSync(jwksPath, jwks.stdout);

    const args = ["--issuer", "https://auth.example", "--audience", "b"];
    const verified = await rejwt(["verify", "--jwks", jwksPath, ...args], { stdin: signed.stdout });
    expect(JSON.parse(verified.stdout)).toMatchObject({ sub: "user_42", role: "admin", aud: ["a", "b"] });

    // What the library says of the same token.
    const key = importPem(publicPem, { alg: alg as "ES256" });
    const verifier = createVerifier({ keys: key, issuer: "https://auth.example", audience: "a" });
    expect(verifier.verify(signed.stdout.trim()).key.kid).toBe(made.stderr.match(/thumbprint {3}(\S+)/)?.[1]);
  });

  test("a key is never overwritten", async () => {
    const path = join(folder, "kept.pem");
    await rejwt(["keygen", "ES256", "--out", path]);
    const before = readFileSync(path, "utf8");
    const again = await rejwt(["keygen", "ES256", "--out", path]);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringMatching(/exists already/) });
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  test("an encrypted key needs its passphrase", async () => {
    const path = join(folder, "locked.pem");
    const passphrase = { PASS: "correct horse" };
    await rejwt(["keygen", "ES256", "--out", path, "--passphrase-env", "PASS"], { env: passphrase });
    const args = ["sign", "--key", path, "--no-issuer", "--no-audience", "--no-expiry"];
    expect((await rejwt(args)).stderr).toMatch(/passphrase is missing or wrong/);
    const signed = await rejwt([...args, "--passphrase-env", "PASS"], { env: passphrase });
    expect(signed.code).toBe(0);
  });

  test("a secret as text is ready for an environment variable", async () => {
    const made = await rejwt(["keygen", "HS256", "--stdout", "--format", "text"]);
    expect(made).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^[\w-]{43}\n$/) });
    const args = ["--key-env", "S", "--alg", "HS256", "--no-issuer", "--no-audience"];
    const environment = { S: made.stdout.trim() };
    const signed = await rejwt(["sign", ...args, "--expires-in", "60"], { env: environment });
    const { iat, exp } = decode(signed.stdout.trim()).unverifiedClaims;
    expect(Number(exp) - Number(iat)).toBe(60);
    expect((await rejwt(["verify", ...args], { stdin: signed.stdout, env: environment })).code).toBe(0);
  });

  test("a JWK Set has no secret in it", async () => {
    const path = join(folder, "secret.jwk");
    await rejwt(["keygen", "HS256", "--out", path]);
    expect(await rejwt(["jwks", path])).toMatchObject({ code: 2, stderr: expect.stringMatching(/secret/), stdout: "" });
  });
});

describe.concurrent("the program", () => {
  test("demo shows a thief being caught, and says so by its exit code", async () => {
    const { code, stdout } = await rejwt(["demo"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/SIGNATURE[\s\S]+EXPIRED[\s\S]+REFRESH_REUSED[\s\S]+SESSION_ENDED/);
    expect(stdout).not.toMatch(/rjt1|eyJ/);
  });

  test.each(["inspect", "verify", "sign", "keygen", "jwks", "demo"])(
    "%s --help says how, and its exit codes",
    async (name) => {
      const { code, stdout } = await rejwt([name, "--help"]);
      expect(code).toBe(0);
      expect(stdout.startsWith(`rejwt ${name}`)).toBe(true);
      expect(stdout).toContain("Exit code");
      expect((await rejwt(["help", name])).stdout).toBe(stdout);
    },
  );

  test("--version is the package's", async () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
    expect((await rejwt(["--version"])).stdout).toBe(`${version}\n`);
  });

  test("a reader that goes away early is no error", async () => {
    const child = spawn("sh", ["-c", `"$0" "${program}" inspect --json "$1" | head -c 1`, process.execPath, token]);
    let stderr = "";
    child.stderr.on("data", (text) => (stderr += text));
    await once(child, "close");
    expect(stderr).toBe("");
  });

  test("it cannot send anything anywhere: it loads no module that opens a socket, and calls no fetch", () => {
    const code = readFileSync(program, "utf8");
    const loaded = [...code.matchAll(/(?:from |import\(|import )["']([^"']+)["']/g)].map((match) => match[1]);
    const harmless = /^node:(buffer|crypto|diagnostics_channel|fs|fs\/promises|path|util|util\/types)$/;
    expect(loaded).toContain("node:crypto");
    expect(loaded.filter((name) => !harmless.test(name ?? ""))).toEqual([]);
    expect(code).not.toMatch(/\bfetch\(|WebSocket|getBuiltinModule|require\(/);
  });
});

/** A file ends with a newline, which the report mentions. */
function withoutFinding<T extends { readonly stdout: string }>(ran: T): T {
  const stdout = ran.stdout.replace(/\n\nFindings\n {2}info {5}white space[^\n]*\n$/, "\n");
  return { ...ran, stdout };
}
