/** The site on a real Express server, on a free port of this machine. */
import { once } from "node:events";
import type express from "express";
import type { ErrorRequestHandler } from "express";
import { createOauthHandlers, guard, jwksHandler, proofGuard, sessionRoutes } from "../../src/http/express.ts";
import { served } from "./loopback.ts";
import type { Served } from "./served.ts";
import type { Site } from "./site.ts";

export async function serveExpress(
  makeApp: typeof express,
  { guarded, sessions, routeOptions, oauth, ring, login, proofs }: Site,
  parsesForms?: { readonly extended: boolean },
): Promise<Served> {
  const app = makeApp();
  // Of Express 4, even the parser of another type leaves a body of its own.
  app.use(makeApp.json());
  if (parsesForms !== undefined) app.use(makeApp.urlencoded(parsesForms));
  const routes = sessionRoutes(sessions, routeOptions);
  app.post("/login", (_request, response, next) => {
    login()
      .then((tokens) => routes.issue(response, tokens))
      .catch(next);
  });
  const proved = proofGuard(proofs);
  app.post("/login-with-key", proved, (request, response, next) => {
    login(proved.of(request))
      .then((tokens) => routes.issue(response, tokens))
      .catch(next);
  });
  app.all("/refresh", routes.refresh);
  app.all("/logout", routes.logout);
  for (const [name, handler] of Object.entries(createOauthHandlers(oauth))) app.all(`/oauth/${name}`, handler);
  app.all("/jwks", jwksHandler(ring));
  for (const [path, { verifier, options }] of Object.entries(guarded)) {
    const auth = guard(verifier, options);
    app.all(path, auth, (request, response) => {
      response.json({ sub: auth.of(request).claims.sub });
    });
  }
  const failed: ErrorRequestHandler = (_error, _request, response, _next) => {
    response.status(500).end("failed");
  };
  app.use(failed);

  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  return served(server);
}
