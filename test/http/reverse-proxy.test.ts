/** The guard as an endpoint that a real nginx asks, with the configuration of the guide. */
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

const world = openWorld();
const { verifier } = world.site.guarded["/me"] as { verifier: AsyncVerifier<{ readonly sub: string }> };
const { dpop } = world.site.oauth;
const cookie = { cookie: "access", origins: [ORIGIN] };

const bearer = (token = world.sign({})): Fields => ({ authorization: `Bearer ${token}` });

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
