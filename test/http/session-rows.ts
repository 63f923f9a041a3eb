/** What refresh and logout answer, on every framework. */
import { expect } from "vitest";
import { get, post, type Row } from "./rows.ts";
import type { Sent } from "./served.ts";
import { ORIGIN, openWorld, type World } from "./site.ts";

export const NAME = "__Host-refresh";
const fromPage = (token: string): Readonly<Record<string, string>> => ({ origin: ORIGIN, cookie: `${NAME}=${token}` });
const refresh = (token: string, more: object = {}): Sent => post("/refresh", { ...fromPage(token), ...more });
const logout = (token: string, more: object = {}): Sent => post("/logout", { ...fromPage(token), ...more });

const noStore = { "cache-control": "no-store" };
export const session = (error?: string, description?: string): string =>
  `Bearer realm="session"${error === undefined ? "" : `, error="${error}", error_description="${description}"`}`;

export const tokens = (type: "Bearer" | "DPoP" = "Bearer"): Partial<Row> & { status: number } => ({
  status: 200,
  cookie: "set",
  headers: { ...noStore, pragma: "no-cache", "content-type": "application/json" },
  body: (body) => {
    expect(body).toEqual({ access_token: expect.any(String), token_type: type, expires_in: 900 });
  },
});
const foreign = { status: 403, body: { error: "origin_not_allowed", code: "ORIGIN" }, headers: noStore };
const notAllowed = { status: 405, body: { error: "method_not_allowed" }, headers: { allow: "POST", ...noStore } };
const loggedOut = { status: 204, cookie: "cleared", headers: noStore } as const;
const missing = { status: 401, challenge: session(), body: { error: "unauthorized" } };
const invalidRequest = {
  status: 400,
  challenge: session("invalid_request", "the request is malformed"),
  body: { error: "invalid_request", code: "REQUEST_INVALID" },
};

function over(code: string, description: string) {
  const body = { error: "invalid_token", code };
  return {
    status: 401,
    cookie: "cleared",
    challenge: session("invalid_token", description),
    body,
    headers: noStore,
  } as const;
}

function outage(code: string) {
  return { status: 503, body: { error: "temporarily_unavailable", code }, headers: { "retry-after": "5", ...noStore } };
}

const ended = over("SESSION_ENDED", "the session is over");
const invalid = over("REFRESH_INVALID", "the refresh token is not valid");
const reused = over("REFRESH_REUSED", "the refresh token was used already");

/** The token of a session that has rotated on from it. */
async function rotatedToken(world: World): Promise<string> {
  const { refreshToken } = await world.start();
  const next = await world.sessions.refresh(refreshToken);
  world.secrets.add(next.refreshToken).add(next.accessToken);
  return refreshToken;
}

async function attempted(world: World): Promise<{ readonly token: string; readonly verifier: string }> {
  const verifier = Buffer.alloc(32, 5);
  const digest = await crypto.subtle.digest("SHA-256", verifier);
  const { refreshToken } = await world.start();
  await world.sessions.refresh(refreshToken, { attempt: { challenge: Buffer.from(digest).toString("base64url") } });
  world.clock.advance("5m");
  return { token: refreshToken, verifier: verifier.toString("base64url") };
}

const origins: readonly Row[] = [
  { name: "a listed origin may refresh", request: async (w) => refresh((await w.start()).refreshToken), ...tokens() },
  {
    name: "without Origin, what the browser calls same-origin may refresh",
    request: async (w) => {
      const cookie = `${NAME}=${(await w.start()).refreshToken}`;
      return post("/refresh", { cookie, "sec-fetch-site": "same-origin" });
    },
    ...tokens(),
  },
  ...(
    [
      ["another origin", { origin: "https://evil.example" }],
      ["another scheme", { origin: "http://shop.example" }],
      ["another port", { origin: "https://shop.example:8443" }],
      ["the null origin", { origin: "null" }],
      [
        "another origin that calls itself same-origin",
        { origin: "https://evil.example", "sec-fetch-site": "same-origin" },
      ],
      ["a cross-site request without Origin", { "sec-fetch-site": "cross-site" }],
      ["a same-site request without Origin", { "sec-fetch-site": "same-site" }],
      ["an address bar's request", { "sec-fetch-site": "none" }],
      ["neither Origin nor Sec-Fetch-Site", {}],
    ] as const
  ).flatMap(([who, headers]): readonly Row[] => [
    {
      name: `${who}: may not refresh, and keeps the cookie`,
      request: async (w) => post("/refresh", { cookie: `${NAME}=${(await w.start()).refreshToken}`, ...headers }),
      ...foreign,
    },
    {
      name: `${who}: may not log out`,
      request: async (w) => post("/logout", { cookie: `${NAME}=${(await w.start()).refreshToken}`, ...headers }),
      ...foreign,
    },
  ]),
  {
    name: "two Origin headers are refused",
    request: async (w) => {
      const sent = refresh((await w.start()).refreshToken);
      return { ...sent, headers: [...sent.headers, ["origin", ORIGIN]] };
    },
    ...foreign,
  },
  {
    name: "a GET may not refresh",
    request: async (w) => get("/refresh", fromPage((await w.start()).refreshToken)),
    ...notAllowed,
  },
  {
    name: "a GET may not log out",
    request: async (w) => get("/logout", fromPage((await w.start()).refreshToken)),
    ...notAllowed,
  },
];

const refreshes: readonly Row[] = [
  {
    name: "login gives the access token in the body, the refresh token in the cookie",
    request: () => post("/login"),
    ...tokens(),
  },
  {
    name: "the loser of a race gets the winner's tokens",
    request: async (w) => refresh(await rotatedToken(w)),
    ...tokens(),
  },
  {
    name: "a refresh needs no access token, and heeds none",
    request: async (w) => refresh((await w.start()).refreshToken, { authorization: `Bearer ${w.sign({}, "expired")}` }),
    ...tokens(),
  },
  {
    name: "no cookie: nothing to refresh, nothing to clear",
    request: () => post("/refresh", { origin: ORIGIN }),
    ...missing,
  },
  {
    name: "the token in the body or the header is none",
    request: async (w) => {
      const { refreshToken } = await w.start();
      const headers = { origin: ORIGIN, authorization: `Bearer ${refreshToken}`, "content-type": "application/json" };
      return { ...post("/refresh", headers), body: JSON.stringify({ refresh_token: refreshToken }) };
    },
    ...missing,
  },
  { name: "garbage is cleared", request: () => refresh("garbage"), ...invalid },
  {
    name: "an access token in the refresh cookie is cleared",
    request: async (w) => refresh((await w.start()).accessToken),
    ...invalid,
  },
  {
    name: "a changed token is cleared",
    request: async (w) => {
      const { refreshToken } = await w.start();
      return refresh(`${refreshToken.slice(0, -4)}AAAA`);
    },
    ...invalid,
  },
  {
    name: "a token that was used before the window ends the session, and is cleared",
    request: async (w) => {
      const token = await rotatedToken(w);
      w.clock.advance("31s");
      return refresh(token);
    },
    ...reused,
  },
  {
    name: "a session that was ended is cleared",
    request: async (w) => {
      const { refreshToken, sessionId } = await w.start();
      await w.sessions.end(sessionId);
      return refresh(refreshToken);
    },
    ...ended,
  },
  {
    name: "a session that expired is cleared",
    request: async (w) => {
      const { refreshToken } = await w.start();
      w.clock.advance("15d");
      return refresh(refreshToken);
    },
    ...ended,
  },
  {
    name: "a user who is gone is cleared",
    world: () => {
      let asked = 0;
      return openWorld({ claims: () => (asked++ === 0 ? {} : null) });
    },
    request: async (w) => refresh((await w.start()).refreshToken),
    ...ended,
  },
  {
    name: "another client's cookie is refused and kept",
    request: async (w) => {
      const { refreshToken } = await w.sessions.start({ subject: "user_42", binding: { clientId: "app" } });
      return refresh(refreshToken);
    },
    status: 401,
    challenge: session("invalid_token", "the session is bound to another key or client"),
    body: { error: "invalid_token", code: "BINDING" },
  },
  {
    name: "a store that is down is 503, and the cookie is kept",
    request: async (w) => {
      const { refreshToken } = await w.start();
      w.storeIsDown = true;
      return refresh(refreshToken);
    },
    ...outage("STORE_UNAVAILABLE"),
  },
  {
    name: "a secret that is not here is 503, and the cookie is kept",
    request: async () => {
      const elsewhere = openWorld({ refreshSecrets: [new Uint8Array(32).fill(9)] });
      return refresh((await elsewhere.start()).refreshToken);
    },
    ...outage("KEYS_UNAVAILABLE"),
  },
  {
    name: "a failing `claims` is no refusal",
    world: () => {
      let asked = 0;
      return openWorld({ claims: () => (asked++ === 0 ? {} : Promise.reject(new Error("a bug"))) });
    },
    request: async (w) => refresh((await w.start()).refreshToken),
    status: 500,
  },
];

const attempts: readonly Row[] = [
  {
    name: "a late retry with the attempt's verifier gets the winner's tokens",
    request: async (w) => {
      const { token, verifier } = await attempted(w);
      return refresh(token, { "refresh-attempt-verifier": verifier });
    },
    ...tokens(),
  },
  {
    name: "a first try may bring the attempt's challenge",
    request: async (w) => refresh((await w.start()).refreshToken, { "refresh-attempt-challenge": "A".repeat(43) }),
    ...tokens(),
  },
  {
    name: "a late retry without it is reuse",
    request: async (w) => refresh((await attempted(w)).token),
    ...reused,
  },
  {
    name: "a malformed attempt is refused",
    request: async (w) => refresh((await w.start()).refreshToken, { "refresh-attempt-verifier": "short" }),
    ...invalidRequest,
  },
  {
    name: "challenge and verifier together are refused",
    request: async (w) => {
      const both = { "refresh-attempt-challenge": "A".repeat(43), "refresh-attempt-verifier": "A".repeat(43) };
      return refresh((await w.start()).refreshToken, both);
    },
    ...invalidRequest,
  },
];

const twins: readonly Row[] = [
  {
    name: "a stray cookie of the name does not hide the refresh token",
    request: async (w) => {
      const { refreshToken } = await w.start();
      return post("/refresh", {
        origin: ORIGIN,
        cookie: `${NAME}=stray; theme=dark; ${NAME}=${refreshToken}; ${NAME}`,
      });
    },
    ...tokens(),
  },
  {
    name: "a cookie may come in two lines, and be spaced",
    request: async (w) => {
      const { refreshToken } = await w.start();
      const headers = [
        ["origin", ORIGIN],
        ["cookie", "theme=dark"],
        ["cookie", `${NAME} = ${refreshToken} ;a=b`],
      ] as const;
      return { ...post("/refresh"), headers };
    },
    ...tokens(),
  },
  {
    name: "a name with a no-break space around it is another, which a neighbouring host can set",
    request: async (w) => {
      const { refreshToken } = await w.start("user_7");
      const imitations = `\u00a0${NAME}=${refreshToken}; ${NAME}\u00a0=${refreshToken}`;
      return post("/refresh", { origin: ORIGIN, cookie: `${imitations}; ${NAME}=${(await w.start()).refreshToken}` });
    },
    ...tokens(),
  },
  {
    name: "nor does it stand in for a cookie that is not there",
    request: async (w) =>
      post("/refresh", { origin: ORIGIN, cookie: `\u00a0${NAME}=${(await w.start()).refreshToken}` }),
    ...missing,
  },
  {
    name: "of two strays one is judged",
    request: () => refresh(`a; ${NAME}=b`),
    ...invalid,
  },
  {
    name: "the same token twice is one",
    request: async (w) => {
      const { refreshToken } = await w.start();
      return refresh(`${refreshToken}; ${NAME}=${refreshToken}`);
    },
    ...tokens(),
  },
  {
    name: "of two refresh tokens none is presented",
    request: async (w) =>
      refresh(`${(await w.start()).refreshToken}; ${NAME}=${(await w.start("user_7")).refreshToken}`),
    ...invalidRequest,
  },
  {
    name: "a logout with two refresh tokens is one",
    request: async (w) =>
      logout(`${(await w.start()).refreshToken}; ${NAME}=${(await w.start("user_7")).refreshToken}`),
    ...loggedOut,
  },
  {
    name: "five refresh tokens are no browser's",
    request: async (w) => {
      const five = await Promise.all(Array.from({ length: 5 }, () => w.start()));
      return logout(five.map(({ refreshToken }) => refreshToken).join(`; ${NAME}=`));
    },
    ...invalidRequest,
  },
];

const logouts: readonly Row[] = [
  { name: "a logout clears the cookie", request: async (w) => logout((await w.start()).refreshToken), ...loggedOut },
  {
    name: "a second logout is one",
    request: async (w) => {
      const { refreshToken } = await w.start();
      await w.sessions.endByToken(refreshToken);
      return logout(refreshToken);
    },
    ...loggedOut,
  },
  { name: "a logout without a cookie is one", request: () => post("/logout", { origin: ORIGIN }), ...loggedOut },
  { name: "a logout with garbage is one", request: () => logout("garbage"), ...loggedOut },
  {
    name: "a logout with an expired access token is one",
    request: async (w) => logout((await w.start()).refreshToken, { authorization: `Bearer ${w.sign({}, "expired")}` }),
    ...loggedOut,
  },
  {
    name: "a logout that the store does not hear is 503, and the cookie is kept for the next try",
    request: async (w) => {
      const { refreshToken } = await w.start();
      w.storeIsDown = true;
      return logout(refreshToken);
    },
    ...outage("STORE_UNAVAILABLE"),
  },
];

export const sessionRows: readonly Row[] = [...origins, ...refreshes, ...attempts, ...twins, ...logouts];
