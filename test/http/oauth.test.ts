/** What the OAuth endpoints answer: RFC 6749 §5 and §6, RFC 7009, RFC 7662, RFC 9449 §5 and §8, RFC 7517 §8.5. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  type ClientCredentials,
  createOauthHandlers,
  dpopNonces,
  jwksHandler,
  type OauthHandlersOptions,
} from "../../src/http/index.ts";
import { keyRing } from "../../src/jwk/key-ring.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { hs256, keyFor } from "../fixtures/keys.ts";
import { expectNothingLogged } from "./nothing-logged.ts";
import { ORIGIN, openWorld, type World } from "./site.ts";

type Parameters = Readonly<Record<string, string>>;

const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const SECRET = "s3cret of the app: +/%";
const knows = (client: ClientCredentials): boolean => {
  if (client.method === "none") return client.clientId === "public";
  if (client.method === "client_assertion") return client.clientAssertion === ASSERTION && client.clientId === "app";
  return client.clientId === "app" && client.clientSecret === SECRET;
};
const ASSERTION = `e30.${Buffer.from('{"sub":"app"}').toString("base64url")}.c2ln`;
const encoded = (text: string): string => encodeURIComponent(text).replaceAll("%20", "+");
const basic = (id = "app", secret = SECRET): string =>
  `Basic ${Buffer.from(`${encoded(id)}:${encoded(secret)}`).toString("base64")}`;

function open(changes: Partial<OauthHandlersOptions> = {}) {
  const world = openWorld();
  const { verifier } = world.site.guarded["/me"] as { verifier: never };
  const handlers = createOauthHandlers({ sessions: world.sessions, verifier, authenticateClient: knows, ...changes });
  return { world, handlers };
}

const form = (parameters: Parameters | string, headers: Parameters = {}): Request =>
  new Request(`${ORIGIN}/oauth`, {
    method: "POST",
    headers: { authorization: basic(), "content-type": "application/x-www-form-urlencoded", ...headers },
    body: typeof parameters === "string" ? parameters : new URLSearchParams(parameters).toString(),
  });
const grant = (token: string, more: Parameters = {}): Parameters => ({
  grant_type: "refresh_token",
  refresh_token: token,
  ...more,
});

async function json(response: Response): Promise<{ readonly status: number; readonly [member: string]: unknown }> {
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(response.headers.get("content-type")).toBe("application/json");
  return { ...((await response.json()) as object), status: response.status };
}

expectNothingLogged();

describe("the token endpoint", () => {
  it("takes no client that no session can be bound to, whatever the application says of it", async () => {
    const { world, handlers } = open({ authenticateClient: () => true });
    const { refreshToken } = await world.start();
    for (const clientId of ["app\0", "app\n", "ä", "x".repeat(1025)]) {
      const request = form(grant(refreshToken, { client_id: clientId }));
      request.headers.delete("authorization");
      expect(await json(await handlers.token(request))).toMatchObject({ status: 401, error: "invalid_client" });
      const basicRequest = form(grant(refreshToken), { authorization: basic(clientId) });
      expect(await json(await handlers.token(basicRequest))).toMatchObject({ status: 401, error: "invalid_client" });
    }
  });

  it("exchanges a refresh token", async () => {
    const { world, handlers } = open();
    const { refreshToken } = await world.start();
    const response = await handlers.token(form(grant(refreshToken)));
    expect(response.headers.get("pragma")).toBe("no-cache");
    const body = await json(response);
    expect(body).toEqual({
      status: 200,
      access_token: expect.any(String),
      token_type: "Bearer",
      expires_in: 900,
      refresh_token: expect.stringMatching(/^rjt1/),
    });
    expect(body.refresh_token).not.toBe(refreshToken);
  });

  it("gives the loser of a race the winner's tokens", async () => {
    const { world, handlers } = open();
    const { refreshToken } = await world.start();
    const [first, second] = await Promise.all(
      [1, 2].map(async () => json(await handlers.token(form(grant(refreshToken))))),
    );
    expect(second?.refresh_token).toBe(first?.refresh_token);
  });

  it("takes the attempt as parameters, or as fields", async () => {
    const verifier = Buffer.alloc(32, 5);
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    const proof = verifier.toString("base64url");
    for (const where of ["parameters", "fields"]) {
      const { world, handlers } = open();
      const { refreshToken } = await world.start();
      const send = (name: string, value: string) =>
        where === "parameters"
          ? handlers.token(form(grant(refreshToken, { [`refresh_attempt_${name}`]: value })))
          : handlers.token(form(grant(refreshToken), { [`refresh-attempt-${name}`]: value }));
      const first = await json(await send("challenge", challenge));
      world.clock.advance("5m");
      expect((await json(await send("verifier", proof))).refresh_token).toBe(first.refresh_token);
    }
  });

  it("refuses an attempt that comes twice", async () => {
    const { world, handlers } = open();
    const { refreshToken } = await world.start();
    const challenge = "A".repeat(43);
    const twice = form(grant(refreshToken, { refresh_attempt_challenge: challenge }), {
      "refresh-attempt-challenge": challenge,
    });
    expect(await json(await handlers.token(twice))).toMatchObject({ status: 400, error: "invalid_request" });
  });

  it("refuses every other grant", async () => {
    const { handlers } = open();
    for (const type of ["password", "authorization_code", "client_credentials", "Refresh_Token"]) {
      expect(await json(await handlers.token(form({ grant_type: type })))).toMatchObject({
        status: 400,
        error: "unsupported_grant_type",
      });
    }
  });

  it("refuses another scope than the session's", async () => {
    const { world, handlers } = open();
    const { refreshToken } = await world.start();
    expect(await json(await handlers.token(form(grant(refreshToken, { scope: "orders" }))))).toMatchObject({
      status: 400,
      error: "invalid_scope",
      error_description: "a refresh keeps the scope that the session has",
    });
  });

  it.each<[string, Parameters]>([
    ["grant_type", { refresh_token: "x" }],
    ["grant_type", { grant_type: "", refresh_token: "x" }],
    ["refresh_token", { grant_type: "refresh_token" }],
    ["refresh_token", { grant_type: "refresh_token", refresh_token: "" }],
  ])("a request without %s is told so: %j", async (name, parameters) => {
    const response = await open().handlers.token(form(parameters));
    expect(response.headers.get("retry-after")).toBeNull();
    expect(await json(response)).toEqual({
      status: 400,
      error: "invalid_request",
      error_description: `the parameter ${name} is missing`,
    });
  });

  it.each<[string, string, (world: World) => Promise<string>]>([
    ["garbage", "REFRESH_INVALID", async () => "garbage"],
    ["an access token", "REFRESH_INVALID", async (w) => (await w.start()).accessToken],
    [
      "a used token",
      "REFRESH_REUSED",
      async (w) => {
        const { refreshToken } = await w.start();
        await w.sessions.refresh(refreshToken);
        w.clock.advance("31s");
        return refreshToken;
      },
    ],
    [
      "the token of a session that was ended",
      "SESSION_ENDED",
      async (w) => {
        const { refreshToken, sessionId } = await w.start();
        await w.sessions.end(sessionId);
        return refreshToken;
      },
    ],
    ["another client's token", "BINDING", async (w) => (await w.start("ann", { clientId: "other" })).refreshToken],
    ["a bound token without proof", "BINDING", async (w) => (await w.start("ann", { jkt: w.jkt })).refreshToken],
  ])("%s is invalid_grant", async (_name, code, tokenOf) => {
    const { world, handlers } = open();
    const token = await tokenOf(world);
    const body = await json(await handlers.token(form(grant(token))));
    expect(body).toMatchObject({ status: 400, error: "invalid_grant", code });
    expect(body.error_description).toMatch(/^[ !#-[\]-~]+$/);
    expect(JSON.stringify(body)).not.toContain(token);
  });

  it("is 503 in an outage, and the token keeps", async () => {
    const { world, handlers } = open();
    const { refreshToken } = await world.start();
    world.storeIsDown = true;
    const response = await handlers.token(form(grant(refreshToken)));
    expect(response.headers.get("retry-after")).toBe("5");
    expect(await json(response)).toMatchObject({
      status: 503,
      error: "temporarily_unavailable",
      code: "STORE_UNAVAILABLE",
    });
    world.storeIsDown = false;
    expect((await handlers.token(form(grant(refreshToken)))).status).toBe(200);
  });
});

describe("a proof at the token endpoint", () => {
  function openWithProofs() {
    const { clock } = openWorld();
    const usedProofs = memoryStore({ clock });
    const nonces = dpopNonces({ secret: new Uint8Array(32).fill(3), clock });
    return { ...open({ dpop: { origin: ORIGIN, usedProofs, clock, nonces } }), nonces };
  }

  it("refreshes a session of its key, once its nonce is the server's", async () => {
    const { world, handlers, nonces } = openWithProofs();
    const { refreshToken } = await world.start("ann", { jkt: world.jkt });
    const first = await handlers.token(form(grant(refreshToken), { dpop: world.prove("POST", "/oauth") }));
    const nonce = first.headers.get("dpop-nonce");
    expect(nonce).toBe(nonces.current());
    expect(await json(first)).toMatchObject({ status: 400, error: "use_dpop_nonce" });
    const dpop = world.prove("POST", "/oauth", { claims: { nonce } });
    const second = await handlers.token(form(grant(refreshToken), { dpop }));
    expect(second.headers.get("dpop-nonce")).toBe(nonce);
    expect(await json(second)).toMatchObject({ status: 200, token_type: "DPoP" });
    expect(await json(await handlers.token(form(grant(refreshToken), { dpop })))).toMatchObject({
      error: "invalid_dpop_proof",
    });
  });

  it("of another key does not, and of another address is invalid_dpop_proof", async () => {
    const { world, handlers, nonces } = openWithProofs();
    const { refreshToken } = await world.start("ann", { jkt: "another key's thumbprint" });
    const claims = { nonce: nonces.current() };
    const other = world.prove("POST", "/oauth", { claims });
    expect(await json(await handlers.token(form(grant(refreshToken), { dpop: other })))).toMatchObject({
      status: 400,
      error: "invalid_grant",
    });
    const elsewhere = world.prove("POST", "/elsewhere", { claims });
    expect(await json(await handlers.token(form(grant(refreshToken), { dpop: elsewhere })))).toMatchObject({
      status: 400,
      error: "invalid_dpop_proof",
      code: "PROOF_INVALID",
    });
  });
});

describe("the revocation endpoint", () => {
  it("answers 200 and nothing, whatever the token was", async () => {
    const { world, handlers } = open();
    const { refreshToken, sessionId } = await world.start();
    for (const token of [refreshToken, refreshToken, "garbage", "a.b.c"]) {
      const response = await handlers.revoke(form({ token, token_type_hint: "nonsense" }));
      expect(response.status).toBe(200);
      expect(await response.text()).toBe("");
    }
    expect(await world.sessions.find(sessionId)).toBeUndefined();
  });

  it("ends the session of an access token", async () => {
    const { world, handlers } = open();
    const { accessToken, sessionId } = await world.start();
    expect((await handlers.revoke(form({ token: accessToken }))).status).toBe(200);
    expect(await world.sessions.find(sessionId)).toBeUndefined();
  });

  it("says what it cannot revoke, and what is another client's", async () => {
    const { world, handlers } = open();
    expect(await json(await handlers.revoke(form({ token: world.sign({}) })))).toMatchObject({
      status: 400,
      error: "unsupported_token_type",
      error_description: "access tokens without a session cannot be revoked here",
    });
    const { refreshToken, sessionId } = await world.start("ann", { clientId: "other" });
    expect(await json(await handlers.revoke(form({ token: refreshToken })))).toMatchObject({
      status: 400,
      error: "invalid_grant",
    });
    expect(await world.sessions.find(sessionId)).toBeDefined();
    expect(await json(await handlers.revoke(form({})))).toMatchObject({ status: 400, error: "invalid_request" });
  });

  it("is 503 while the store is down: the token may still live", async () => {
    const { world, handlers } = open();
    const { refreshToken } = await world.start();
    world.storeIsDown = true;
    expect(await json(await handlers.revoke(form({ token: refreshToken })))).toMatchObject({ status: 503 });
  });
});

describe("the introspection endpoint", () => {
  it("tells of a good token, and of no other", async () => {
    const { world, handlers } = open();
    const { accessToken, refreshToken, sessionId } = await world.start();
    expect(await json(await handlers.introspect(form({ token: accessToken })))).toMatchObject({
      status: 200,
      active: true,
      token_type: "Bearer",
      sub: "user_42",
    });
    expect(await json(await handlers.introspect(form({ token: refreshToken })))).toMatchObject({
      active: true,
      sid: sessionId,
    });
    await world.sessions.end(sessionId);
    for (const token of [accessToken, refreshToken, "garbage"]) {
      expect(await json(await handlers.introspect(form({ token })))).toEqual({ status: 200, active: false });
    }
    expect(await json(await handlers.introspect(form({})))).toMatchObject({ status: 400, error: "invalid_request" });
  });

  it("tells nothing to a client that only names itself", async () => {
    const { world, handlers } = open();
    const request = form({ token: (await world.start()).accessToken, client_id: "public" });
    request.headers.delete("authorization");
    expect(await json(await handlers.introspect(request))).toMatchObject({ status: 401, error: "invalid_client" });
  });
});

describe("a verifier whose schema lets no sid and no cnf through", () => {
  const schema = z.object({ role: z.string().optional() });
  const openWithSchema = () => {
    const { verifierWith } = openWorld();
    return open({ verifier: verifierWith(schema) });
  };

  it("hides no session from introspection: its end is the token's", async () => {
    const { world, handlers } = openWithSchema();
    const { accessToken, sessionId } = await world.start();
    expect(await json(await handlers.introspect(form({ token: accessToken })))).toMatchObject({ active: true });
    await world.sessions.end(sessionId);
    expect(await json(await handlers.introspect(form({ token: accessToken })))).toEqual({ status: 200, active: false });
  });

  it("hides no session from revocation", async () => {
    const { world, handlers } = openWithSchema();
    const { accessToken, sessionId } = await world.start();
    expect((await handlers.revoke(form({ token: accessToken }))).status).toBe(200);
    expect(await world.sessions.find(sessionId)).toBeUndefined();
  });

  it("makes no bearer of a bound token", async () => {
    const { world, handlers } = openWithSchema();
    const { accessToken } = await world.start("ann", { jkt: world.jkt });
    expect(await json(await handlers.introspect(form({ token: accessToken })))).toMatchObject({
      token_type: "DPoP",
      cnf: { jkt: world.jkt },
    });
  });
});

describe.each(["token", "revoke", "introspect"] as const)("%s", (name) => {
  const refused = async (request: Request, changes: Partial<OauthHandlersOptions> = {}) =>
    json(await open(changes).handlers[name](request));

  it.each(["GET", "PUT", "DELETE"])("%s is 405", async (method) => {
    const response = await open().handlers[name](new Request(`${ORIGIN}/oauth`, { method }));
    expect(response.headers.get("allow")).toBe("POST");
    expect(await json(response)).toMatchObject({ status: 405 });
  });

  it.each([
    "application/json",
    "text/plain",
    "multipart/form-data; boundary=x",
    "",
    "application/x-www-form-urlencoded2",
  ])("the content type %j is refused", async (type) => {
    expect(await refused(form("token=x", { "content-type": type }))).toMatchObject({
      status: 400,
      error: "invalid_request",
    });
  });

  it("the content type may have a charset, and be in upper case", async () => {
    const { handlers } = open();
    const response = await handlers[name](
      form("", { "content-type": "Application/X-WWW-Form-Urlencoded; charset=UTF-8" }),
    );
    expect(await json(response)).toMatchObject({ error_description: expect.stringContaining("is missing") });
  });

  it.each(["token", "refresh_token", "access_token", "client_secret", "client_assertion"])(
    "%s in the address is refused, though the body is good",
    async (parameter) => {
      const { url, ...init } = { url: `${ORIGIN}/oauth?${parameter}=x`, ...requestInit() };
      expect(await refused(new Request(url, init))).toMatchObject({ status: 400, error: "invalid_request" });
    },
  );

  it("a parameter that comes twice is refused, though it is the same", async () => {
    expect(await refused(form("token=x&token=x&grant_type=refresh_token&refresh_token=y"))).toMatchObject({
      status: 400,
      error: "invalid_request",
    });
  });

  it("a request without a body lacks its parameters", async () => {
    const { body: _body, ...init } = requestInit();
    const response = await open().handlers[name](new Request(`${ORIGIN}/oauth`, init));
    expect(await json(response)).toMatchObject({ error_description: expect.stringContaining("is missing") });
  });

  it("a body that is not UTF-8 is refused", async () => {
    const request = new Request(`${ORIGIN}/oauth`, { ...requestInit(), body: new Uint8Array([0x74, 0x3d, 0xff]) });
    expect(await refused(request)).toMatchObject({ status: 400, error: "invalid_request" });
  });

  it("a body over the limit is 413, and is not read to its end", async () => {
    let sent = 0;
    const body = new ReadableStream({
      pull: (controller) => void controller.enqueue(Buffer.alloc(1024, ++sent > 0 ? 97 : 0)),
    });
    const endless = new Request(`${ORIGIN}/oauth`, { ...requestInit(), body, duplex: "half" } as RequestInit);
    expect(await refused(endless)).toMatchObject({ status: 413, error: "invalid_request" });
    expect(sent).toBeLessThan(32);
    expect(await refused(form(`token=${"x".repeat(100)}`), { maxBodyBytes: 50 })).toMatchObject({ status: 413 });
  });

  it("a request that somebody else has read is the programmer's mistake", async () => {
    const request = form("token=x");
    await request.text();
    await expect(open().handlers[name](request)).rejects.toMatchObject({ code: "CONFIG" });
  });

  it.each<[string, Parameters, Parameters?]>([
    ["with a wrong secret", { authorization: basic("app", "wrong") }],
    ["that nobody knows", { authorization: basic("stranger") }],
    ["with another scheme", { authorization: "Bearer x" }],
    ["with a malformed Basic", { authorization: "Basic %%%" }],
    ["with a Basic without a colon", { authorization: `Basic ${Buffer.from("app").toString("base64")}` }],
    ["with a Basic without an id", { authorization: `Basic ${Buffer.from(":x").toString("base64")}` }],
    ["with a Basic that cannot be decoded", { authorization: `Basic ${Buffer.from("%zz:x").toString("base64")}` }],
    ["with an assertion of another kind", {}, { client_assertion: ASSERTION, client_assertion_type: "saml" }],
    ["with a malformed assertion", {}, { client_assertion: "x", client_assertion_type: JWT_BEARER }],
    ["that is public and unknown", {}, { client_id: "unknown" }],
    ["that does not say who it is", {}],
  ])("a client %s is 401 invalid_client", async (_name, headers, parameters = {}) => {
    const request = form({ token: "x", ...parameters }, headers);
    if (headers.authorization === undefined) request.headers.delete("authorization");
    const response = await open().handlers[name](request);
    expect(response.headers.get("www-authenticate")).toBe('Basic realm="oauth"');
    expect(await json(response)).toMatchObject({ status: 401, error: "invalid_client" });
  });

  it.each<[string, Parameters, boolean]>([
    ["a secret in the body beside one in the header", { client_id: "app", client_secret: SECRET }, true],
    ["an assertion beside a secret", { client_id: "app", client_secret: SECRET, client_assertion: ASSERTION }, false],
    ["two clients", { client_id: "other" }, true],
  ])("%s is refused", async (_name, parameters, keepsHeader) => {
    const request = form({ token: "x", ...parameters });
    if (!keepsHeader) request.headers.delete("authorization");
    expect(await refused(request)).toMatchObject({ status: 400, error: "invalid_request" });
  });

  it.each<[string, Parameters]>([
    ["a secret in the body", { client_id: "app", client_secret: SECRET }],
    ["an assertion", { client_assertion: ASSERTION, client_assertion_type: JWT_BEARER }],
    ["an assertion and the id", { client_id: "app", client_assertion: ASSERTION, client_assertion_type: JWT_BEARER }],
  ])("a client may authenticate itself with %s", async (_name, parameters) => {
    const request = form(parameters);
    request.headers.delete("authorization");
    expect(await refused(request)).toMatchObject({ error_description: expect.stringContaining("is missing") });
  });

  it("an `authenticateClient` that answers no boolean lets nobody in", async () => {
    for (const verdict of [undefined, 1, "yes", {}]) {
      const { handlers } = open({ authenticateClient: () => verdict as never });
      await expect(handlers[name](form("token=x"))).rejects.toMatchObject({ code: "CONFIG" });
    }
  });

  it("what `authenticateClient` throws is thrown on", async () => {
    const bug = new Error("a bug");
    const { handlers } = open({ authenticateClient: () => Promise.reject(bug) });
    await expect(handlers[name](form("token=x"))).rejects.toBe(bug);
  });
});

describe("options", () => {
  it.each<[string, object]>([
    ["no authenticateClient", { authenticateClient: undefined }],
    ["an unknown name", { cookie: {} }],
    ["no sessions", { sessions: {} }],
    ["no verifier", { verifier: undefined }],
    ["a limit of nothing", { maxBodyBytes: 0 }],
    ["an undefined limit", { maxBodyBytes: undefined }],
    ["undefined dpop", { dpop: undefined }],
  ])("%s is CONFIG", (_name, changes) => {
    expect(() => open(changes)).toThrow(expect.objectContaining({ code: "CONFIG" }));
  });
});

describe("the JWKS", () => {
  const ring = keyRing([keyFor("ES256", "one")], { tokenLife: "15m" });
  const handler = jwksHandler(ring);
  const ask = (init: RequestInit = {}): Response => handler(new Request(`${ORIGIN}/jwks`, init));

  it("is published with an ETag, and not sent again", async () => {
    const first = ask();
    expect(first.headers.get("content-type")).toBe("application/jwk-set+json");
    expect(await first.json()).toEqual(ring.jwks());
    const again = ask({ headers: { "if-none-match": first.headers.get("etag") ?? "" } });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe("");
    expect(again.headers.get("etag")).toBe(first.headers.get("etag"));
  });

  it("has no body for HEAD, and is for reading alone", async () => {
    expect(await ask({ method: "HEAD" }).text()).toBe("");
    const post = ask({ method: "POST" });
    expect(post.headers.get("allow")).toBe("GET, HEAD");
    expect(post.status).toBe(405);
  });

  it("of secrets is CONFIG at once", () => {
    expect(() => jwksHandler(keyRing([hs256(1, "a")], { tokenLife: "15m" }))).toThrow(
      expect.objectContaining({ code: "CONFIG" }),
    );
    expect(() => jwksHandler({} as never)).toThrow(expect.objectContaining({ code: "CONFIG" }));
  });
});

function requestInit(): RequestInit {
  const headers = { authorization: basic(), "content-type": "application/x-www-form-urlencoded" };
  return { method: "POST", headers, body: "grant_type=refresh_token&refresh_token=x&token=x" };
}
