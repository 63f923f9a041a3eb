/** What one tab does: which requests carry the token, when it is renewed, and what an outage means. */
import { describe, expect, it } from "vitest";
import { createAuthFetch, RefreshError } from "../../src/client/index.ts";
import { inTurn } from "../../src/client/platform.ts";
import { invalidToken, notFresh, openServer, outage, PAGE, type Server, type Tab } from "./tabs.ts";

function signedIn(): { server: Server; tab: Tab } {
  const server = openServer();
  const tab = server.browser.open();
  server.refreshes = 1;
  tab.fetch.setAccessToken("access-1", 900);
  return { server, tab };
}

const ordersUrl = `${PAGE}/orders`;
const failing = (): never => {
  throw new TypeError("Failed to fetch");
};

describe("the token", () => {
  it("goes with a request to the page's origin", async () => {
    const { server, tab } = signedIn();
    const response = await tab.fetch(ordersUrl);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ seen: "Bearer access-1" });
    expect(server.refreshes).toBe(1);
  });

  it.each([
    "https://evil.example/orders",
    "http://shop.example/orders",
    "https://shop.example:8443/orders",
    "https://api.shop.example/orders",
  ])("does not go to %s", async (url) => {
    const { server, tab } = signedIn();
    server.browser.answer = () => new Response("ok");
    await tab.fetch(url);
    expect(server.browser.sent.map(({ headers }) => headers.get("authorization"))).toEqual([null]);
  });

  it("goes to an origin that is listed", async () => {
    const server = openServer();
    const tab = server.browser.open({ origins: ["https://api.example"] });
    tab.fetch.setAccessToken("access-0", 900);
    expect((await tab.fetch("https://api.example/orders")).status).toBe(200);
  });

  it("is not looked for where no request may carry it", async () => {
    const server = openServer();
    server.browser.answer = () => invalidToken();
    const response = await server.browser.open().fetch("https://evil.example/");
    expect(response.status).toBe(401);
    expect(server.browser.sent).toHaveLength(1);
  });

  it("does not replace an Authorization that the caller set", async () => {
    const { server, tab } = signedIn();
    await tab.fetch(ordersUrl, { headers: { authorization: "Basic abc" } });
    expect(server.browser.sent[0]?.headers.get("authorization")).toBe("Basic abc");
    expect(server.refreshes).toBe(1);
  });

  it("is not renewed for a 401 that came from another origin, after a redirect", async () => {
    const { server, tab } = signedIn();
    const elsewhere = invalidToken();
    Object.defineProperties(elsewhere, { redirected: { value: true }, url: { value: "https://evil.example/x" } });
    server.nextApi.push(() => elsewhere);
    expect((await tab.fetch(ordersUrl)).status).toBe(401);
    expect(server.refreshes).toBe(1);
  });

  it.each(["", "two words", "line\nbreak", "é", 5, undefined])("is refused as %j", (token) => {
    const { tab } = signedIn();
    expect(() => tab.fetch.setAccessToken(token as string, 900)).toThrow(TypeError);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, "900", undefined])("does not live for %j seconds", (life) => {
    const { tab } = signedIn();
    expect(() => tab.fetch.setAccessToken("access-1", life as number)).toThrow(TypeError);
  });
});

describe("a renewal", () => {
  it("comes first where there is no token yet", async () => {
    const server = openServer();
    const response = await server.browser.open().fetch(ordersUrl);
    expect(response.status).toBe(200);
    const [refresh] = server.browser.sent;
    expect(refresh?.method).toBe("POST");
    expect(refresh?.url).toBe(`${PAGE}/auth/refresh`);
    expect(refresh?.credentials).toBe("include");
    expect(refresh?.redirect).toBe("error");
    expect(refresh?.headers.has("authorization")).toBe(false);
  });

  it("comes before the token expires", async () => {
    const { server, tab } = signedIn();
    server.browser.nowMs += 869_000;
    await tab.fetch(ordersUrl);
    expect(server.refreshes).toBe(1);
    server.browser.nowMs += 1000;
    await tab.fetch(ordersUrl);
    expect(server.refreshes).toBe(2);
  });

  it("leaves a token that lives for seconds three quarters of them", async () => {
    const { server, tab } = signedIn();
    tab.fetch.setAccessToken("access-1", 8);
    server.browser.nowMs += 5900;
    await tab.fetch(ordersUrl);
    expect(server.refreshes).toBe(1);
    server.browser.nowMs += 100;
    await tab.fetch(ordersUrl);
    expect(server.refreshes).toBe(2);
  });

  it("follows a 401 with invalid_token, and the request is sent again", async () => {
    const { server, tab } = signedIn();
    server.refreshes = 7;
    const response = await tab.fetch(ordersUrl, { method: "POST", body: "two shirts" });
    expect(response.status).toBe(200);
    const posts = server.browser.sent.filter(({ url }) => url === ordersUrl);
    expect(await Promise.all(posts.map((post) => post.text()))).toEqual(["two shirts", "two shirts"]);
  });

  it("follows where only the body says invalid_token, since CORS hides the challenge", async () => {
    const { server, tab } = signedIn();
    server.nextApi.push(() => Response.json({ error: "invalid_token" }, { status: 401 }));
    await tab.fetch(ordersUrl);
    expect(server.refreshes).toBe(2);
  });

  it.each([
    ["a 401 with another error", () => Response.json({ error: "unauthorized" }, { status: 401 })],
    ["a 401 of somebody's own", () => new Response("<p>log in</p>", { status: 401 })],
    ["a 403", () => Response.json({ error: "insufficient_scope" }, { status: 403 })],
    ["a 503", () => outage()],
    [
      "a body that is not what it says",
      () => new Response("{", { status: 401, headers: { "content-type": "application/json" } }),
    ],
  ])("does not follow %s", async (_name, answer) => {
    const { server, tab } = signedIn();
    server.nextApi.push(answer);
    const response = await tab.fetch(ordersUrl);
    expect(response.status).toBe(answer().status);
    expect(await response.text()).toBe(await answer().text());
    expect(server.refreshes).toBe(1);
  });

  it("happens once for any number of calls that wait for it", async () => {
    const { server, tab } = signedIn();
    server.browser.nowMs += 900_000;
    const responses = await Promise.all(Array.from({ length: 50 }, () => tab.fetch(ordersUrl)));
    expect(responses.every(({ status }) => status === 200)).toBe(true);
    expect(server.refreshes).toBe(2);
  });

  it("happens once for calls that are refused one after the other with the same token", async () => {
    const { server, tab } = signedIn();
    server.nextApi.push(invalidToken, invalidToken, invalidToken);
    await Promise.all([tab.fetch(ordersUrl), tab.fetch(ordersUrl), tab.fetch(ordersUrl)]);
    expect(server.refreshes).toBe(2);
  });

  it("is tried once for a request: a second 401 is the answer", async () => {
    const { server, tab } = signedIn();
    server.nextApi.push(invalidToken, invalidToken, invalidToken);
    expect((await tab.fetch(ordersUrl)).status).toBe(401);
    expect(server.refreshes).toBe(2);
    expect(tab.signedOut).toBe(0);
  });

  it("sends the session's own FormData again", async () => {
    const { server, tab } = signedIn();
    server.nextApi.push(invalidToken);
    const body = new FormData();
    body.set("photo", new Blob(["jpeg"]), "cat.jpg");
    expect((await tab.fetch(ordersUrl, { method: "POST", body })).status).toBe(200);
    const [, again] = server.browser.sent.filter(({ url }) => url === ordersUrl);
    const form = await again?.formData();
    expect(form?.get("photo")).toMatchObject({ name: "cat.jpg" });
  });

  it("sends a Request of the caller's again, body and all", async () => {
    const { server, tab } = signedIn();
    server.nextApi.push(invalidToken);
    const request = new Request(ordersUrl, { method: "PUT", body: "{}", headers: { "if-match": "7" } });
    expect((await tab.fetch(request)).status).toBe(200);
    const [, again] = server.browser.sent.filter(({ url }) => url === ordersUrl);
    expect([again?.method, again?.headers.get("if-match"), await again?.text()]).toEqual(["PUT", "7", "{}"]);
  });

  it("does not send a stream twice: the refusal is the answer, and the next call has a new token", async () => {
    const { server, tab } = signedIn();
    server.nextApi.push(invalidToken);
    const body = new Blob(["a long film"]).stream();
    const response = await tab.fetch(ordersUrl, { method: "POST", body, duplex: "half" } as RequestInit);
    expect(response.status).toBe(401);
    expect(server.browser.sent.filter(({ url }) => url === ordersUrl)).toHaveLength(1);
    expect((await tab.fetch(ordersUrl)).status).toBe(200);
    expect(server.refreshes).toBe(2);
  });

  it("is not waited for by a call that was aborted; the others get it", async () => {
    const { server, tab } = signedIn();
    server.browser.nowMs += 900_000;
    const abort = new AbortController();
    const aborted = tab.fetch(ordersUrl, { signal: abort.signal });
    const other = tab.fetch(ordersUrl);
    abort.abort(new Error("navigated away"));
    await expect(aborted).rejects.toThrow("navigated away");
    expect((await other).status).toBe(200);
    expect(server.refreshes).toBe(2);
  });
});

describe("the end of a session", () => {
  it("is told once, and requests go out without a token", async () => {
    const { server, tab } = signedIn();
    server.ended = true;
    server.browser.nowMs += 900_000;
    const responses = await Promise.all([tab.fetch(ordersUrl), tab.fetch(ordersUrl)]);
    expect(responses.map(({ status }) => status)).toEqual([401, 401]);
    await tab.fetch(ordersUrl);
    expect(tab.signedOut).toBe(1);
    expect(server.browser.sent.filter(({ url }) => url.endsWith("/refresh"))).toHaveLength(1);
    expect(server.browser.sent.every(({ headers }) => !headers.has("authorization"))).toBe(true);
  });

  it("is over with the next login", async () => {
    const { server, tab } = signedIn();
    server.ended = true;
    server.browser.nowMs += 900_000;
    await tab.fetch(ordersUrl);
    tab.fetch.setAccessToken("access-1", 900);
    expect((await tab.fetch(ordersUrl)).status).toBe(200);
    await tab.fetch.logout();
    expect(tab.signedOut).toBe(2);
  });

  it("comes by logout: the token is forgotten before the server is told", async () => {
    const { server, tab } = signedIn();
    const done = tab.fetch.logout();
    const without = tab.fetch(ordersUrl);
    await done;
    expect((await without).status).toBe(401);
    expect(server.ended).toBe(true);
    expect(tab.signedOut).toBe(1);
    const logout = server.browser.sent.find(({ url }) => url.endsWith("/logout"));
    expect([logout?.method, logout?.credentials, logout?.keepalive]).toEqual(["POST", "include", true]);
  });

  it("aborts a refresh that is under way, whose answer then changes nothing", async () => {
    const { server, tab } = signedIn();
    server.browser.nowMs += 900_000;
    server.next.push(() => undefined);
    const waiting = tab.fetch(ordersUrl);
    await expect.poll(() => server.browser.sent.length).toBe(1);
    await tab.fetch.logout();
    expect((await waiting).status).toBe(401);
    expect(tab.signedOut).toBe(1);
    expect((await tab.fetch(ordersUrl)).status).toBe(401);
  });

  it("is not hidden where the server was not told", async () => {
    const { server, tab } = signedIn();
    server.browser.answer = () => outage();
    await expect(tab.fetch.logout()).rejects.toThrow("503");
    expect(tab.signedOut).toBe(1);
  });

  it("does not depend on what the application does about it", async () => {
    const server = openServer();
    const uncaught: unknown[] = [];
    const onUncaught = (error: unknown): void => void uncaught.push(error);
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException").on("uncaughtException", onUncaught);
    try {
      const tab = server.browser.open({
        onSignedOut: () => {
          throw new Error("a bug of the application");
        },
      });
      server.ended = true;
      expect((await tab.fetch(ordersUrl)).status).toBe(401);
      await expect.poll(() => uncaught.length).toBe(1);
    } finally {
      process.removeAllListeners("uncaughtException");
      for (const listener of others) process.on("uncaughtException", listener);
    }
  });
});

describe("an outage", () => {
  it("of the refresh endpoint signs nobody out, and Retry-After is heeded", async () => {
    const { server, tab } = signedIn();
    server.browser.nowMs += 900_000;
    server.next.push(() => outage(20));
    await expect(tab.fetch(ordersUrl)).rejects.toMatchObject({ code: "REFRESH_UNAVAILABLE", retryAfterMs: 20_000 });
    await expect(tab.fetch(ordersUrl)).rejects.toBeInstanceOf(RefreshError);
    server.browser.nowMs += 19_999;
    await expect(tab.fetch(ordersUrl)).rejects.toBeInstanceOf(RefreshError);
    expect(server.browser.sent).toHaveLength(1);
    server.browser.nowMs += 1;
    expect((await tab.fetch(ordersUrl)).status).toBe(200);
    expect(tab.signedOut).toBe(0);
  });

  it.each([429, 500, 502, 503, 504])("of status %i is waited out for longer and longer", async (status) => {
    const { server, tab } = signedIn();
    server.browser.nowMs += 900_000;
    const pauses: number[] = [];
    for (let round = 0; round < 8; round++) {
      server.next.push(() => new Response(null, { status }));
      await expect(tab.fetch(ordersUrl)).rejects.toBeInstanceOf(RefreshError);
      const error = await tab.fetch(ordersUrl).catch((failure: RefreshError) => failure);
      const { retryAfterMs } = error as RefreshError;
      pauses.push(retryAfterMs / 1000);
      server.browser.nowMs += retryAfterMs;
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(tab.signedOut).toBe(0);
  });

  it("while the token is only due lets it serve to its end", async () => {
    const { server, tab } = signedIn();
    server.browser.nowMs += 880_000;
    server.next.push(() => outage());
    expect((await tab.fetch(ordersUrl)).status).toBe(200);
  });

  it("after a 401 rejects the call, rather than pass for a sign-out", async () => {
    const { server, tab } = signedIn();
    server.nextApi.push(invalidToken);
    server.next.push(() => outage());
    await expect(tab.fetch(ordersUrl)).rejects.toMatchObject({ code: "REFRESH_UNAVAILABLE", status: 503 });
    expect(tab.signedOut).toBe(0);
  });

  it.each([400, 403, 404, 405])("is not what status %i is: a mistake, which is told", async (status) => {
    const server = openServer();
    const tab = server.browser.open();
    server.next.push(() => Response.json({ error: "origin_not_allowed" }, { status }));
    await expect(tab.fetch(ordersUrl)).rejects.toMatchObject({
      code: "REFRESH_REFUSED",
      status,
      message: `the refresh endpoint answered ${status}: origin_not_allowed`,
    });
    expect(tab.signedOut).toBe(0);
  });

  it.each([
    ["no JSON", () => new Response("<html>")],
    ["no token", () => Response.json({ expires_in: 900 })],
    ["no time", () => Response.json({ access_token: "secret-token" })],
    ["a token that is none", () => Response.json({ access_token: "secret token", expires_in: 900 })],
  ])("is not what an answer with %s is, and no error holds a token", async (_name, answer) => {
    const server = openServer();
    server.next.push(answer);
    const error = await server.browser
      .open()
      .fetch(ordersUrl)
      .catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: "REFRESH_REFUSED", status: 200 });
    expect(String((error as Error).stack) + String((error as Error).cause)).not.toContain("secret");
  });
});

describe("a token that is not fresh", () => {
  it("is renewed once, and the request sent again", async () => {
    const { server, tab } = signedIn();
    server.nextApi.push(notFresh);
    expect((await server.browser.passing(tab.fetch(ordersUrl))).status).toBe(200);
    expect(server.refreshes).toBe(2);
  });

  it("is renewed once for all, after a wait of their own for each", async () => {
    const server = openServer();
    const waits = [0.9, 0.1, 0.5];
    const tab = server.browser.open({}, { random: () => waits.shift() ?? 0 });
    server.refreshes = 1;
    tab.fetch.setAccessToken("access-1", 900);
    server.nextApi.push(notFresh, notFresh, notFresh);
    const before = server.browser.nowMs;
    const calls = [tab.fetch(ordersUrl), tab.fetch(ordersUrl), tab.fetch(ordersUrl)];
    const responses = await server.browser.passing(Promise.all(calls));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(server.refreshes).toBe(2);
    expect(server.browser.nowMs - before).toBe(900);
  });

  it("and stays so after that: the answer is the caller's, and no call refreshes until Retry-After", async () => {
    const { server, tab } = signedIn();
    server.nextApi.push(...Array.from({ length: 4 }, () => notFresh));
    expect((await server.browser.passing(tab.fetch(ordersUrl))).status).toBe(503);
    expect((await server.browser.passing(tab.fetch(ordersUrl))).status).toBe(503);
    expect(server.refreshes).toBe(2);
    server.browser.nowMs += 5000;
    expect((await server.browser.passing(tab.fetch(ordersUrl))).status).toBe(200);
    expect(server.refreshes).toBe(3);
    expect(tab.signedOut).toBe(0);
  });

  it("is answered as it is where the refresh fails too", async () => {
    const { server, tab } = signedIn();
    server.nextApi.push(notFresh);
    server.next.push(() => outage());
    expect((await server.browser.passing(tab.fetch(ordersUrl))).status).toBe(503);
    expect(tab.signedOut).toBe(0);
  });
});

describe("a lost answer", () => {
  const attempts = (server: Server): (string | undefined)[] =>
    server.browser.sent
      .filter(({ url }) => url.endsWith("/refresh"))
      .map(({ headers }) =>
        headers.has("refresh-attempt-challenge")
          ? "challenge"
          : headers.has("refresh-attempt-verifier")
            ? "verifier"
            : undefined,
      );

  it("is asked for again with the attempt's verifier, whose hash went first", async () => {
    const server = openServer();
    const tab = server.browser.open();
    server.next.push(failing);
    expect((await server.browser.passing(tab.fetch(ordersUrl))).status).toBe(200);
    expect(attempts(server)).toEqual(["challenge", "verifier"]);
    const [first, second] = server.browser.sent;
    const verifier = Buffer.from(second?.headers.get("refresh-attempt-verifier") ?? "", "base64url");
    const hash = await crypto.subtle.digest("SHA-256", verifier);
    expect(verifier).toHaveLength(32);
    expect(first?.headers.get("refresh-attempt-challenge")).toBe(Buffer.from(hash).toString("base64url"));
  });

  it("makes the next refresh wait until the lost one cannot arrive any more", async () => {
    const server = openServer();
    const tab = server.browser.open();
    const lostAt = server.browser.nowMs;
    server.next.push(failing);
    await server.browser.passing(tab.fetch(ordersUrl));
    server.nextApi.push(invalidToken);
    await server.browser.passing(tab.fetch(ordersUrl));
    expect(attempts(server)).toEqual(["challenge", "verifier", "challenge"]);
    expect(server.browser.nowMs - lostAt).toBe(60_000);
  });

  it("makes nobody wait where every presentation was answered", async () => {
    const { server, tab } = signedIn();
    server.nextApi.push(invalidToken);
    await tab.fetch(ordersUrl);
    server.nextApi.push(invalidToken);
    await tab.fetch(ordersUrl);
    expect(attempts(server)).toEqual(["challenge", "challenge"]);
    expect(server.refreshes).toBe(3);
  });

  it("is given up after three, and asked for with the verifier when that is over", async () => {
    const server = openServer();
    const tab = server.browser.open();
    server.next.push(failing, failing, failing);
    await expect(server.browser.passing(tab.fetch(ordersUrl))).rejects.toMatchObject({ code: "REFRESH_UNAVAILABLE" });
    expect(attempts(server)).toEqual(["challenge", "verifier", "verifier"]);
    server.browser.nowMs += 1000;
    expect((await server.browser.passing(tab.fetch(ordersUrl))).status).toBe(200);
    expect(attempts(server).at(-1)).toBe("verifier");
  });

  it("may be one that hangs", async () => {
    const server = openServer();
    const tab = server.browser.open({ timeoutMs: 3000 });
    server.next.push(() => undefined);
    expect((await server.browser.passing(tab.fetch(ordersUrl))).status).toBe(200);
    expect(attempts(server)).toEqual(["challenge", "verifier"]);
  });

  it("may hide behind a 503, which keeps the attempt", async () => {
    const server = openServer();
    const tab = server.browser.open();
    server.next.push(() => outage(1));
    await expect(tab.fetch(ordersUrl)).rejects.toBeInstanceOf(RefreshError);
    server.browser.nowMs += 1000;
    await tab.fetch(ordersUrl);
    expect(attempts(server)).toEqual(["challenge", "verifier"]);
  });

  it("leaves nothing behind once it is over, and never a token", async () => {
    const server = openServer();
    const stored: string[] = [];
    const { storage } = server.browser;
    const spy = {
      ...storage,
      setItem: (name: string, text: string) => {
        stored.push(text);
        storage.setItem(name, text);
      },
    };
    const tab = server.browser.open({}, { storage: spy });
    await tab.fetch(ordersUrl);
    expect(stored.some((text) => text.includes("attempt"))).toBe(true);
    expect(stored.at(-1)).not.toContain("attempt");
    expect(stored.join()).not.toContain("access-");
  });
});

describe("the options", () => {
  const good = { refreshUrl: `${PAGE}/auth/refresh` };

  it.each([
    ["none", undefined, "must be an object"],
    ["an unknown one", { ...good, refreshURL: "" }, 'no option "refreshURL"'],
    ["an undefined one", { ...good, onSignedOut: undefined }, '"onSignedOut" is undefined'],
    ["no refreshUrl", {}, '"refreshUrl"'],
    ["a relative refreshUrl outside a page", { refreshUrl: "/auth/refresh" }, "absolute outside a page"],
    ["another scheme", { refreshUrl: "ftp://shop.example/refresh" }, "http or https"],
    ["an origin with a path", { ...good, origins: ["https://api.example/"] }, "as browsers write them"],
    ["origins that are text", { ...good, origins: "https://api.example" }, "list of origins"],
    ["a pattern", { ...good, origins: ["https://*.example.com/x"] }, "as browsers write them"],
    ["a callback that is none", { ...good, onSignedOut: "login" }, "must be a function"],
    ["a timeout of nothing", { ...good, timeoutMs: 0 }, "timeoutMs"],
    ["a dpop that is none", { ...good, dpop: {} }, "createDpop"],
  ])("are refused: %s", (_name, options, message) => {
    expect(() => createAuthFetch(options as never)).toThrow(TypeError);
    expect(() => createAuthFetch(options as never)).toThrow(message);
  });

  it("put logout beside refresh, or where they say", async () => {
    for (const [logoutUrl, expected] of [
      [undefined, `${PAGE}/auth/logout`],
      ["/bye", `${PAGE}/bye`],
    ] as const) {
      const server = openServer();
      server.browser.answer = () => new Response(null, { status: 204 });
      const tab = server.browser.open(logoutUrl === undefined ? {} : { logoutUrl });
      await tab.fetch.logout();
      expect(server.browser.sent[0]?.url).toBe(expected);
    }
  });

  it("outside a page make the refresh endpoint's origin the one that gets the token", async () => {
    const server = openServer();
    const tab = server.browser.open({}, { origin: undefined, alone: inTurn(), channel: () => undefined });
    expect((await tab.fetch(ordersUrl)).status).toBe(200);
    await tab.fetch("https://elsewhere.example/");
    expect(server.browser.sent.at(-1)?.headers.has("authorization")).toBe(false);
  });
});
