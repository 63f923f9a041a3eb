/** What the tabs of one browser do together: one refresh, one session, one end. */
import { describe, expect, it } from "vitest";
import { inTurn, memoryStorage } from "../../src/client/platform.ts";
import { openServer, outage, PAGE, type Server, type Tab, tokens } from "./tabs.ts";

const ordersUrl = `${PAGE}/orders`;

function openTabs(count: number, server: Server = openServer()): { server: Server; tabs: Tab[] } {
  return { server, tabs: Array.from({ length: count }, () => server.browser.open()) };
}

const wake = async ({ browser }: Server, tabs: readonly Tab[]): Promise<readonly number[]> => {
  const responses = await browser.passing(Promise.all(tabs.map((tab) => tab.fetch(ordersUrl))));
  return responses.map(({ status }) => status);
};

describe("tabs that wake together", () => {
  it.each([2, 10])("refresh once, all %i", async (count) => {
    const { server, tabs } = openTabs(count);
    expect(new Set(await wake(server, tabs))).toEqual(new Set([200]));
    server.browser.nowMs += 900_000;
    expect(new Set(await wake(server, tabs))).toEqual(new Set([200]));
    expect(server.refreshes).toBe(2);
  });

  it("refresh each for itself where tabs cannot talk, one after the other, and nobody is signed out", async () => {
    const server = openServer();
    const tabs = [1, 2, 3].map(() => server.browser.open({}, { channel: () => undefined }));
    await wake(server, tabs);
    expect(server.refreshes).toBe(3);
    expect(tabs.map(({ signedOut }) => signedOut)).toEqual([0, 0, 0]);
  });

  it("are not signed out where there are no locks either", async () => {
    const server = openServer();
    const tabs = [1, 2].map(() => server.browser.open({}, { channel: () => undefined, alone: inTurn() }));
    await wake(server, tabs);
    expect(tabs.map(({ signedOut }) => signedOut)).toEqual([0, 0]);
  });

  it("refresh for themselves where the one that did never tells", async () => {
    const { server, tabs } = openTabs(2);
    const [first, second] = tabs as [Tab, Tab];
    server.next.push((request) => {
      const answer = tokens(server);
      // Closed by its user at the very moment of its answer.
      if (request.url.endsWith("/refresh")) first.kill();
      return answer;
    });
    void first.fetch(ordersUrl);
    expect(await wake(server, [second])).toEqual([200]);
    expect(server.refreshes).toBe(2);
  });
});

describe("a tab that is opened later", () => {
  it("gets the token of the others, without a refresh", async () => {
    const { server, tabs } = openTabs(1);
    await wake(server, tabs);
    expect(await wake(server, [server.browser.open()])).toEqual([200]);
    expect(server.refreshes).toBe(1);
  });

  it("refreshes where the others have gone", async () => {
    const { server, tabs } = openTabs(1);
    await wake(server, tabs);
    tabs[0]?.kill();
    expect(await wake(server, [server.browser.open()])).toEqual([200]);
    expect(server.refreshes).toBe(2);
  });

  it("retries for a tab that was killed in mid-refresh, with that one's attempt", async () => {
    const { server, tabs } = openTabs(1);
    server.next.push(() => undefined);
    void tabs[0]?.fetch(ordersUrl);
    await expect.poll(() => server.browser.sent.length).toBe(1);
    tabs[0]?.kill();
    expect(await wake(server, [server.browser.open()])).toEqual([200]);
    const [first, second] = server.browser.sent.filter(({ url }) => url.endsWith("/refresh"));
    const verifier = Buffer.from(second?.headers.get("refresh-attempt-verifier") ?? "", "base64url");
    const hash = Buffer.from(await crypto.subtle.digest("SHA-256", verifier)).toString("base64url");
    expect(first?.headers.get("refresh-attempt-challenge")).toBe(hash);
  });
});

describe("a login or logout in one tab", () => {
  it("of a user signs in the tabs that were signed out", async () => {
    const { server, tabs } = openTabs(2);
    server.ended = true;
    await wake(server, tabs);
    expect(tabs.map(({ signedOut }) => signedOut)).toEqual([1, 1]);
    server.refreshes = 5;
    tabs[0]?.fetch.setAccessToken("access-5", 900);
    await new Promise(setImmediate);
    expect(await wake(server, tabs)).toEqual([200, 200]);
    expect(server.refreshes).toBe(5);
  });

  it("ends the others", async () => {
    const { server, tabs } = openTabs(3);
    await wake(server, tabs);
    await tabs[0]?.fetch.logout();
    await expect.poll(() => tabs.map(({ signedOut }) => signedOut)).toEqual([1, 1, 1]);
    expect(await wake(server, tabs)).toEqual([401, 401, 401]);
    expect(server.refreshes).toBe(1);
  });

  it("ends a refresh that another has under way", async () => {
    const { server, tabs } = openTabs(2);
    server.next.push(() => undefined);
    const waiting = tabs[1]?.fetch(ordersUrl);
    await expect.poll(() => server.browser.sent.length).toBe(1);
    await tabs[0]?.fetch.logout();
    expect((await waiting)?.status).toBe(401);
  });

  it("is not undone by a token that is told late", async () => {
    const { server, tabs } = openTabs(2);
    await wake(server, tabs);
    const [first, second] = tabs as [Tab, Tab];
    // Both at once: what the second tells was got before it heard of the end.
    const ended = first.fetch.logout();
    second.fetch.setAccessToken("access-1", 900);
    await ended;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await first.fetch(ordersUrl)).status).toBe(401);
  });

  it("between a refresh and its refusal keeps the new session", async () => {
    const { server, tabs } = openTabs(2);
    const [first, second] = tabs as [Tab, Tab];
    server.next.push(() => {
      // The old cookie is refused; meanwhile somebody logs in.
      server.refreshes = 3;
      second.fetch.setAccessToken("access-3", 900);
      return Response.json({ error: "invalid_token", code: "SESSION_ENDED" }, { status: 401 });
    });
    expect(await wake(server, [first])).toEqual([200]);
    expect(tabs.map(({ signedOut }) => signedOut)).toEqual([0, 0]);
  });
});

describe("what another script of the origin may write or post", () => {
  it.each(["{", "[]", "5", "null", '{"attempt":"short","mayArriveUntilMs":"soon","newest":1}'])(
    "into storage does no harm: %s",
    async (text) => {
      const server = openServer();
      const tab = server.browser.open();
      server.browser.storage.setItem(`rejwt:${PAGE}/auth/refresh`, text);
      expect(await wake(server, [tab])).toEqual([200]);
    },
  );

  it("as a time far ahead does not stop refreshes for long", async () => {
    const server = openServer();
    const before = server.browser.nowMs;
    const state = JSON.stringify({ mayArriveUntilMs: before + 1e12 });
    server.browser.storage.setItem(`rejwt:${PAGE}/auth/refresh`, state);
    expect(await wake(server, [server.browser.open()])).toEqual([200]);
    expect(server.browser.nowMs - before).toBe(120_000);
  });

  it.each([
    null,
    "token",
    { type: "token" },
    { type: "token", token: { text: "line\nbreak", scheme: "Bearer", sinceMs: 0, expiresAtMs: 1e15, renewAtMs: 1e15 } },
    { type: "token", token: { text: "abc", scheme: "Basic", sinceMs: 0, expiresAtMs: 1e15, renewAtMs: 1e15 } },
    { type: "token", token: { text: "abc", scheme: "Bearer", expiresAtMs: "never", renewAtMs: null } },
  ])("into the channel does no harm: %j", async (message) => {
    const server = openServer();
    const tab = server.browser.open();
    tab.platform.channel("")?.post(message);
    server.browser.open().platform.channel("")?.post(message);
    await new Promise(setImmediate);
    expect(await wake(server, [tab])).toEqual([200]);
    expect(server.refreshes).toBe(1);
  });

  it("storage that is full costs nothing but the retry after a kill", async () => {
    const server = openServer();
    const full = {
      ...memoryStorage(),
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    };
    const tab = server.browser.open({}, { storage: full });
    server.next.push(() => outage(1));
    await tab.fetch(ordersUrl).catch(() => {});
    server.browser.nowMs += 1000;
    expect(await wake(server, [tab])).toEqual([200]);
  });
});
