/** The site on a real Koa server, on a free port of this machine. */
import { once } from "node:events";
import { parse } from "node:querystring";
import { text } from "node:stream/consumers";
import Koa, { type Context, type Next } from "koa";
import { createOauthHandlers, guard, jwksHandler, proofGuard, sessionRoutes } from "../../src/http/koa.ts";
import { served } from "./loopback.ts";
import type { Served } from "./served.ts";
import type { Site } from "./site.ts";

type Handler = (ctx: Context, next: Next) => Promise<unknown>;

export async function serveKoa(
  { guarded, sessions, routeOptions, oauth, ring, login, proofs }: Site,
  parsing: "parsed" | "unparsed" = "unparsed",
): Promise<Served> {
  const routes = sessionRoutes(sessions, routeOptions);
  const proved = proofGuard(proofs);
  const handlers = new Map<string, Handler>([
    ["/login", async (ctx) => routes.issue(ctx, await login())],
    ["/login-with-key", (ctx) => proved(ctx as never, async () => routes.issue(ctx, await login(proved.of(ctx))))],
    ["/refresh", routes.refresh],
    ["/logout", routes.logout],
    ["/jwks", jwksHandler(ring)],
  ]);
  for (const [name, handler] of Object.entries(createOauthHandlers(oauth))) handlers.set(`/oauth/${name}`, handler);
  for (const [path, { verifier, options }] of Object.entries(guarded)) {
    const auth = guard(verifier, options);
    handlers.set(path, async (ctx) => {
      await auth(ctx as never, async () => {
        ctx.body = { sub: auth.of(ctx).claims.sub };
      });
    });
  }
  const app = new Koa();
  app.silent = true;
  // As koa-bodyparser and koa-body do.
  if (parsing === "parsed") {
    app.use(async (ctx, next) => {
      Object.assign(ctx.request, { body: parse(await text(ctx.req)) });
      await next();
    });
  }
  app.use(async (ctx, next) => handlers.get(ctx.path)?.(ctx, next));
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  return served(server);
}
