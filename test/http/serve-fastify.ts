/** The site on a real Fastify server, on a free port of this machine. */
import Fastify from "fastify";
import { guard, sessionRoutes } from "../../src/http/fastify.ts";
import type { Served } from "./frameworks.ts";
import { served } from "./loopback.ts";
import type { Site } from "./site.ts";

export async function serveFastify({ guarded, sessions, routeOptions, login }: Site): Promise<Served> {
  const app = Fastify();
  const routes = sessionRoutes(sessions, routeOptions);
  app.post("/login", async (_request, reply) => routes.issue(reply, await login()));
  app.all("/refresh", routes.refresh);
  app.all("/logout", routes.logout);
  for (const [path, { verifier, options }] of Object.entries(guarded)) {
    const auth = guard(verifier, options);
    app.all(path, { onRequest: auth }, async (request) => ({ sub: auth.of(request).claims.sub }));
  }
  app.setErrorHandler((_error, _request, reply) => reply.code(500).send("failed"));
  await app.listen({ port: 0, host: "127.0.0.1" });
  return served(app.server, () => app.close());
}
