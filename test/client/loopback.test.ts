/** The client in Node, against a real server over TCP. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AuthFetch, createAuthFetch } from "../../src/client/index.ts";
import { type LiveSite, openSite } from "./site.ts";

let site: LiveSite;
beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

/** What a program that is not a browser has to bring: the cookies, and its origin. */
function fetchWithCookie(): typeof fetch {
  let cookie: string | undefined;
  return async (input, init) => {
    const request = new Request(input, init);
    request.headers.set("origin", site.origin);
    if (cookie !== undefined) request.headers.set("cookie", cookie);
    const response = await fetch(request);
    const [set] = response.headers.getSetCookie();
    if (set !== undefined) cookie = set.includes("Max-Age=0") ? undefined : set.split(";")[0];
    return response;
  };
}

async function login(): Promise<{ user: AuthFetch; signedOut: () => number }> {
  let signedOut = 0;
  const fetch = fetchWithCookie();
  const user = createAuthFetch({
    refreshUrl: `${site.origin}/auth/refresh`,
    fetch,
    onSignedOut: () => {
      signedOut++;
    },
  });
  const response = await fetch(`${site.origin}/auth/login`, { method: "POST" });
  const tokens = (await response.json()) as { readonly access_token: string; readonly expires_in: number };
  user.setAccessToken(tokens.access_token, tokens.expires_in);
  return { user, signedOut: () => signedOut };
}

interface Me {
  readonly sub?: string;
  readonly sid?: string;
}

const me = async (user: AuthFetch): Promise<Me> => (await user(`${site.origin}/api/me`)).json() as Promise<Me>;

describe("a client in Node", () => {
  it("refreshes once for a hundred calls with an expired token, and again when that one expires", async () => {
    const { user } = await login();
    for (let round = 1; round <= 3; round++) {
      site.clock.advance("20m");
      const answers = await Promise.all(Array.from({ length: 100 }, () => me(user)));
      expect(new Set(answers.map(({ sub }) => sub))).toEqual(new Set(["user_42"]));
      expect(site.refreshes).toBe(round);
    }
    expect(site.events.some(({ type }) => type === "reused")).toBe(false);
  });

  it("keeps its session when the answer is lost after the commit", async () => {
    const { user, signedOut } = await login();
    const { sid } = await me(user);
    site.clock.advance("20m");
    site.loseAnswers = 2;
    expect((await me(user)).sid).toBe(sid);
    expect(site.refreshes).toBe(3);
    expect(site.events.map(({ type }) => type)).toEqual(["started", "rotated", "replayed", "replayed"]);
    expect(signedOut()).toBe(0);
  });

  it("is signed out by logout, for good", async () => {
    const { user, signedOut } = await login();
    await user.logout();
    expect((await user(`${site.origin}/api/me`)).status).toBe(401);
    expect(signedOut()).toBe(1);
    expect(site.events.at(-1)).toMatchObject({ type: "ended", reason: "logout" });
  });

  it("shares nothing with another client of the process, which may act for another user", async () => {
    const first = await login();
    const second = await login();
    const sids = [await me(first.user), await me(second.user)].map(({ sid }) => sid);
    expect(new Set(sids).size).toBe(2);
    await first.user.logout();
    expect((await me(second.user)).sid).toBe(sids[1]);
  });

  it("does not carry the token along a redirect to another origin", async () => {
    const { user } = await login();
    const response = await user(`${site.origin}/away`);
    expect(new URL(response.url).hostname).toBe("127.0.0.1");
    expect(Object.keys((await response.json()) as object)).not.toContain("authorization");
    const stayed = await user(`${site.origin}/echo`);
    expect(Object.keys((await stayed.json()) as object)).toContain("authorization");
  });
});
