/** The site as one function from Request to Response. */
import { createAuthHandlers, createOauthHandlers, guard, jwksHandler, proofGuard } from "../../src/http/index.ts";
import type { Received, Served } from "./served.ts";
import type { Site } from "./site.ts";

type Handler = (request: Request) => Response | Promise<Response>;

export async function serveFetch({
  guarded,
  sessions,
  routeOptions,
  oauth,
  ring,
  login,
  proofs,
}: Site): Promise<Served> {
  const handlers = createAuthHandlers({ sessions, ...routeOptions });
  const proved = proofGuard(proofs);
  const routes = new Map<string, Handler>([
    ["/login", async () => handlers.issue(await login())],
    [
      "/login-with-key",
      async (request) => {
        const result = await proved(request);
        return result.ok ? handlers.issue(await login(result.binding)) : result.response;
      },
    ],
    ["/refresh", handlers.refresh],
    ["/logout", handlers.logout],
    ["/jwks", jwksHandler(ring)],
  ]);
  for (const [name, handler] of Object.entries(createOauthHandlers(oauth))) routes.set(`/oauth/${name}`, handler);
  for (const [path, { verifier, options }] of Object.entries(guarded)) {
    const auth = guard(verifier, options);
    routes.set(path, async (request) => {
      const result = await auth(request);
      return result.ok ? Response.json({ sub: result.auth.claims.sub }) : result.response;
    });
  }
  return {
    send: async ({ method, path, headers, body = null }) => {
      const url = new URL(path, "http://127.0.0.1");
      const request = new Request(url, { method, headers: headers.map(([name, value]) => [name, value]), body });
      const handler = routes.get(url.pathname) as Handler;
      // What a server does with a handler that fails, and with the body of an answer to HEAD.
      const response = await Promise.resolve(handler(request)).catch(() => new Response("failed", { status: 500 }));
      return received(method === "HEAD" ? new Response(null, response) : response);
    },
    close: async () => undefined,
  };
}

async function received(response: Response): Promise<Received> {
  return { status: response.status, headers: response.headers, body: await response.text() };
}
