/** The refresh cookie's options, and whole journeys of a browser through refresh and logout. */
import { createHash } from "node:crypto";
import express from "express";
import { describe, expect, it } from "vitest";
import { sessionRoutes } from "../../src/http/express.ts";
import { type CookieOptions, createAuthHandlers } from "../../src/http/index.ts";
import type { Tokens } from "../../src/session/types.ts";
import { ORIGIN, openWorld } from "./site.ts";

const code = (name: string): unknown => expect.objectContaining({ code: name });
const { sessions } = openWorld();
const origins = [ORIGIN];

const post = (cookie: string, more: Readonly<Record<string, string>> = {}): Request =>
  new Request("https://shop.example/refresh", { method: "POST", headers: { origin: ORIGIN, cookie, ...more } });
const pairOf = (response: Response): string => response.headers.getSetCookie()[0]?.split(";")[0] ?? "";

it.each<[string, unknown]>([
  ["a promise of tokens, where an await was forgotten", Promise.resolve()],
  ["a Response in place of the tokens", new Response()],
  ["nothing", undefined],
])("issue refuses %s: a cookie would be set to text of no token", (_name, tokens) => {
  const message = "createAuthHandlers: `issue` needs the tokens of a session: await sessions.start(…)";
  const { issue } = createAuthHandlers({ sessions, cookie: { origins } });
  expect(() => issue(tokens as Tokens)).toThrow(expect.objectContaining({ code: "CONFIG", message }));
});

describe("options", () => {
  it.each<[string, unknown]>([
    ["no options", undefined],
    ["no cookie", { sessions }],
    ["no sessions", { cookie: { origins } }],
    ["what are no sessions", { sessions: {}, cookie: { origins } }],
    ["what can only refresh", { sessions: { refresh: sessions.refresh }, cookie: { origins } }],
    ["an unknown name", { sessions, cookie: { origins }, cors: true }],
    ["undefined dpop", { sessions, cookie: { origins }, dpop: undefined }],
  ])("%s: CONFIG", (_name, options) => {
    expect(() => createAuthHandlers(options as never)).toThrow(code("CONFIG"));
  });

  it.each<[string, object]>([
    ["no origins", {}],
    ["undefined origins", { origins: undefined }],
    ["an empty list of origins", { origins: [] }],
    ["origins that are text", { origins: ORIGIN }],
    ["an origin with a path", { origins: [`${ORIGIN}/`] }],
    ["an origin with a default port", { origins: [`${ORIGIN}:443`] }],
    ["an origin in upper case", { origins: ["https://Shop.example"] }],
    ["the null origin", { origins: ["null"] }],
    ["a pattern", { origins: ["*"] }],
    ["a pattern of hosts", { origins: ["https://*.example/"] }],
    ["a file's origin", { origins: ["file:///index.html"] }],
    ["an origin of another scheme", { origins: ["ftp://shop.example"] }],
    ["a good origin beside a bad one", { origins: [ORIGIN, "null"] }],
    ["a host", { origins: ["shop.example"] }],
    ["an origin that is no text", { origins: [undefined] }],
    ["an unknown name", { origins, domain: "example" }],
    ["an attempt to turn Secure off", { origins, secure: false }],
    ["an undefined name", { origins, name: undefined }],
    ["an empty name", { origins, name: "" }],
    ["a name with a space", { origins, name: "a b" }],
    ["an undefined path", { origins, path: undefined }],
    ["a path without a slash", { origins, path: "auth" }],
    ["a path that does not begin with a slash", { origins, path: "auth/refresh" }],
    ["a path with an attribute", { origins, path: "/; Domain=example" }],
    ["a path with a line break", { origins, path: "/\r\nx: y" }],
    ["__Host- with a path", { origins, name: "__Host-refresh", path: "/auth" }],
    ["__host- with a path", { origins, name: "__host-refresh", path: "/auth" }],
    ["SameSite none", { origins, sameSite: "none" }],
    ["an undefined SameSite", { origins, sameSite: undefined }],
  ])("%s: CONFIG", (_name, cookie) => {
    expect(() => createAuthHandlers({ sessions, cookie: cookie as CookieOptions })).toThrow(code("CONFIG"));
    expect(() => sessionRoutes(sessions, { cookie: cookie as CookieOptions })).toThrow(code("CONFIG"));
  });

  it.each([
    ["https://Other.example:443/login", "https://other.example"],
    ["null", "https://shop.example"],
    ["data:,x", "https://shop.example"],
  ])("say the origin that was meant by %s", (origin, meant) => {
    expect(() => createAuthHandlers({ sessions, cookie: { origins: [origin] } })).toThrow(`like "${meant}"`);
  });

  it("take several origins, http ones too", async () => {
    const world = openWorld({}, { origins: [ORIGIN, "http://localhost:5173"] });
    const { refresh } = createAuthHandlers({ sessions: world.sessions, cookie: world.site.routeOptions.cookie });
    const headers = { origin: "http://localhost:5173", cookie: `__Host-refresh=${(await world.start()).refreshToken}` };
    expect((await refresh(new Request("http://localhost/refresh", { method: "POST", headers }))).status).toBe(200);
  });

  it.each<[Partial<CookieOptions>, string, string]>([
    [{}, "__Host-refresh", "Path=/; HttpOnly; Secure; SameSite=Strict"],
    [{ sameSite: "lax" }, "__Host-refresh", "Path=/; HttpOnly; Secure; SameSite=Lax"],
    [{ path: "/auth" }, "__Secure-refresh", "Path=/auth; HttpOnly; Secure; SameSite=Strict"],
    [{ name: "my__host-id", path: "/auth" }, "my__host-id", "Path=/auth; HttpOnly; Secure; SameSite=Strict"],
    [{ name: "refresh", path: "/auth" }, "refresh", "Path=/auth; HttpOnly; Secure; SameSite=Strict"],
  ])("%j", async (options, name, attributes) => {
    const world = openWorld({}, options);
    const handlers = createAuthHandlers({ sessions: world.sessions, cookie: world.site.routeOptions.cookie });
    const tokens = await world.start();
    expect(handlers.issue(tokens).headers.getSetCookie()).toEqual([
      `${name}=${tokens.refreshToken}; Max-Age=1209600; ${attributes}`,
    ]);
    const out = await handlers.logout(post(`${name}=${tokens.refreshToken}`));
    expect(out.headers.getSetCookie()).toEqual([`${name}=; Max-Age=0; ${attributes}`]);
  });
});

describe("a browser", () => {
  it("is refreshed again and again, and never sees its refresh token in a body", async () => {
    const world = openWorld();
    const { issue, refresh } = createAuthHandlers({ sessions: world.sessions, cookie: world.site.routeOptions.cookie });
    let response = issue(await world.start());
    for (let generation = 1; generation <= 5; generation++) {
      const cookie = pairOf(response);
      response = await refresh(post(cookie));
      expect(response.status).toBe(200);
      expect(await response.text()).not.toContain("rjt1");
      expect(pairOf(response)).not.toBe(cookie);
    }
  });

  it("keeps its session through an outage in refresh", async () => {
    const world = openWorld();
    const { issue, refresh } = createAuthHandlers({ sessions: world.sessions, cookie: world.site.routeOptions.cookie });
    const cookie = pairOf(issue(await world.start()));
    world.storeIsDown = true;
    const down = await refresh(post(cookie));
    expect([down.status, down.headers.get("retry-after"), down.headers.getSetCookie()]).toEqual([503, "5", []]);
    world.storeIsDown = false;
    expect((await refresh(post(cookie))).status).toBe(200);
  });

  it("that lost a reply may retry after the window, with the attempt that it sent before", async () => {
    const world = openWorld();
    const { issue, refresh } = createAuthHandlers({ sessions: world.sessions, cookie: world.site.routeOptions.cookie });
    const cookie = pairOf(issue(await world.start()));
    const verifier = Buffer.alloc(32, 5);
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    const first = await refresh(post(cookie, { "refresh-attempt-challenge": challenge }));
    world.clock.advance("5m");
    const retry = await refresh(post(cookie, { "refresh-attempt-verifier": verifier.toString("base64url") }));
    expect([first.status, retry.status]).toEqual([200, 200]);
    expect(pairOf(retry)).toBe(pairOf(first));
  });

  it("whose two tabs race keeps its session, whoever's answer comes last", async () => {
    const world = openWorld();
    const { issue, refresh } = createAuthHandlers({ sessions: world.sessions, cookie: world.site.routeOptions.cookie });
    const cookie = pairOf(issue(await world.start()));
    const answers = await Promise.all([refresh(post(cookie)), refresh(post(cookie)), refresh(post(cookie))]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(answers.map(pairOf)).size).toBe(1);
  });

  it("with the twin of another path loses neither session, and a logout ends both", async () => {
    const world = openWorld();
    const { refresh, logout } = createAuthHandlers({
      sessions: world.sessions,
      cookie: world.site.routeOptions.cookie,
    });
    const [one, two] = [await world.start(), await world.start("user_7")].map(
      ({ refreshToken }) => `__Host-refresh=${refreshToken}`,
    ) as [string, string];
    expect((await refresh(post(`${one}; ${two}`))).status).toBe(400);
    expect([(await refresh(post(one))).status, (await refresh(post(two))).status]).toEqual([200, 200]);
    expect((await logout(post(`${one}; ${two}`))).status).toBe(204);
    expect([(await refresh(post(one))).status, (await refresh(post(two))).status]).toEqual([401, 401]);
  });

  it("that logs out ends each of four sessions, and with more, as no browser would send, none", async () => {
    const world = openWorld();
    const { refresh, logout } = createAuthHandlers({
      sessions: world.sessions,
      cookie: world.site.routeOptions.cookie,
    });
    const pairs: string[] = [];
    while (pairs.length < 5) pairs.push(`__Host-refresh=${(await world.start()).refreshToken}`);
    expect((await logout(post(pairs.join("; ")))).status).toBe(400);
    expect((await refresh(post(pairs[4] as string))).status).toBe(200);
    expect((await logout(post(pairs.slice(0, 4).join("; ")))).status).toBe(204);
    for (const pair of pairs.slice(0, 4)) expect((await refresh(post(pair))).status).toBe(401);
  });

  it("sends spaces and tabs around a cookie, which are not of it", async () => {
    const world = openWorld();
    const { refresh } = createAuthHandlers({ sessions: world.sessions, cookie: world.site.routeOptions.cookie });
    const { refreshToken } = await world.start();
    const cookie = `theme=dark;\t __Host-refresh \t=\t ${refreshToken} \t; lang=en`;
    expect((await refresh(post(cookie))).status).toBe(200);
  });

  it("that logs out during an outage can log out after it", async () => {
    const world = openWorld();
    const { issue, refresh, logout } = createAuthHandlers({
      sessions: world.sessions,
      cookie: world.site.routeOptions.cookie,
    });
    const cookie = pairOf(issue(await world.start()));
    world.storeIsDown = true;
    expect((await logout(post(cookie))).status).toBe(503);
    world.storeIsDown = false;
    expect((await logout(post(cookie))).status).toBe(204);
    expect((await refresh(post(cookie))).status).toBe(401);
  });
});

it("what the sessions throw that is no refusal is thrown on", async () => {
  const bug = new Error("a bug");
  const broken = { refresh: () => Promise.reject(bug), endByToken: () => Promise.reject(bug) };
  const { refresh, logout } = createAuthHandlers({ sessions: broken, cookie: { origins } });
  const { refreshToken } = await openWorld().start();
  for (const handler of [refresh, logout]) {
    await expect(handler(post(`__Host-refresh=${refreshToken}`))).rejects.toBe(bug);
  }
});

describe("issue", () => {
  const handlers = createAuthHandlers({ sessions, cookie: { origins } });
  const tokens: Tokens = {
    accessToken: "a.b.c",
    refreshToken: "opaque",
    tokenType: "DPoP",
    expiresIn: 60,
    refreshExpiresIn: 90.7,
    sessionId: "id",
  };

  it("says the token's type, and whole seconds", async () => {
    const response = handlers.issue(tokens);
    expect(await response.json()).toEqual({ access_token: "a.b.c", token_type: "DPoP", expires_in: 60 });
    expect(response.headers.getSetCookie()[0]).toContain("; Max-Age=90; ");
  });

  it("never says a negative life", () => {
    const response = handlers.issue({ ...tokens, refreshExpiresIn: -1 });
    expect(response.headers.getSetCookie()[0]).toContain("; Max-Age=0; ");
  });

  it.each(["", "a;b", "a b", 'a"b', "a\r\nb", "é"])(
    "refuses a token that would break the cookie: %j",
    (refreshToken) => {
      expect(() => handlers.issue({ ...tokens, refreshToken })).toThrow(code("CONFIG"));
    },
  );

  it("leaves the application's own cookies and headers in place", async () => {
    const routes = sessionRoutes(sessions, { cookie: { origins } });
    const app = express().post("/login", (_req, res) => {
      res.cookie("theme", "dark").set("x-app", "1");
      routes.issue(res, tokens);
    });
    const server = app.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    const response = await fetch(`http://127.0.0.1:${port}/login`, { method: "POST" });
    server.close();
    expect(response.headers.getSetCookie()).toEqual(["theme=dark; Path=/", expect.stringMatching(/^__Host-refresh=/)]);
    expect(response.headers.get("x-app")).toBe("1");
  });
});
