/** The site on a real Fastify server, on a free port of this machine. */
import { parse } from "node:querystring";
import Fastify from "fastify";
import {
  createOauthHandlers,
  guard,
  jwksHandler,
  proofGuard,
  sessionRoutes,
  unparsed,
} from "../../src/http/fastify.ts";
import { served } from "./loopback.ts";
import type { Served } from "./served.ts";
import type { Site } from "./site.ts";

export async function serveFastify(
  { guarded, sessions, routeOptions, oauth, ring, login, proofs }: Site,
  parsing: "parsed" | "unparsed" = "unparsed",
): Promise<Served> {
  const app = Fastify();
  const routes = sessionRoutes(sessions, routeOptions);
  app.post("/login", async (_request, reply) => routes.issue(reply, await login()));
  const proved = proofGuard(proofs);
  app.post("/login-with-key", { onRequest: proved }, async (request, reply) =>
    routes.issue(reply, await login(proved.of(request))),
  );
  app.all("/refresh", routes.refresh);
  app.all("/logout", routes.logout);
  await app.register(async (scope) => {
    if (parsing === "unparsed") unparsed(scope);
    else {
      // As @fastify/formbody does.
      const type = "application/x-www-form-urlencoded";
      scope.addContentTypeParser(type, { parseAs: "string" }, (_request, body, done) => {
        done(null, parse(String(body)));
      });
    }
    for (const [name, handler] of Object.entries(createOauthHandlers(oauth))) scope.all(`/oauth/${name}`, handler);
  });
  app.all("/jwks", jwksHandler(ring));
  for (const [path, { verifier, options }] of Object.entries(guarded)) {
    const auth = guard(verifier, options);
    app.all(path, { onRequest: auth }, async (request) => ({ sub: auth.of(request).claims.sub }));
  }
  app.setErrorHandler((_error, _request, reply) => reply.code(500).send("failed"));
  await app.listen({ port: 0, host: "127.0.0.1" });
  return served(app.server, () => app.close());
}
