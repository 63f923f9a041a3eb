/** Each framework three times: bare, behind its own JWT plugin, and behind the guard of rejwt. All answer `{ sub }`. */
import { once } from "node:events";
import { createServer } from "node:http";
import "reflect-metadata";
import fastifyJwt from "@fastify/jwt";
import { createAdaptorServer } from "@hono/node-server";
import { Controller, Get, Module, Req, UnauthorizedException, UseGuards } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { JwtService } from "@nestjs/jwt";
import express from "express";
import { expressjwt } from "express-jwt";
import Fastify from "fastify";
import { Hono } from "hono";
import { jwt as honoJwt } from "hono/jwt";
import Koa from "koa";
import koaJwt from "koa-jwt";
import { guard as expressGuard } from "../../dist/http/express.js";
import { guard as fastifyGuard } from "../../dist/http/fastify.js";
import { guard as honoGuard } from "../../dist/http/hono.js";
import { guard as koaGuard } from "../../dist/http/koa.js";
import { guard as nestGuard } from "../../dist/http/nest.js";

/**
 * Every plugin is told to check what the guard checks: algorithm, issuer, audience and expiry.
 * @typedef {{ secret: string, issuer: string, audience: string, verifier: any }} Policy
 */

const listening = async (server) => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: server.address().port, close: () => server.close() };
};

const ofExpress = (use) => {
  const app = express().disable("x-powered-by").disable("etag").set("env", "test");
  use(app);
  return listening(createServer(app));
};
const ofFastify = async (use) => {
  const app = Fastify();
  await use(app);
  await app.listen({ port: 0, host: "127.0.0.1" });
  return { port: app.server.address().port, close: () => app.close() };
};
const ofHono = (use) => {
  const app = new Hono();
  use(app);
  return listening(createAdaptorServer({ fetch: app.fetch }));
};
const ofKoa = (middleware, subjectOf) => {
  const app = new Koa();
  if (middleware !== undefined) app.use(middleware);
  app.use((ctx) => {
    ctx.body = { sub: subjectOf(ctx) };
  });
  return listening(createServer(app.callback()));
};
const ofNest = async (guard, subjectOf) => {
  class Me {
    me(request) {
      return { sub: subjectOf(request) };
    }
  }
  Req()(Me.prototype, "me", 0);
  const descriptor = Object.getOwnPropertyDescriptor(Me.prototype, "me");
  if (guard !== undefined) UseGuards(guard)(Me.prototype, "me", descriptor);
  Get("/me")(Me.prototype, "me", descriptor);
  Controller()(Me);
  class App {}
  Module({ controllers: [Me] })(App);
  const app = await NestFactory.create(App, { logger: false });
  await app.listen(0, "127.0.0.1");
  return { port: app.getHttpServer().address().port, close: () => app.close() };
};

/** @type {Record<string, { plugin: string, start: Record<"bare" | "plugin" | "guard", (policy: Policy) => Promise<any>> }>} */
export const frameworks = {
  Express: {
    plugin: "express-jwt",
    start: {
      bare: () => ofExpress((app) => app.get("/me", (_req, res) => void res.json({ sub: "user_42" }))),
      plugin: ({ secret, issuer, audience }) =>
        ofExpress((app) =>
          app.get("/me", expressjwt({ secret, algorithms: ["HS256"], issuer, audience }), (req, res) => {
            res.json({ sub: req.auth.sub });
          }),
        ),
      guard: ({ verifier }) => {
        const auth = expressGuard(verifier);
        return ofExpress((app) => app.get("/me", auth, (req, res) => void res.json({ sub: auth.of(req).claims.sub })));
      },
    },
  },
  Fastify: {
    plugin: "@fastify/jwt",
    start: {
      bare: () => ofFastify((app) => app.get("/me", async () => ({ sub: "user_42" }))),
      plugin: ({ secret, issuer, audience }) =>
        ofFastify(async (app) => {
          const verify = { algorithms: ["HS256"], allowedIss: issuer, allowedAud: audience };
          await app.register(fastifyJwt, { secret, verify });
          const onRequest = (request) => request.jwtVerify();
          app.get("/me", { onRequest }, async (request) => ({ sub: request.user.sub }));
        }),
      guard: ({ verifier }) => {
        const auth = fastifyGuard(verifier);
        return ofFastify((app) =>
          app.get("/me", { onRequest: auth }, async (request) => ({ sub: auth.of(request).claims.sub })),
        );
      },
    },
  },
  Hono: {
    plugin: "hono/jwt",
    start: {
      bare: () => ofHono((app) => app.get("/me", (c) => c.json({ sub: "user_42" }))),
      plugin: ({ secret, issuer, audience }) =>
        ofHono((app) =>
          app.get("/me", honoJwt({ secret, alg: "HS256", verification: { iss: issuer, aud: audience } }), (c) =>
            c.json({ sub: c.get("jwtPayload").sub }),
          ),
        ),
      guard: ({ verifier }) => {
        const auth = honoGuard(verifier);
        return ofHono((app) => app.get("/me", auth, (c) => c.json({ sub: auth.of(c).claims.sub })));
      },
    },
  },
  Koa: {
    plugin: "koa-jwt",
    start: {
      bare: () => ofKoa(undefined, () => "user_42"),
      plugin: ({ secret, issuer, audience }) =>
        ofKoa(koaJwt({ secret, algorithms: ["HS256"], issuer, audience }), (ctx) => ctx.state.user.sub),
      guard: ({ verifier }) => {
        const auth = koaGuard(verifier);
        return ofKoa(auth, (ctx) => auth.of(ctx).claims.sub);
      },
    },
  },
  Nest: {
    plugin: "@nestjs/jwt",
    start: {
      bare: () => ofNest(undefined, () => "user_42"),
      plugin: ({ secret, issuer, audience }) => {
        const service = new JwtService({ secret, verifyOptions: { algorithms: ["HS256"], issuer, audience } });
        // As Nest's own documentation writes it.
        const canActivate = async (context) => {
          const request = context.switchToHttp().getRequest();
          const [type, token] = request.headers.authorization?.split(" ") ?? [];
          try {
            request.user = await service.verifyAsync(type === "Bearer" ? token : "");
          } catch {
            throw new UnauthorizedException();
          }
          return true;
        };
        return ofNest({ canActivate }, (request) => request.user.sub);
      },
      guard: ({ verifier }) => {
        const auth = nestGuard(verifier);
        return ofNest(auth, (request) => auth.of(request).claims.sub);
      },
    },
  },
};
