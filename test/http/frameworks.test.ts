/** The table of answers, on every framework. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { dpopRows } from "./dpop-rows.ts";
import { frameworks, type Received } from "./frameworks.ts";
import { guardRows } from "./guard-rows.ts";
import type { Row } from "./rows.ts";
import { sessionRows } from "./session-rows.ts";
import { openWorld, type World } from "./site.ts";

const ATTRIBUTES = "Path=/; HttpOnly; Secure; SameSite=Strict";
const logged: unknown[][] = [];

beforeEach(() => {
  for (const level of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, level).mockImplementation((...values) => void logged.push(values));
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  expect(logged).toEqual([]);
});

describe.each(frameworks)("%s", (_name, serve) => {
  it.each([...guardRows, ...sessionRows, ...dpopRows])("$name", async (row) => {
    const world = (row.world ?? openWorld)();
    const served = await serve(world.site);
    try {
      const received = await served.send(await row.request(world));
      expectAnswer(received, row);
      expectNoTokenElsewhere(received, world);
    } finally {
      await served.close();
    }
  });
});

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

/** The access token belongs in the body of a 200, the refresh token in its cookie, and no token anywhere else. */
function expectNoTokenElsewhere({ status, headers, body }: Received, { secrets }: World): void {
  const given = status === 200 && body.includes("access_token");
  const accessToken = given ? String((JSON.parse(body) as { access_token: unknown }).access_token) : undefined;
  const cookie = given ? headers.getSetCookie().join() : "";
  const refreshToken = /rjt1[\w-]{132}/.exec(cookie)?.[0];
  if (given) expect(refreshToken).toBeDefined();
  const rest = JSON.stringify([[...headers].filter(([name]) => !given || name !== "set-cookie"), body]);
  for (const secret of [...secrets, refreshToken]) {
    if (secret === undefined || secret === accessToken) continue;
    expect(rest).not.toContain(secret);
    expect(rest).not.toContain(secret.slice(-40));
  }
}
