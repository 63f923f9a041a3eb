/** The site on Nest, on either of its platforms, on a free port of this machine. */
import "reflect-metadata";
import { All, Controller, Module, Post, Req, Res, UseGuards } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import { unparsed } from "../../src/http/fastify.ts";
import {
  createOauthHandlers,
  guard,
  jwksHandler,
  type PlatformRequest,
  type PlatformResponse,
  proofGuard,
  type RouteHandler,
  sessionRoutes,
} from "../../src/http/nest.ts";
import { served } from "./loopback.ts";
import type { Served } from "./served.ts";
import type { Site } from "./site.ts";

export async function serveNest(
  platform: "express" | "fastify",
  site: Site,
  parsing: "parsed" | "unparsed" = "parsed",
): Promise<Served> {
  const module = moduleOf([sessionController(site), ...oauthControllers(site), ...guardedControllers(site)]);
  const options = { logger: false, bodyParser: parsing === "parsed" } as const;
  const adapter = new FastifyAdapter();
  if (platform === "fastify" && parsing === "unparsed") unparsed(adapter.getInstance());
  const app = await (platform === "express"
    ? NestFactory.create(module, options)
    : NestFactory.create(module, adapter, options));
  await app.listen(0, "127.0.0.1");
  return served(app.getHttpServer(), () => app.close());
}

// The decorators are called as functions: these files are run as they stand, and Node erases types alone.

function sessionController({ sessions, routeOptions, login, proofs }: Site): new () => object {
  const routes = sessionRoutes(sessions, routeOptions);
  const proved = proofGuard(proofs);
  class SessionController {
    async login(response: PlatformResponse): Promise<void> {
      await routes.issue(response, await login());
    }
    async loginWithKey(request: PlatformRequest, response: PlatformResponse): Promise<void> {
      await routes.issue(response, await login(proved.of(request)));
    }
    refresh(request: PlatformRequest, response: PlatformResponse): Promise<void> {
      return routes.refresh(request, response);
    }
    logout(request: PlatformRequest, response: PlatformResponse): Promise<void> {
      return routes.logout(request, response);
    }
  }
  const { prototype } = SessionController;
  Res()(prototype, "login", 0);
  decorate(prototype, "login", Post("/login"));
  Req()(prototype, "loginWithKey", 0);
  Res()(prototype, "loginWithKey", 1);
  decorate(prototype, "loginWithKey", Post("/login-with-key"), UseGuards(proved));
  for (const name of ["refresh", "logout"] as const) {
    Req()(prototype, name, 0);
    Res()(prototype, name, 1);
    decorate(prototype, name, All(`/${name}`));
  }
  Controller()(SessionController);
  return SessionController;
}

function oauthControllers({ oauth, ring }: Site): (new () => object)[] {
  const { token, revoke, introspect } = createOauthHandlers(oauth);
  const handlers: Readonly<Record<string, RouteHandler>> = {
    "/oauth/token": token,
    "/oauth/revoke": revoke,
    "/oauth/introspect": introspect,
    "/jwks": jwksHandler(ring),
  };
  return Object.entries(handlers).map(([path, handler]) => {
    class OauthController {
      handle(request: PlatformRequest, response: PlatformResponse): Promise<void> {
        return handler(request, response);
      }
    }
    const { prototype } = OauthController;
    Req()(prototype, "handle", 0);
    Res()(prototype, "handle", 1);
    decorate(prototype, "handle", All(path));
    Controller()(OauthController);
    return OauthController;
  });
}

function guardedControllers({ guarded }: Site): (new () => object)[] {
  return Object.entries(guarded).map(([path, { verifier, options }]) => {
    const auth = guard(verifier, options);
    class GuardedController {
      me(request: PlatformRequest): object {
        return { sub: auth.of(request).claims.sub };
      }
    }
    const { prototype } = GuardedController;
    Req()(prototype, "me", 0);
    decorate(prototype, "me", All(path), UseGuards(auth));
    Controller()(GuardedController);
    return GuardedController;
  });
}

function moduleOf(controllers: (new () => object)[]): new () => object {
  class SiteModule {}
  Module({ controllers })(SiteModule);
  return SiteModule;
}

function decorate(prototype: object, name: string, ...decorators: MethodDecorator[]): void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
  for (const decorator of decorators) decorator(prototype, name, descriptor);
}
