/** What each framework's guard promises beyond the answers: checked options, `of`, and what the application set before. */
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ExecutionContext } from "@nestjs/common";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import * as forExpress from "../../src/http/express.ts";
import * as forFastify from "../../src/http/fastify.ts";
import * as forHono from "../../src/http/hono.ts";
import * as forKoa from "../../src/http/koa.ts";
import * as forNest from "../../src/http/nest.ts";
import { keyRing } from "../../src/jwk/key-ring.ts";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { createVerifier } from "../../src/jwt/verifier.ts";
import { hs256 } from "../fixtures/keys.ts";
import { type GuardedRoute, ORIGIN, openWorld } from "./site.ts";

const skins = { express: forExpress, fastify: forFastify, hono: forHono, koa: forKoa, nest: forNest };
const code = (name: string): unknown => expect.objectContaining({ code: name });
const { verifier } = openWorld().site.guarded["/me"] as GuardedRoute;

describe.each(Object.entries(skins))("rejwt/%s", (_name, skin) => {
  it("refuses an unknown option, an undefined one, and what is no verifier", () => {
    expect(() => skin.guard(verifier, { scopes: "a" } as never)).toThrow(code("CONFIG"));
    expect(() => skin.guard(verifier, { scope: undefined } as never)).toThrow(code("CONFIG"));
    expect(() => skin.guard({} as never)).toThrow(code("CONFIG"));
  });

  it("tells of no request that it has not let pass", () => {
    const auth = skin.guard(verifier) as { of(request: unknown): unknown };
    expect(() => auth.of({ req: {} })).toThrow(code("CONFIG"));
  });

  it("refuses OAuth endpoints without what they need, and a ring of secrets", () => {
    const { sessions } = openWorld();
    const authenticateClient = () => true;
    expect(() => skin.createOauthHandlers({ sessions, verifier } as never)).toThrow(code("CONFIG"));
    expect(() => skin.createOauthHandlers({ sessions, verifier, authenticateClient, cookie: {} } as never)).toThrow(
      code("CONFIG"),
    );
    expect(() => skin.jwksHandler(keyRing([hs256(1, "a")], { tokenLife: "15m" }))).toThrow(code("CONFIG"));
    expect(() => skin.jwksHandler({} as never)).toThrow(code("CONFIG"));
  });

  it("refuses session routes without a cookie, with an unknown option, or without sessions", () => {
    const { sessions } = openWorld();
    const cookie = { origins: [ORIGIN] };
    expect(() => skin.sessionRoutes(sessions, {} as never)).toThrow(code("CONFIG"));
    expect(() => skin.sessionRoutes(sessions, { cookie, path: "/" } as never)).toThrow(code("CONFIG"));
    expect(() => skin.sessionRoutes({} as never, { cookie })).toThrow(
      'sessionRoutes: option "sessions.refresh" must be a function',
    );
  });
});

it("Nest's guard is for HTTP alone", async () => {
  const context = { getType: () => "ws" } as unknown as ExecutionContext;
  await expect(forNest.guard(verifier).canActivate(context)).rejects.toMatchObject({
    code: "CONFIG",
    message: "guard: this guard is for HTTP: guard the upgrade instead",
  });
});

describe("an answer keeps what the application has set before, but for its own fields", () => {
  const { sessions } = openWorld();
  const cookie = { origins: [ORIGIN] };
  const own = "theme=dark; Path=/";

  async function expectKept(server: Server): Promise<void> {
    if (!server.listening) await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/logout`, { method: "POST", headers: { origin: ORIGIN } });
    server.close();
    expect(response.status).toBe(204);
    expectOwn(response);
  }

  function expectOwn({ headers }: Response): void {
    expect(headers.get("x-application")).toBe("shop");
    expect(headers.getSetCookie()).toEqual([own, expect.stringMatching(/^__Host-refresh=; Max-Age=0/)]);
    expect(headers.get("cache-control")).toBe("no-store");
  }

  it("on Express", async () => {
    const app = express().use((_request, response, next) => {
      response.append("set-cookie", own).set("x-application", "shop").set("cache-control", "public");
      next();
    });
    app.post("/logout", forExpress.sessionRoutes(sessions, { cookie }).logout);
    await expectKept(app.listen(0, "127.0.0.1"));
  });

  it("on Fastify", async () => {
    const app = Fastify();
    app.addHook("onRequest", async (_request, reply) => {
      reply.header("set-cookie", own).header("x-application", "shop").header("cache-control", "public");
    });
    app.post("/logout", forFastify.sessionRoutes(sessions, { cookie }).logout);
    await app.listen({ port: 0, host: "127.0.0.1" });
    await expectKept(app.server);
  });

  it("on Koa", async () => {
    const app = new Koa();
    app.use(async (ctx, next) => {
      ctx.append("set-cookie", own);
      ctx.set("x-application", "shop");
      ctx.set("cache-control", "public");
      await next();
    });
    app.use(forKoa.sessionRoutes(sessions, { cookie }).logout);
    await expectKept(app.listen(0, "127.0.0.1"));
  });

  it.each([true, false])("on Hono, whether or not a response was begun: %s", async (begun) => {
    const app = new Hono().use(async (c, next) => {
      if (begun) {
        c.res.headers.append("set-cookie", own);
        c.res.headers.set("x-application", "shop");
        c.res.headers.set("cache-control", "public");
      } else {
        c.header("set-cookie", own);
        c.header("x-application", "shop");
        c.header("cache-control", "public");
      }
      await next();
    });
    app.post("/logout", forHono.sessionRoutes(sessions, { cookie }).logout);
    const response = await app.request("/logout", { method: "POST", headers: { origin: ORIGIN } });
    expect(response.status).toBe(204);
    expectOwn(response);
  });
});

it("Fastify runs no handler behind a guard that refused, as preHandler too", async () => {
  const app = Fastify();
  let reached = 0;
  app.get("/me", { preHandler: forFastify.guard(verifier) }, async () => void reached++);
  expect((await app.inject("/me")).statusCode).toBe(401);
  expect(reached).toBe(0);
});

it("every guard's `of` has the schema's types", () => {
  const key = secretKey("an HMAC secret of the tests, long enough", { alg: "HS256" });
  const schema = z.object({ role: z.enum(["admin", "user"]) });
  const zodded = createVerifier({ keys: key, issuer: "https://a.example", audience: false, schema });
  type Role = "admin" | "user";
  expectTypeOf(forFastify.guard(zodded).of)
    .returns.toHaveProperty("claims")
    .toHaveProperty("role")
    .toEqualTypeOf<Role>();
  expectTypeOf(forHono.guard(zodded).of).returns.toHaveProperty("claims").toHaveProperty("role").toEqualTypeOf<Role>();
  expectTypeOf(forKoa.guard(zodded).of).returns.toHaveProperty("claims").toHaveProperty("role").toEqualTypeOf<Role>();
  expectTypeOf(forNest.guard(zodded).of).returns.toHaveProperty("claims").toHaveProperty("role").toEqualTypeOf<Role>();
  // @ts-expect-error the schema knows no owner
  forFastify.guard(zodded, { allow: (claims) => claims.role === "owner" });
});
