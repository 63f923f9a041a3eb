/** Real tabs of a real browser, on one real session. */
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type LiveSite, openSite } from "../client/site.ts";
import { bundleForPage, openChromium, requireChromium } from "./chromium.ts";

/** What the page below puts on its window. */
interface PageWindow {
  signedOut: number;
  login(): Promise<void>;
  logout(): Promise<void>;
  get(path: string): Promise<{ readonly status: number; readonly body: { readonly sid?: string } }>;
}

const PAGE = `<!doctype html><script type="module">
  import { createAuthFetch } from "/client.js";
  window.signedOut = 0;
  const authFetch = createAuthFetch({ refreshUrl: "/auth/refresh", onSignedOut: () => window.signedOut++ });
  window.login = async () => {
    const { access_token, expires_in } = await (await fetch("/auth/login", { method: "POST" })).json();
    authFetch.setAccessToken(access_token, expires_in);
  };
  window.logout = () => authFetch.logout();
  window.get = async (path) => {
    const response = await authFetch(path);
    return { status: response.status, body: await response.json().catch(() => ({})) };
  };
  window.ready = true;
</script>`;

describe("tabs in Chromium", requireChromium(), () => {
  let browser: Browser;
  let script: string;
  let site: LiveSite;
  let context: BrowserContext;

  beforeAll(async () => {
    browser = await openChromium();
    script = await bundleForPage(join(import.meta.dirname, "../../src/client/index.ts"));
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    site = await openSite();
    site.files.set("/client.js", { type: "text/javascript", text: script });
    site.files.set("/", { type: "text/html", text: PAGE });
    context = await browser.newContext();
  });
  afterEach(async () => {
    await context.close();
    await site.close();
  });

  const openTab = async (): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(site.origin);
    await page.waitForFunction(() => "ready" in globalThis);
    return page;
  };
  const login = (page: Page): Promise<void> => page.evaluate(() => (globalThis as unknown as PageWindow).login());
  const me = (page: Page) => page.evaluate(() => (globalThis as unknown as PageWindow).get("/api/me"));
  const signedOut = (pages: readonly Page[]): Promise<readonly number[]> =>
    Promise.all(pages.map((page) => page.evaluate(() => (globalThis as unknown as PageWindow).signedOut)));

  it.each([2, 10])(
    "that wake together on an expired token, %i of them, refresh once, and nobody is signed out",
    async (count) => {
      const pages = await Promise.all(Array.from({ length: count }, openTab));
      await login(pages[0] as Page);
      const statuses = new Set((await Promise.all(pages.map(me))).map(({ status }) => status));
      expect(statuses).toEqual(new Set([200]));
      expect(site.refreshes).toBe(0);
      site.clock.advance("20m");
      const answers = await Promise.all(pages.map(me));
      expect(answers.map(({ status }) => status)).toEqual(pages.map(() => 200));
      expect(new Set(answers.map(({ body }) => body.sid)).size).toBe(1);
      expect(site.refreshes).toBe(1);
      expect(await signedOut(pages)).toEqual(pages.map(() => 0));
    },
  );

  it("end together when one of them logs out", async () => {
    const pages = await Promise.all([openTab(), openTab(), openTab()]);
    const [first] = pages as [Page, Page, Page];
    await login(first);
    await Promise.all(pages.map(me));
    await first.evaluate(() => (globalThis as unknown as PageWindow).logout());
    await expect.poll(() => signedOut(pages)).toEqual([1, 1, 1]);
    expect((await Promise.all(pages.map(me))).map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(site.refreshes).toBe(0);
    expect(await context.cookies()).toEqual([]);
    expect(site.events.at(-1)).toMatchObject({ type: "ended", reason: "logout" });
  });

  it("retry for one that was killed in mid-refresh, even past the grace, and have the same session", async () => {
    const [first, second] = (await Promise.all([openTab(), openTab()])) as [Page, Page];
    await login(first);
    const { body } = await me(first);
    await me(second);
    site.clock.advance("20m");
    let release = (): void => {};
    site.holdAnswer = new Promise<void>((resolve) => {
      release = resolve;
    });
    me(first).catch(() => {});
    await expect.poll(() => site.events.at(-1)?.type).toBe("rotated");
    await first.close();
    // Until the browser has given the request up, it repeats it by itself where the connection is cut.
    await expect.poll(() => site.left).toBe(1);
    release();
    // The server's grace is 30 s: later than that, only the attempt tells this retry from a thief's.
    site.clock.advance("60s");
    const answer = await me(second);
    expect(answer).toMatchObject({ status: 200, body: { sid: body.sid } });
    expect(site.events.map(({ type }) => type)).toEqual(["started", "rotated", "replayed"]);
    expect(await signedOut([second])).toEqual([0]);
  });

  it("do not send the token along a redirect to another origin", async () => {
    const page = await openTab();
    await login(page);
    const get = (path: string) => page.evaluate((to) => (globalThis as unknown as PageWindow).get(to), path);
    const [stayed, away] = [await get("/echo"), await get("/away")];
    expect(Object.keys(stayed.body)).toContain("authorization");
    expect(away.body).toMatchObject({ host: site.origin.replace("http://localhost", "127.0.0.1") });
    expect(Object.keys(away.body)).not.toContain("authorization");
  });
});
