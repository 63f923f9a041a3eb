/** The client's proofs, checked by the server's own verification over TCP: login, calls, nonces, refresh, and thieves. RFC 9449. */
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type AuthFetch, createAuthFetch, createDpop, type Dpop } from "../../src/client/index.ts";
import { guard, proofGuard, sessionRoutes } from "../../src/http/express.ts";
import { dpopNonces } from "../../src/http/index.ts";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { createSigner } from "../../src/jwt/signer.ts";
import { createVerifier } from "../../src/jwt/verifier.ts";
import type { SessionEvent } from "../../src/session/events.ts";
import { createSessions } from "../../src/session/sessions.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { type ManualClock, manualClock } from "../../src/testing/index.ts";

let server: Server;
let origin: string;
let clock: ManualClock;
let events: SessionEvent[];
/** Every request that came in, and how it was answered. */
let log: string[];

beforeEach(async () => {
  clock = manualClock("2026-05-01T12:00:00Z");
  events = [];
  log = [];
  const app = express();
  app.use((request, response, next) => {
    response.on("finish", () => void log.push(`${request.method} ${request.path} ${response.statusCode}`));
    next();
  });
  server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const key = secretKey("the secret of a site in the tests, long enough", { alg: "HS256" });
  const names = { issuer: "https://auth.example", audience: "https://api.example" };
  const store = memoryStore({ clock });
  const sessions = createSessions({
    signer: createSigner({ ...names, key, expiresIn: "15m", clock }),
    store,
    refreshSecrets: [new Uint8Array(32).fill(3)],
    idle: "14d",
    absolute: "90d",
    clock,
    onEvent: (event) => void events.push(event),
  });
  const nonces = dpopNonces({ secret: new Uint8Array(32).fill(5), clock });
  const dpop = { origin, usedProofs: store, nonces, clock };
  const auth = guard(createVerifier({ ...names, keys: key, required: ["sub"], clock }), {
    dpop: { ...dpop, required: true },
  });
  const proved = proofGuard(dpop);
  const routes = sessionRoutes(sessions, { cookie: { origins: [origin] }, dpop });
  app.post("/auth/login", proved, (request, response, next) => {
    sessions
      .start({ subject: "user_42", binding: proved.of(request) })
      .then((tokens) => routes.issue(response, tokens))
      .catch(next);
  });
  app.post("/auth/refresh", routes.refresh);
  app.post("/auth/logout", routes.logout);
  app.all("/orders", auth, (request, response) => {
    response.json({ sub: auth.of(request).claims.sub });
  });
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

const onSignedOut = (): void => undefined;

interface Browser {
  readonly fetch: typeof fetch;
  /** What it sent last, and the cookie that it holds. */
  sent: Request | undefined;
  cookie: string | undefined;
}

/** What a program that is not a browser has to bring: the cookies, and its origin. */
function openBrowser(): Browser {
  const browser: Browser = {
    sent: undefined,
    cookie: undefined,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      request.headers.set("origin", origin);
      if (browser.cookie !== undefined) request.headers.set("cookie", browser.cookie);
      browser.sent = request.clone();
      const response = await fetch(request);
      const [set] = response.headers.getSetCookie();
      if (set !== undefined) browser.cookie = set.includes("Max-Age=0") ? undefined : set.split(";")[0];
      return response;
    },
  };
  return browser;
}

async function login(browser: Browser, dpop: Dpop): Promise<Response> {
  const url = `${origin}/auth/login`;
  const send = async (nonce?: string) =>
    browser.fetch(url, { method: "POST", headers: { DPoP: await dpop.proof({ method: "POST", url, nonce }) } });
  const response = await send();
  const nonce = response.headers.get("dpop-nonce");
  return response.status === 401 && nonce !== null ? send(nonce) : response;
}

interface User {
  readonly browser: Browser;
  readonly dpop: Dpop;
  readonly fetch: AuthFetch;
  readonly token: string;
  readonly signedOut: () => number;
}

async function openUser(): Promise<User> {
  const [browser, dpop] = [openBrowser(), await createDpop({ clock })];
  let signedOut = 0;
  const client = createAuthFetch({
    refreshUrl: `${origin}/auth/refresh`,
    fetch: browser.fetch,
    dpop,
    onSignedOut: () => void signedOut++,
  });
  const tokens = (await (await login(browser, dpop)).json()) as Readonly<Record<string, never>>;
  expect(tokens).toMatchObject({ token_type: "DPoP", access_token: expect.any(String) });
  client.setAccessToken(tokens.access_token as unknown as string, tokens.expires_in as unknown as number);
  return { browser, dpop, fetch: client, token: tokens.access_token as unknown as string, signedOut: () => signedOut };
}

it("a login with a proof binds the session, and its token calls with proofs, a nonce asked for once", async () => {
  const user = await openUser();
  for (const method of ["GET", "POST", "GET"]) {
    const response = await user.fetch(`${origin}/orders?page=2`, { method });
    expect(await response.json()).toEqual({ sub: "user_42" });
  }
  expect(log).toEqual([
    "POST /auth/login 401",
    "POST /auth/login 200",
    "GET /orders 401",
    "GET /orders 200",
    "POST /orders 200",
    "GET /orders 200",
  ]);
});

it("an expired token is refreshed with a proof, once for twenty calls", async () => {
  const user = await openUser();
  clock.advance("20m");
  const answers = await Promise.all(Array.from({ length: 20 }, () => user.fetch(`${origin}/orders`)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(log.filter((line) => line.includes("/auth/refresh"))).toEqual(["POST /auth/refresh 200"]);
  expect(events.map(({ type }) => type)).toEqual(["started", "rotated"]);
  expect(user.signedOut()).toBe(0);
});

it("a page that was loaded again refreshes with the key it kept, and is told the nonce first", async () => {
  const { browser, dpop } = await openUser();
  const reloaded = createAuthFetch({ refreshUrl: `${origin}/auth/refresh`, fetch: browser.fetch, dpop, onSignedOut });
  log = [];
  expect(await (await reloaded(`${origin}/orders`)).json()).toEqual({ sub: "user_42" });
  expect(log).toEqual(["POST /auth/refresh 401", "POST /auth/refresh 200", "GET /orders 200"]);
  await reloaded.logout();
  expect(log.at(-1)).toBe("POST /auth/logout 204");
  expect(events.map(({ type }) => type)).toEqual(["started", "rotated", "ended"]);
});

it("a nonce that went out of date in mid-session is replaced without the user's knowing", async () => {
  const user = await openUser();
  expect((await user.fetch(`${origin}/orders`)).status).toBe(200);
  clock.advance("12m");
  log = [];
  expect((await user.fetch(`${origin}/orders`, { method: "POST", body: "x" })).status).toBe(200);
  expect(log).toEqual(["POST /orders 401", "POST /orders 200"]);
});

it("a stolen access token is worth nothing without its key", async () => {
  const user = await openUser();
  expect((await user.fetch(`${origin}/orders`)).status).toBe(200);
  const proof = user.browser.sent?.headers.get("dpop") ?? "";
  const ask = async (headers: Readonly<Record<string, string>>, method = "GET") => {
    const response = await fetch(`${origin}/orders`, { method, headers });
    return [response.status, ((await response.json()) as { readonly code: string }).code];
  };
  const nonce = (await fetch(`${origin}/orders`)).headers.get("dpop-nonce") ?? "";
  const thief = await createDpop({ clock });
  const input = { method: "GET", url: `${origin}/orders`, accessToken: user.token, nonce };
  const authorization = `DPoP ${user.token}`;
  expect(await ask({ authorization: `Bearer ${user.token}` })).toEqual([401, "PROOF_REQUIRED"]);
  expect(await ask({ authorization })).toEqual([401, "PROOF_INVALID"]);
  expect(await ask({ authorization, dpop: await thief.proof(input) })).toEqual([401, "PROOF_REQUIRED"]);
  // A proof that was stolen along with it: used, and for that method alone.
  expect(await ask({ authorization, dpop: proof })).toEqual([401, "PROOF_INVALID"]);
  expect(await ask({ authorization, dpop: proof }, "DELETE")).toEqual([401, "PROOF_INVALID"]);
  // And the control: with the key it is good.
  const good = await fetch(`${origin}/orders`, { headers: { authorization, dpop: await user.dpop.proof(input) } });
  expect(good.status).toBe(200);
});

it("a stolen refresh cookie is worth nothing without its key, and its owner goes on", async () => {
  const user = await openUser();
  const thief = openBrowser();
  thief.cookie = user.browser.cookie;
  const url = `${origin}/auth/refresh`;
  const refresh = async (headers: Readonly<Record<string, string>>) => {
    const response = await thief.fetch(url, { method: "POST", headers });
    return [response.status, ((await response.json()) as { readonly code: string }).code];
  };
  const nonce = (await thief.fetch(url, { method: "POST" })).headers.get("dpop-nonce") ?? "";
  expect(await refresh({})).toEqual([401, "BINDING"]);
  const other = await createDpop({ clock });
  expect(await refresh({ DPoP: await other.proof({ method: "POST", url, nonce }) })).toEqual([401, "BINDING"]);
  clock.advance("20m");
  expect((await user.fetch(`${origin}/orders`)).status).toBe(200);
  expect(user.signedOut()).toBe(0);
  expect(events.some(({ type }) => type === "reused" || type === "ended")).toBe(false);
});

it("a login with a proof that was used before is refused", async () => {
  const [browser, dpop] = [openBrowser(), await createDpop({ clock })];
  expect((await login(browser, dpop)).status).toBe(200);
  const again = await fetch(`${origin}/auth/login`, {
    method: "POST",
    headers: { dpop: browser.sent?.headers.get("dpop") ?? "" },
  });
  expect([again.status, await again.json()]).toEqual([401, { error: "invalid_dpop_proof", code: "PROOF_INVALID" }]);
});
