/** The inspector page in a real browser, opened as a file: what it shows, what it refuses, and that it talks to nobody. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createSigner, exportJwk, exportPem, generateKey, secretKey } from "../../src/index.ts";
import { openChromium, requireChromium } from "./chromium.ts";

const build = join(import.meta.dirname, "../../docs/inspector/build.mjs");
const SECRET = "an example secret, 32 bytes or more";
const names = { issuer: "me", audience: "you" };
const token = createSigner({ key: secretKey(SECRET, { alg: "HS256" }), ...names, expiresIn: "15m" }).sign({
  sub: "user_42",
  role: "admin",
});
const pem = exportPem(await generateKey("ES256"), { private: true });

describe("the inspector page", requireChromium(), () => {
  let folder: string;
  let url: string;
  let browser: Browser;
  let page: Page;
  /** What the page asked the network for, and what went wrong in it. */
  let requests: string[];
  let problems: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "rejwt-inspector-"));
    const file = join(folder, "inspector.html");
    execFileSync(process.execPath, [build, file]);
    url = pathToFileURL(file).href;
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    page = await browser.newPage();
    requests = [];
    problems = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => problems.push(message.text()));
    await page.goto(url);
  });
  afterEach(async () => {
    await page.close();
    expect(requests).toEqual([url]);
    expect(problems).toEqual([]);
  });

  const textOf = async (id: string): Promise<string> => (await page.textContent(`#${id}`)) ?? "";
  const waitFor = (id: string, text: string): Promise<void> =>
    page.locator(`#${id}`).filter({ hasText: text }).waitFor({ state: "attached" });

  it("shows header, payload, times and findings of a pasted token", async () => {
    await page.fill("#token", `Bearer ${token}`);
    expect(await textOf("header")).toContain('"alg": "HS256"');
    expect(await page.inputValue("#payload")).toContain('"sub": "user_42"');
    expect(await textOf("signature")).toBe("32 bytes");
    expect(await textOf("times")).toMatch(/iat issued .+ UTC, .+exp expires .+ UTC, in 1[45] minutes/);
    expect(await textOf("findings")).toContain("Bearer prefix");
    expect(await page.locator("#line svg text").allTextContents()).toEqual(["iat", "exp", "now"]);
  });

  it("shows the bytes of what one points at, and of where the arrow keys are", async () => {
    await page.fill("#token", token);
    await page.hover("#bytes .header .group >> nth=0");
    expect(await textOf("byte-line")).toBe('header: eyJh = 7b 22 61   {"a');
    await page.focus("#bytes");
    await page.keyboard.press("ArrowRight");
    expect(await textOf("byte-line")).toBe('header: bGci = 6c 67 22   lg"');
    expect(await page.getAttribute("#bytes", "aria-activedescendant")).toBe("header-1");
    await page.keyboard.press("End");
    expect(await textOf("byte-line")).toMatch(/^signature: /);
  });

  it("breaks the signature before one's eyes when the payload is changed, and takes it back", async () => {
    await page.fill("#token", token);
    await page.fill("#key", SECRET);
    await page.fill("#issuer", "me");
    await page.fill("#audience", "you");
    await page.selectOption("#alg", "HS256");
    await page.click("#verify button");
    await waitFor("verdict", "It holds");
    expect(await textOf("seal")).toContain("Holds");

    const payload = await page.inputValue("#payload");
    await page.fill("#payload", payload.replace("admin", "root"));
    expect(await textOf("seal")).toContain("Broken");
    await waitFor("verdict", "SIGNATURE");
    expect(await page.inputValue("#token")).not.toBe(token);
    expect(await page.locator("#bytes .signature.broken").count()).toBe(1);

    await page.fill("#payload", payload.replaceAll("  ", " "));
    expect(await page.inputValue("#token")).toBe(token);
    await page.fill("#payload", "{");
    await page.click("#restore");
    expect(await page.inputValue("#token")).toBe(token);
    await waitFor("verdict", "It holds");
  });

  it("verifies with a PEM, a JWK and a JWK Set, and refuses with the code that the library has", async () => {
    const key = await generateKey("ES256");
    const signed = createSigner({ key, ...names, expiresIn: "15m" }).sign({ sub: "user_42" });
    await page.fill("#token", signed);
    await page.selectOption("#alg", "ES256");
    await page.fill("#issuer", "me");
    const ask = async (text: string, audience: string, expected: string): Promise<void> => {
      await page.fill("#key", text);
      await page.fill("#audience", audience);
      await page.click("#verify button");
      await waitFor("verdict", expected);
    };
    await ask(exportPem(key), "you", "It holds: ES256");
    await ask(JSON.stringify(exportJwk(key)), "you", "It holds: ES256");
    await ask(JSON.stringify({ keys: [{ kty: "other" }, exportJwk(key)] }), "you", "It holds: ES256");
    await ask(exportPem(key), "another", "AUDIENCE");
    await ask(exportPem(await generateKey("ES256")), "you", "SIGNATURE");
    await ask(JSON.stringify(exportJwk(await generateKey("ES384"))), "you", "KEY_INVALID");
    await ask("{", "you", "cannot be read");
  });

  it("says of a token without a signature that there is none", async () => {
    await page.fill("#token", `${token.slice(0, token.lastIndexOf("."))}.`);
    expect(await textOf("seal")).toContain("There is none");
    expect(await textOf("findings")).toContain("anyone wrote this");
  });

  it("makes an example that verifies", async () => {
    await page.click("#example");
    await waitFor("verdict", "It holds: ES256");
    expect(await textOf("times")).toContain("in 12 minutes");
  });

  it.each([
    ["prose", "Dear Sir or Madam", "three base64url texts"],
    ["a PEM", pem, "private key"],
    ["binary data", "\u0000\u0001\ufffd\ufffd", "not a token"],
    ["2 MB", "a".repeat(2_000_000), "longer than 1 MiB"],
    ["an encrypted token", "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAA.AAAA.AAAA", "encrypted token (JWE)"],
    ["a refresh token", `rjt1${"A".repeat(132)}`, "refresh token of rejwt"],
  ])("takes %s, and says in a sentence what it is", async (_what, text, sentence) => {
    await page.fill("#token", text);
    expect(await textOf("summary")).toContain(sentence);
  });

  it("turns nothing of a token into markup or direction", async () => {
    const nasty = createSigner({ key: secretKey(SECRET, { alg: "HS256" }), ...names, expiresIn: "15m" }).sign({
      name: "<img src=x onerror=alert(1)>\u202egpj",
    });
    await page.fill("#token", nasty);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.inputValue("#payload")).toContain("<img src=x onerror=alert(1)>\\u202egpj");
  });

  it("names every field for a screen reader, and can be used with the keyboard alone", async () => {
    await page.fill("#token", token);
    for (const name of ["Token", "Payload", /^Key: /, "Issuer", "Audience", "typ"]) {
      expect(await page.getByRole("textbox", { name, exact: true }).count()).toBe(1);
    }
    expect(await page.getByRole("combobox", { name: "Algorithm of the key" }).count()).toBe(1);
    expect(await page.getByRole("listbox", { name: "Parts and bytes" }).count()).toBe(1);
    const reached: string[] = [];
    await page.focus("#token");
    for (let at = 0; at < 14; at++) {
      await page.keyboard.press("Tab");
      reached.push(await page.evaluate("document.activeElement.id || document.activeElement.textContent"));
    }
    expect(reached).toEqual(expect.arrayContaining(["example", "clear", "bytes", "payload", "key", "alg", "issuer"]));
    expect(reached).toContain("Verify");
  });

  it.each(["light", "dark"] as const)("is legible in %s: text has a contrast of at least 4.5", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await page.fill("#token", token);
    const contrasts = (await page.evaluate(CONTRASTS)) as Readonly<Record<string, number>>;
    const faint = Object.entries(contrasts).filter(([, contrast]) => contrast < 4.5);
    expect(faint).toEqual([]);
    expect(Object.keys(contrasts).length).toBeGreaterThan(5);
  });

  it("has a policy that forbids every connection, and holds to it", async () => {
    const policy = (await page.getAttribute('meta[http-equiv="Content-Security-Policy"]', "content")) ?? "";
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'none'/,
    );
    expect(policy).not.toMatch(/unsafe/);
    const outcome = await page.evaluate("fetch('https://example.com/').then(() => 'sent', () => 'refused')");
    expect(outcome).toBe("refused");
    expect(problems.splice(0).join()).toContain("Content Security Policy");
    expect(readFileSync(build, "utf8")).not.toMatch(/https?:/);
  });
});

/** WCAG 2.2 contrast of the texts on what is behind them, by the element's id, class or tag. */
const CONTRASTS = `(() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b]
    .map((channel) => channel / 255)
    .map((channel) => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4))
    .reduce((sum, channel, at) => sum + channel * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (node) => {
    const colour = rgb(getComputedStyle(node).backgroundColor);
    return colour.length === 4 && colour[3] === 0 ? behind(node.parentElement) : colour;
  };
  const found = {};
  for (const node of document.querySelectorAll("h1, h2, p, a, textarea, pre, button, .group, .help, .severity, li")) {
    if (!node.checkVisibility() || node.textContent + (node.value ?? "") === "") continue;
    const [one, two] = [luminance(rgb(getComputedStyle(node).color)), luminance(behind(node))].sort((a, b) => b - a);
    const name = node.closest("[class]")?.className + " " + node.tagName;
    found[name] = Math.min(found[name] ?? 21, (one + 0.05) / (two + 0.05));
  }
  return found;
})()`;
