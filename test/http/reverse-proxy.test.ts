/** The guard as an endpoint that a reverse proxy asks: by itself, and asked by a real nginx with the configuration of the guide. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createAdaptorServer } from "@hono/node-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tokenError } from "../../src/errors.ts";
import { authenticateHandler } from "../../src/http/index.ts";
import type { AsyncVerifier } from "../../src/jwt/verifier.ts";
import { freePort } from "../services/ports.ts";
import { requireService } from "../services.ts";
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
    ["an undefined `original`", { original: undefined }],
    ["`headers` that are a list", { headers: ["sub"] }],
    ["undefined `headers`", { headers: undefined }],
    ["an unknown name", { claims: ["sub"] }],
  ])("%s is CONFIG", (_name, options) => {
    expect(() => authenticateHandler(verifier, options as never)).toThrow(code("CONFIG"));
  });
});

const hasNginx = spawnSync("nginx", ["-v"], { stdio: "ignore" }).status === 0;

describe("behind nginx", requireService("nginx", "apt-get install nginx-light", hasNginx), () => {
  const servers: Server[] = [];
  let nginx: ChildProcess;
  let folder: string;
  let url: string;
  let isDown = false;
  /** What the service behind the proxy was sent. */
  let reached: Fields[] = [];

  const listening = async (server: Server): Promise<number> => {
    servers.push(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    return (server.address() as { readonly port: number }).port;
  };

  beforeAll(async () => {
    const failing: AsyncVerifier<{ readonly sub: string }> = {
      ...verifier,
      verifyAsync: (token, options) =>
        isDown ? Promise.reject(tokenError("KEYS_UNAVAILABLE", "no keys")) : verifier.verifyAsync(token, options),
    };
    const ask = authenticateHandler(failing, {
      ...cookie,
      dpop: dpop as never,
      original: "forwarded",
      headers: (claims) => ({ "x-user": claims.sub }),
    });
    const asked = await listening(createAdaptorServer({ fetch: ask }) as Server);
    const service = await listening(
      createServer((request, response) => {
        reached.push(request.headers as Fields);
        response.end("reached");
      }),
    );
    const guide = await readFile(join(import.meta.dirname, "../../docs/guides/reverse-proxy.md"), "utf8");
    const locations = /^```nginx\n([\s\S]*?)^```$/m.exec(guide)?.[1] ?? "";
    folder = await mkdtemp(join(tmpdir(), "rejwt-nginx-"));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    const configuration = `daemon off; pid ${folder}/pid; error_log /dev/null; events {}
      http { access_log off; ${temporary.join(" ")} server { listen 127.0.0.1:${port};
      ${locations.replace("127.0.0.1:3000", `127.0.0.1:${asked}`).replace("127.0.0.1:8080", `127.0.0.1:${service}`)} } }`;
    await writeFile(join(folder, "nginx.conf"), configuration);
    nginx = spawn("nginx", ["-p", folder, "-c", join(folder, "nginx.conf")], { stdio: "ignore" });
    for (let attempt = 0; attempt < 200 && !(await canConnect(port)); attempt++) await pause(25);
  });

  afterAll(async () => {
    nginx.kill();
    await once(nginx, "exit");
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    await rm(folder, { recursive: true });
  });

  const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
    reached = [];
    return fetch(`${url}${path}`, init);
  };

  it("a good token reaches the service, with the user's name in place of what the client wrote", async () => {
    const response = await send("/orders?page=2", { headers: { ...bearer(), "x-user": "admin" } });
    expect([response.status, await response.text()]).toEqual([200, "reached"]);
    expect(reached.map((headers) => headers["x-user"])).toEqual(["user_42"]);
  });

  it("a refused token does not, and its challenge reaches the client", async () => {
    const response = await send("/orders", { headers: bearer(world.sign({}, "expired")) });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain('error="invalid_token"');
    expect(reached).toEqual([]);
  });

  it("another site's post with the user's cookie does not", async () => {
    const sent = { cookie: `access=${world.sign({})}`, origin: "https://evil.example" };
    expect((await send("/orders", { method: "POST", headers: sent, body: "x" })).status).toBe(403);
    expect(reached).toEqual([]);
    expect((await send("/orders", { method: "POST", headers: { ...sent, origin: ORIGIN }, body: "x" })).status).toBe(
      200,
    );
  });

  it("a proof is judged by the client's own method and address, and a nonce reaches the client", async () => {
    const token = world.sign({ cnf: { jkt: world.jkt } });
    const proved = (claims: object): Fields => ({
      authorization: `DPoP ${token}`,
      dpop: world.prove("PUT", "/orders", { claims: { ath: athOf(token), ...claims } }),
    });
    const asked = await send("/orders", { method: "PUT", headers: proved({}) });
    const nonce = asked.headers.get("dpop-nonce");
    expect([asked.status, nonce]).toEqual([401, world.nonce()]);
    expect((await send("/orders", { method: "PUT", headers: proved({ nonce }) })).status).toBe(200);
    expect((await send("/elsewhere", { method: "PUT", headers: proved({ nonce }) })).status).toBe(401);
  });

  it("an outage is 503, and a malformed request 400", async () => {
    isDown = true;
    const down = await send("/orders", { headers: bearer() });
    isDown = false;
    expect([down.status, down.headers.get("retry-after")]).toEqual([503, "5"]);
    expect((await send("/orders", { headers: { authorization: "Bearer a b" } })).status).toBe(400);
    expect(reached).toEqual([]);
  });
});

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
    socket.unref();
    socket.on("connect", () => socket.destroy());
  });
}
