/** What the edge refuses says what is wrong and where it was said, in words that hold no token and nothing of a request. */
import { describe, expect, it, test } from "vitest";
import { readAttempt } from "../../src/http/attempt-fields.ts";
import { authenticateHandler } from "../../src/http/authenticate-handler.ts";
import {
  createAuthHandlers,
  createOauthHandlers,
  dpopNonces,
  type GuardOptions,
  guard,
  jwksHandler,
  proofGuard,
  revocationsHandler,
} from "../../src/http/index.ts";
import { verifiedRequests } from "../../src/http/verified-requests.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { keyFor } from "../fixtures/keys.ts";
import { refusalOf, rejectionOf } from "../fixtures/refusals.ts";
import { ORIGIN, openWorld } from "./site.ts";

const world = openWorld();
const { sessions } = world;
const { verifier } = world.site.guarded["/me"] as { verifier: never };
const usedProofs = memoryStore();
const dpop = { origin: ORIGIN, usedProofs };
const cookie = { origins: [ORIGIN] };

const isUndefined = (name: string): string => `option "${name}" is undefined. Is its environment variable set?`;
const duration = (name: string, got: string): string =>
  `option "${name}" must be more than zero: seconds as a number, or text with a unit like "15m", got ${got}`;
const listOf = (option: string): string =>
  `option "${option}" must be a list of origins, like ["https://shop.example"]`;
const named = (option: string, example = "https://shop.example"): string =>
  `option "${option}" must name origins as browsers write them, like "${example}"`;
const noCookieName = (option: string): string =>
  `option "${option}" must be a cookie name: no space, "=", ";" or quote`;

function says(where: string, make: () => unknown, problem: string): void {
  expect(refusalOf(make)).toMatchObject({ code: "CONFIG", message: `${where}: ${problem}` });
}

describe("an option of guard", () => {
  const scope = 'option "scope" must name at least one scope: text, or a list of texts without spaces';

  test.each<[string, object]>([
    [scope, { scope: " " }],
    [scope, { scope: 7 }],
    ['option "allow" must be a function', { allow: true }],
    ['option "requireFresh" must be a boolean', { requireFresh: "yes" }],
    ['option "realm" must be non-empty text', { realm: "" }],
    ['option "realm" must be printable ASCII, without quote and backslash', { realm: 'a"' }],
    ['option "origins" goes with "cookie" only', { origins: [ORIGIN] }],
    ['option "cookie" must be non-empty text', { cookie: "" }],
    [noCookieName("cookie"), { cookie: "a;b" }],
    [listOf("origins"), { cookie: "access", origins: [] }],
    [named("origins"), { cookie: "access", origins: [new URL("https://other.example")] }],
  ])("%s", (problem, options) => {
    says("guard", () => guard(verifier, options as GuardOptions<unknown>), problem);
  });

  it("is no verifier", () => {
    says("guard", () => guard({} as never), "the first argument must be a verifier");
  });

  it("is asked of proofs under its own name", () => {
    says("guard: dpop", () => guard(verifier, { dpop: { ...dpop, origin: [] } }), listOf("origin"));
  });
});

describe("an option for proofs", () => {
  const store = 'option "usedProofs" must be a store with markUsed: memoryStore(), redisStore(client) …';
  const algs = 'option "algs" must be a list of asymmetric algorithms, like ["ES256"]';

  test.each<[string, object]>([
    [store, { usedProofs: {} }],
    [algs, { algs: [] }],
    [algs, { algs: ["ES256", "HS256"] }],
    ['option "nonces.current" must be a function', { nonces: null }],
    ['option "nonces.accepts" must be a function', { nonces: { current: () => "x" } }],
    ['option "clock" must be a function', { clock: 7 }],
    [named("origin", "https://api.example"), { origin: "https://api.example/v1" }],
    [duration("window", "0"), { window: 0 }],
    ['option "required" must be a boolean', { required: "yes" }],
  ])("%s", (problem, changes) => {
    says("proofGuard", () => proofGuard({ ...dpop, ...changes } as never), problem);
  });

  test.each<[string, object]>([
    ['option "clock" must be a function', { clock: 7 }],
    [duration("life", "0"), { life: 0 }],
  ])("of nonces: %s", (problem, changes) => {
    says("dpopNonces", () => dpopNonces({ secret: new Uint8Array(32), ...changes } as never), problem);
  });
});

describe("an option of createAuthHandlers", () => {
  test.each<[string, object]>([
    ['there is no option "cors". The options are: sessions, cookie, dpop', { cors: true }],
    [isUndefined("dpop"), { dpop: undefined }],
    ['option "sessions.refresh" must be a function', { sessions: undefined }],
    ['option "sessions.endByToken" must be a function', { sessions: { refresh: sessions.refresh } }],
  ])("%s", (problem, changes) => {
    says("createAuthHandlers", () => createAuthHandlers({ sessions, cookie, ...changes } as never), problem);
  });

  it("is asked of proofs under its own name", () => {
    const options = { sessions, cookie, dpop: { ...dpop, window: 0 } };
    says("createAuthHandlers: dpop", () => createAuthHandlers(options), duration("window", "0"));
  });

  test.each<[string, object]>([
    [listOf("origins"), { origins: [] }],
    ['option "path" must be non-empty text', { path: "" }],
    ['option "path" must begin with "/", and be printable, without ";"', { path: "auth" }],
    ['option "name" must be non-empty text', { name: "" }],
    [noCookieName("name"), { name: "a b" }],
    [
      'a cookie named "__Host-refresh" takes path "/" only. For another path name it "__Secure-…"',
      { name: "__Host-refresh", path: "/auth" },
    ],
    ['option "sameSite" must be "strict" or "lax": with "none" any site could post the cookie', { sameSite: "none" }],
  ])("for the cookie: %s", (problem, changes) => {
    const make = () => createAuthHandlers({ sessions, cookie: { ...cookie, ...changes } as never });
    says("createAuthHandlers: cookie", make, problem);
  });

  it("is no refresh token that would break the cookie", () => {
    const { issue } = createAuthHandlers({ sessions, cookie });
    const refused = () => issue({ refreshToken: "a;b", refreshExpiresIn: 1 } as never);
    says("createAuthHandlers: cookie", refused, "this refresh token cannot stand in a cookie");
  });
});

describe("an option of createOauthHandlers", () => {
  const options = { sessions, verifier, authenticateClient: () => true };

  test.each<[string, object]>([
    ['option "sessions.refresh" must be a function', { sessions: undefined }],
    ['option "sessions.endByToken" must be a function', { sessions: { ...sessions, endByToken: 7 } }],
    ['option "verifier.safeVerifyAsync" must be a function', { verifier: undefined }],
    ['option "authenticateClient" must be a function', { authenticateClient: true }],
    ['option "maxBodyBytes" must be a whole number of at least 1', { maxBodyBytes: 0 }],
  ])("%s", (problem, changes) => {
    says("createOauthHandlers", () => createOauthHandlers({ ...options, ...changes } as never), problem);
  });

  it("is asked of proofs under its own name", () => {
    const changed = { ...options, dpop: { ...dpop, window: 0 } };
    says("createOauthHandlers: dpop", () => createOauthHandlers(changed), duration("window", "0"));
  });
});

describe("an option of authenticateHandler", () => {
  const original = 'option "original" must be "forwarded" or "own", and goes with "cookie" and "dpop"';

  test.each<[string, object]>([
    [original, { cookie: "access" }],
    [original, { original: "forwarded-for" }],
    [original, { original: "his own" }],
    ['option "headers" must be a function', { headers: ["sub"] }],
  ])("%s", (problem, options) => {
    says("authenticateHandler", () => authenticateHandler(verifier, options as never), problem);
  });
});

describe("an option of revocationsHandler", () => {
  const options = { feed: memoryStore(), key: keyFor("ES256"), issuer: "https://auth.example" };
  const noFeed = 'option "feed" must be a revocation feed';

  test.each<[string, object]>([
    [noFeed, { feed: {} }],
    [noFeed, { feed: null }],
    [isUndefined("onEvent"), { onEvent: undefined }],
    ['option "clock" must be a function', { clock: 1 }],
    ['option "onEvent" must be a function', { onEvent: "log" }],
    ['option "issuer" must be non-empty text', { issuer: "" }],
    [
      'option "maxAge" must be zero or more: seconds as a number, or text with a unit like "15m", got -1',
      { maxAge: -1 },
    ],
  ])("%s", (problem, changes) => {
    says("revocationsHandler", () => revocationsHandler({ ...options, ...changes } as never), problem);
  });
});

it("jwksHandler says that it needs a ring", () => {
  for (const ring of [undefined, {}]) {
    says("jwksHandler", () => jwksHandler(ring as never), 'option "ring.jwksResponse" must be a function');
  }
});

it("a guard says that it was not put before", () => {
  says("guard.of", () => verifiedRequests().of({}), "this guard has not let this request pass: put it before");
});

describe("a refused request", () => {
  const request = (headers: Readonly<Record<string, string>>, method = "GET"): Request =>
    new Request(`${ORIGIN}/me`, { method, headers });
  const token = world.sign({ scope: "orders" });
  const bound = world.sign({ cnf: { jkt: world.jkt } });
  const bearer = { authorization: `Bearer ${token}` };
  const page = { cookie: "access", origins: [ORIGIN] };
  const proved = { dpop: { ...dpop, clock: world.clock } };

  test.each<[string, string, GuardOptions<unknown>, Request]>([
    ["TOKEN_MISSING", "the request carries no access token", {}, request({})],
    [
      "REQUEST_INVALID",
      "the Authorization header is too long",
      {},
      request({ authorization: `Bearer ${"a".repeat(65_530)}` }),
    ],
    [
      "REQUEST_INVALID",
      "the Authorization header must be `Bearer <token>`",
      {},
      request({ authorization: "Bearer a b" }),
    ],
    [
      "REQUEST_INVALID",
      "the Authorization header must be `DPoP <token>`",
      proved,
      request({ authorization: "DPoP a b" }),
    ],
    [
      "REQUEST_INVALID",
      "the request has several access tokens in cookies",
      page,
      request({ cookie: "access=a; access=b" }),
    ],
    [
      "ORIGIN",
      "the request has a cookie but no Origin: a program that is not a browser must send one",
      page,
      request({ cookie: "access=a" }, "POST"),
    ],
    [
      "ORIGIN",
      'the request\'s Origin is not in the option "origins"',
      page,
      request({ cookie: "access=a", origin: "https://evil.example" }, "POST"),
    ],
    ["SCOPE", "the token lacks a scope", { scope: "admin" }, request(bearer)],
    ["SCOPE", "`allow` refused the claims", { allow: () => false }, request(bearer)],
    [
      "PROOF_REQUIRED",
      "the token is bound to no key, which this route asks for",
      { dpop: { ...proved.dpop, required: true } },
      request(bearer),
    ],
    ["PROOF_INVALID", "the request has no DPoP header", proved, request({ authorization: `DPoP ${bound}` })],
  ])("is %s, and the log is told: %s", async (code, message, options, sent) => {
    const result = await guard(verifier, options)(sent);
    expect(result).toMatchObject({ ok: false, error: { code, message } });
  });

  it("of a login says that it has no proof", async () => {
    const result = await proofGuard(proved.dpop)(request({}, "POST"));
    expect(result).toMatchObject({ error: { code: "PROOF_INVALID", message: "the request has no DPoP header" } });
  });

  it("with an attempt's challenge and its verifier, or one of them twice, says so", () => {
    const asked = { method: "POST", target: "/refresh", values: () => ["x"] };
    expect(refusalOf(() => readAttempt(asked))).toMatchObject({
      code: "REQUEST_INVALID",
      message: "a request has an attempt's challenge or its verifier, once, not both",
    });
  });
});

describe("the programmer's mistake", () => {
  const form = (): Request =>
    new Request(`${ORIGIN}/oauth`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "client_id=public&token=x",
    });
  const bearer = (): Request => new Request(`${ORIGIN}/me`, { headers: { authorization: `Bearer ${world.sign({})}` } });
  const mistaken = async (where: string, problem: string, answer: Promise<unknown>): Promise<void> =>
    expect(await rejectionOf(answer)).toMatchObject({ code: "CONFIG", message: `${where}: ${problem}` });

  it("of an `allow` that answers a promise is told", async () => {
    const allow = (() => Promise.resolve(true)) as never;
    await mistaken("guard", "`allow` must answer true or false, at once", guard(verifier, { allow })(bearer()));
  });

  it("of an `authenticateClient` that answers no boolean is told", async () => {
    const { revoke } = createOauthHandlers({ sessions, verifier, authenticateClient: () => "yes" as never });
    await mistaken("createOauthHandlers", "`authenticateClient` must answer true or false", revoke(form()));
  });

  it("of a body that was read before is told", async () => {
    const { revoke } = createOauthHandlers({ sessions, verifier, authenticateClient: () => true });
    const read = form();
    await read.text();
    await mistaken("createOauthHandlers", "the body was read already: pass the request as it came", revoke(read));
  });

  it("of a proxy that does not tell of the client's request is told", async () => {
    const problem = "the proxy must send X-Forwarded-Method and X-Forwarded-Uri, each once";
    const ask = authenticateHandler(verifier, { original: "forwarded" });
    await mistaken("authenticateHandler", problem, ask(bearer()));
  });

  it("of a field that cannot be sent is told, with no more of its name than fits a line", async () => {
    const problem = (name: string): string => `\`headers\` must make fields of printable ASCII, which "${name}" is not`;
    for (const name of ["x user", "é", "x-user:", " x-user", ""]) {
      const ask = authenticateHandler(verifier, { headers: () => ({ [name]: "user_42" }) });
      await mistaken("authenticateHandler", problem(name), ask(bearer()));
    }
    const long = authenticateHandler(verifier, { headers: () => ({ ["é".repeat(41)]: "user_42" }) });
    await mistaken("authenticateHandler", problem("é".repeat(40)), long(bearer()));
  });
});
