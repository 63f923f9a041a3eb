/** A real site on this machine: sessions in memory on a clock that tests move, refresh and logout by cookie, one guarded route. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { createAuthHandlers, guard } from "../../src/http/index.ts";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { createSigner } from "../../src/jwt/signer.ts";
import { createVerifier } from "../../src/jwt/verifier.ts";
import type { SessionEvent } from "../../src/session/events.ts";
import { createSessions } from "../../src/session/sessions.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { type ManualClock, manualClock } from "../../src/testing/index.ts";

export interface LiveSite {
  readonly origin: string;
  readonly clock: ManualClock;
  /** Whatever happened to sessions, in order. */
  readonly events: SessionEvent[];
  /** Refresh requests that came in. */
  refreshes: number;
  /** Holds the next answer of the refresh endpoint back, after its work is done, until the promise settles. */
  holdAnswer: Promise<unknown> | undefined;
  /** Cuts the connection instead of the next answers of the refresh endpoint, after its work is done. */
  loseAnswers: number;
  /** Requests whose client went away before they were answered. */
  left: number;
  /** Files to serve beside the routes, by path. */
  readonly files: Map<string, { readonly type: string; readonly text: string }>;
  close(): Promise<void>;
}

export async function openSite(): Promise<LiveSite> {
  const clock = manualClock(new Date());
  const key = secretKey("the secret of a site in the tests, long enough", { alg: "HS256" });
  const names = { issuer: "https://auth.example", audience: "https://api.example" };
  const events: SessionEvent[] = [];
  const sessions = createSessions({
    signer: createSigner({ ...names, key, expiresIn: "15m", clock }),
    store: memoryStore({ clock }),
    refreshSecrets: [new Uint8Array(32).fill(3)],
    idle: "14d",
    absolute: "90d",
    clock,
    onEvent: (event) => void events.push(event),
  });
  const auth = guard(createVerifier({ ...names, keys: key, required: ["sub"], clock }));
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const handlers = createAuthHandlers({ sessions, cookie: { origins: [origin] } });

  const site: LiveSite = {
    origin,
    clock,
    events,
    refreshes: 0,
    holdAnswer: undefined,
    loseAnswers: 0,
    left: 0,
    files: new Map(),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };

  const answer = async (request: Request): Promise<Response | undefined> => {
    const { pathname } = new URL(request.url);
    // Would let a page of any origin send anything: what is not sent then is what the browser itself kept back.
    if (request.method === "OPTIONS") {
      const names = ["origin", "methods", "headers"].map((name) => [`access-control-allow-${name}`, "*"]);
      return new Response(null, {
        status: 204,
        headers: [...names, ["access-control-allow-headers", "authorization"]] as [string, string][],
      });
    }
    const file = site.files.get(pathname);
    if (file !== undefined) return new Response(file.text, { headers: { "content-type": file.type } });
    switch (pathname) {
      case "/auth/login":
        return handlers.issue(await sessions.start({ subject: "user_42" }));
      case "/auth/logout":
        return handlers.logout(request);
      case "/auth/refresh": {
        site.refreshes++;
        const response = await handlers.refresh(request);
        const held = site.holdAnswer;
        site.holdAnswer = undefined;
        await held;
        if (site.loseAnswers > 0) {
          site.loseAnswers--;
          return undefined;
        }
        return response;
      }
      case "/away":
        return new Response(null, {
          status: 302,
          headers: { location: `http://127.0.0.1:${new URL(origin).port}/echo` },
        });
      case "/echo":
        return Response.json(Object.fromEntries(request.headers), { headers: { "access-control-allow-origin": "*" } });
      case "/api/me": {
        const result = await auth(request);
        return result.ok
          ? Response.json({ sub: result.auth.claims.sub, sid: result.auth.claims.sid })
          : result.response;
      }
      default:
        return new Response("not here", { status: 404 });
    }
  };

  server.on("request", async (incoming, outgoing) => {
    const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as [string, string]);
    const hasBody = incoming.method === "POST";
    const request = new Request(new URL(incoming.url ?? "/", origin), {
      method: incoming.method ?? "GET",
      headers,
      ...(hasBody ? { body: await buffer(incoming) } : {}),
    });
    outgoing.once("close", () => {
      if (!outgoing.writableFinished) site.left++;
    });
    const response = await answer(request);
    if (response === undefined) return void incoming.socket.destroy();
    outgoing.writeHead(response.status, [...response.headers].flat());
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  });
  return site;
}
