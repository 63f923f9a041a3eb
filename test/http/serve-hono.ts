/** The site on Hono, on its server for Node, on a free port of this machine. */
import { once } from "node:events";
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { createOauthHandlers, guard, jwksHandler, proofGuard, sessionRoutes } from "../../src/http/hono.ts";
import { served } from "./loopback.ts";
import type { Served } from "./served.ts";
import type { Site } from "./site.ts";

export async function serveHono({
  guarded,
  sessions,
  routeOptions,
  oauth,
  ring,
  login,
  proofs,
}: Site): Promise<Served> {
  const app = new Hono();
  const routes = sessionRoutes(sessions, routeOptions);
  app.post("/login", async (c) => routes.issue(c, await login()));
  const proved = proofGuard(proofs);
  app.post("/login-with-key", proved, async (c) => routes.issue(c, await login(proved.of(c))));
  app.all("/refresh", routes.refresh);
  app.all("/logout", routes.logout);
  for (const [name, handler] of Object.entries(createOauthHandlers(oauth))) app.all(`/oauth/${name}`, handler);
  app.all("/jwks", jwksHandler(ring));
  for (const [path, { verifier, options }] of Object.entries(guarded)) {
    const auth = guard(verifier, options);
    app.all(path, auth, (c) => c.json({ sub: auth.of(c).claims.sub }));
  }
  app.onError((_error, c) => c.text("failed", 500));
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return served(server);
}
