/** The guard as an endpoint that a reverse proxy asks, by itself. */
import { describe, expect, it } from "vitest";
import { authenticateHandler } from "../../src/http/index.ts";
import type { AsyncVerifier } from "../../src/jwt/verifier.ts";
import { athOf } from "./proofs.ts";
import { ORIGIN, openWorld } from "./site.ts";

type Fields = Readonly<Record<string, string>>;

const code = (name: string): unknown => expect.objectContaining({ code: name });
const world = openWorld();
const { verifier } = world.site.guarded["/me"] as { verifier: AsyncVerifier<{ readonly sub: string }> };
const { dpop } = world.site.oauth;
const cookie = { cookie: "access", origins: [ORIGIN] };

const question = (headers: Fields, method = "GET"): Request =>
  new Request(`${ORIGIN}/authenticate`, { method, headers });
const about = (method: string, uri: string, headers: Fields): Request =>
  question({ "x-forwarded-method": method, "x-forwarded-uri": uri, ...headers });
const bearer = (token = world.sign({})): Fields => ({ authorization: `Bearer ${token}` });

describe("authenticateHandler", () => {
  const ask = authenticateHandler(verifier, { headers: (claims) => ({ "x-user": claims.sub }) });

  it("answers 200 and nothing but the fields that were asked for", async () => {
    const response = await ask(question(bearer()));
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
    expect([...response.headers]).toEqual([
      ["cache-control", "no-store"],
      ["x-user", "user_42"],
    ]);
  });

  it("tells nothing of the claims unless it is asked to", async () => {
    const response = await authenticateHandler(verifier)(question(bearer()));
    expect([response.status, [...response.headers]]).toEqual([200, [["cache-control", "no-store"]]]);
  });

  it("refuses as the guard does", async () => {
    const missing = await ask(question({}));
    expect([missing.status, missing.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="api"']);
    const token = world.sign({}, "expired");
    const expired = await ask(question(bearer(token), "POST"));
    expect(expired.headers.get("x-user")).toBeNull();
    expect(await expired.json()).toEqual({ error: "invalid_token", code: "EXPIRED" });
    const unscoped = await authenticateHandler(verifier, { scope: "orders" })(question(bearer()));
    expect([unscoped.status, unscoped.headers.get("www-authenticate")]).toEqual([
      403,
      'Bearer realm="api", error="insufficient_scope", error_description="the access token does not allow this", scope="orders"',
    ]);
  });

  it("judges a cookie by the method of the client's request, not by the question's", async () => {
    const ask = authenticateHandler(verifier, { ...cookie, original: "forwarded" });
    const sent = { cookie: `access=${world.sign({})}` };
    expect((await ask(about("GET", "/", sent))).status).toBe(200);
    expect((await ask(about("POST", "/", sent))).status).toBe(403);
    expect((await ask(about("POST", "/", { ...sent, origin: "https://evil.example" }))).status).toBe(403);
    expect((await ask(about("POST", "/", { ...sent, origin: ORIGIN }))).status).toBe(200);
    const webSocket = { ...sent, "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" };
    expect((await ask(about("GET", "/", { ...webSocket, origin: "https://evil.example" }))).status).toBe(403);
  });

  it("judges a proof by the address of the client's request", async () => {
    const ask = authenticateHandler(verifier, { dpop: dpop as never, original: "forwarded" });
    const token = world.sign({ cnf: { jkt: world.jkt } });
    const proved = (nonce: boolean): Fields => {
      const claims = { ath: athOf(token), ...(nonce && { nonce: world.nonce() }) };
      return { authorization: `DPoP ${token}`, dpop: world.prove("PUT", "/orders/1", { claims }) };
    };
    expect((await ask(about("PUT", "/orders/1?a=b", proved(true)))).status).toBe(200);
    expect((await ask(about("PUT", "/orders/2", proved(true)))).status).toBe(401);
    const asked = await ask(about("PUT", "/orders/1", proved(false)));
    expect([asked.status, asked.headers.get("dpop-nonce")]).toEqual([401, world.nonce()]);
  });

  it("takes the question's own method where that is the client's", async () => {
    const ask = authenticateHandler(verifier, { ...cookie, original: "own" });
    const sent = { cookie: `access=${world.sign({})}`, "x-forwarded-method": "GET", "x-forwarded-uri": "/" };
    expect((await ask(question(sent))).status).toBe(200);
    expect((await ask(question(sent, "POST"))).status).toBe(403);
  });

  it.each<[string, Fields]>([
    ["says neither", {}],
    ["says no method", { "x-forwarded-uri": "/" }],
    ["says no address", { "x-forwarded-method": "GET" }],
    ["says two methods", { "x-forwarded-method": "GET, POST", "x-forwarded-uri": "/" }],
    ["says a whole URL", { "x-forwarded-method": "GET", "x-forwarded-uri": "https://evil.example/" }],
  ])("rejects where the proxy %s", async (_name, headers) => {
    const ask = authenticateHandler(verifier, { ...cookie, original: "forwarded" });
    await expect(ask(question({ ...bearer(), ...headers }))).rejects.toMatchObject({ code: "CONFIG" });
  });

  it.each(["user\r\nx-role: admin", "é", 42, undefined])("rejects rather than tell of %j", async (value) => {
    const ask = authenticateHandler(verifier, { headers: () => ({ "x-user": value as string }) });
    await expect(ask(question(bearer()))).rejects.toMatchObject({ code: "CONFIG" });
  });

  it.each<[string, object]>([
    ["a cookie without `original`", cookie],
    ["proofs without `original`", { dpop }],
    ["an `original` that is neither", { original: "x-forwarded" }],
    ["an `original` that is a symbol", { original: Symbol("own") }],
    ["null", null as never],
    ["text", "own" as never],
    ["an undefined `original`", { original: undefined }],
    ["`headers` that are a list", { headers: ["sub"] }],
    ["undefined `headers`", { headers: undefined }],
    ["an unknown name", { claims: ["sub"] }],
  ])("%s is CONFIG", (_name, options) => {
    expect(() => authenticateHandler(verifier, options as never)).toThrow(code("CONFIG"));
  });
});
