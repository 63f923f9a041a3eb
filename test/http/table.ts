/** The table of answers, which every framework must give alike. */
import { describe, expect, it } from "vitest";
import { dpopRows } from "./dpop-rows.ts";
import { guardRows } from "./guard-rows.ts";
import { expectNothingLogged } from "./nothing-logged.ts";
import { oauthRows } from "./oauth-rows.ts";
import type { Row } from "./rows.ts";
import type { Framework, Received, Sent, Served } from "./served.ts";
import { sessionRows } from "./session-rows.ts";
import { openWorld, type Site, type World } from "./site.ts";

const ATTRIBUTES = "Path=/; HttpOnly; Secure; SameSite=Strict";

/** @param otherwise the same with a parser of forms before the handlers, or without its own: for what reads forms */
export function describeTable(frameworks: readonly Framework[], otherwise: readonly Framework[] = []): void {
  expectNothingLogged();

  describe.each(frameworks)("%s", (_name, serve) => {
    it.each([...guardRows, ...sessionRows, ...dpopRows, ...oauthRows])("$name", (row) => expectRow(serve, row));
  });

  describe.each(otherwise)("%s", (_name, serve) => {
    it.each(oauthRows)("$name", (row) => expectRow(serve, row));
  });
}

async function expectRow(serve: (site: Site) => Promise<Served>, row: Row): Promise<void> {
  const world = (row.world ?? openWorld)();
  const served = await serve(world.site);
  try {
    const sent = await row.request(world);
    const received = await served.send(sent);
    expectAnswer(received, row);
    expectType(received, sent);
    expectNoTokenElsewhere(received, world);
  } finally {
    await served.close();
  }
}

/** Where there is no content there is no type, but in answers to HEAD and in 304, which tell what a GET would: RFC 9110 §8.3. */
function expectType({ status, headers, body }: Received, { method }: Sent): void {
  if (body === "" && method !== "HEAD" && status !== 304) expect(headers.get("content-type")).toBeNull();
}

function expectAnswer(received: Received, row: Row): void {
  expect(received.status).toBe(row.status);
  // What an application's own error handler answers is its own.
  if (row.status === 500) return;
  expect(received.headers.get("www-authenticate")).toBe(row.challenge ?? null);
  for (const [name, value] of Object.entries(row.headers ?? {})) expect(received.headers.get(name)).toBe(value);
  expectBody(received, row);
  expectCookie(received, row);
}

function expectBody({ body }: Received, row: Row): void {
  if (row.body === undefined) expect(body).toBe("");
  else if (typeof row.body === "function") row.body(JSON.parse(body) as Readonly<Record<string, unknown>>);
  else expect(JSON.parse(body)).toEqual(row.body);
}

function expectCookie({ headers }: Received, row: Row): void {
  const cookies = headers.getSetCookie();
  if (row.cookie === undefined) expect(cookies).toEqual([]);
  else if (row.cookie === "cleared") expect(cookies).toEqual([`__Host-refresh=; Max-Age=0; ${ATTRIBUTES}`]);
  else {
    const [name, ...attributes] = (cookies[0] ?? "").split("; ");
    expect(cookies).toHaveLength(1);
    expect(name).toMatch(/^__Host-refresh=rjt1[\w-]{132}$/);
    expect(attributes.slice(1).join("; ")).toBe(ATTRIBUTES);
    // Fourteen days, less what passed since the winner's rotation.
    expect(attributes[0]).toMatch(/^Max-Age=(1209600|1209300)$/);
  }
}

/** Tokens belong in the body of a 200 that gives them, a browser's refresh token in its cookie, and no token anywhere else. */
function expectNoTokenElsewhere({ status, headers, body }: Received, { secrets }: World): void {
  const given = status === 200 && body.includes("access_token");
  const tokens = given ? (JSON.parse(body) as Readonly<Record<string, unknown>>) : {};
  const { access_token: accessToken, refresh_token: ownRefreshToken } = tokens;
  const inCookie = given && ownRefreshToken === undefined;
  const cookie = inCookie ? headers.getSetCookie().join() : "";
  const refreshToken = ownRefreshToken ?? /rjt1[\w-]{132}/.exec(cookie)?.[0];
  if (given) expect(refreshToken).toMatch(/^rjt1[\w-]{132}$/);
  const rest = JSON.stringify([[...headers].filter(([name]) => !inCookie || name !== "set-cookie"), body]);
  for (const secret of [...secrets, ...(inCookie ? [String(refreshToken)] : [])]) {
    if (secret === accessToken || secret === ownRefreshToken) continue;
    expect(rest).not.toContain(secret);
    expect(rest).not.toContain(secret.slice(-40));
  }
}
