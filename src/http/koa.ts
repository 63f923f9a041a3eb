/** `rejwt/koa`: the bearer guard, the session routes and the OAuth endpoints for Koa 3. It loads nothing of Koa. */
import type { Context, Middleware } from "koa";
import type { KeyRing } from "../jwk/key-ring.ts";
import type { Verified } from "../jwt/verified.ts";
import type { AsyncVerifier } from "../jwt/verifier.ts";
import type { Tokens } from "../session/types.ts";
import type { Answer } from "./answers.ts";
import { bearerCheck, type GuardOptions } from "./bearer.ts";
import type { Check } from "./check.ts";
import type { DpopOptions } from "./dpop-options.ts";
import { fromNode, type HttpRequest } from "./exchange.ts";
import { jwksAnswers } from "./jwks-answer.ts";
import { nodeContent } from "./node-content.ts";
import { type OauthHandlers, type OauthHandlersOptions, oauthHandlers } from "./oauth-endpoints.ts";
import { type ProvenKey, proofCheck } from "./proof-check.ts";
import { type RefreshableSessions, type SessionRoutesOptions, sessionAnswers } from "./session-routes.ts";
import { verifiedRequests } from "./verified-requests.ts";

export type * from "./skin-types.ts";

/** A middleware for `app.use` or a router. It is asked for what it verified: `ctx.state` gets no new member. */
export interface Guard<C> extends Middleware {
  /** What the guard verified about a request that it let pass. @throws CONFIG for any other request */
  of(ctx: Pick<Context, "req">): Verified<C>;
}

/** A middleware before the one that logs in. */
export interface ProofGuard extends Middleware {
  /** The key of a request that the guard let pass. @throws CONFIG for any other request */
  of(ctx: Pick<Context, "req">): ProvenKey;
}

/**
 * Asks every request for an access token that the verifier accepts: `Authorization: Bearer`, or the cookie named by
 * `cookie`, never the query or the body. It answers refusals itself; what the verifier throws beside TokenErrors, and
 * `CONFIG`, is thrown on to the middleware before it.
 * @throws CONFIG for what is no verifier, and for an option that is unknown, undefined or malformed
 */
export function guard<C>(verifier: AsyncVerifier<C>, options?: GuardOptions<C>): Guard<C> {
  return guarding(bearerCheck(verifier, options));
}

/**
 * Asks a login for a DPoP proof, so that its session can be bound to the client's key:
 * `sessions.start({ subject, binding: proved.of(ctx) })`. Without a proof that holds, it answers 401 itself, with the nonce
 * to use where `nonces` asks for one. `required` is for guards alone: a login without a proof is always refused. RFC 9449.
 * @throws CONFIG for an option that is unknown, missing, undefined or malformed
 */
export function proofGuard(options: DpopOptions): ProofGuard {
  return guarding(proofCheck(options));
}

function guarding<T>(check: Check<T>): Middleware & { of(ctx: Pick<Context, "req">): T } {
  const verified = verifiedRequests<T>();
  const middleware: Middleware = async (ctx, next) => {
    const result = await check(fromKoa(ctx));
    if (!result.ok) return respond(ctx, result.answer);
    verified.keep(ctx.req, result.value);
    await next();
  };
  return Object.assign(middleware, { of: (ctx: Pick<Context, "req">) => verified.of(ctx.req) });
}

/** A route's handler. */
export type RouteHandler = (ctx: Context) => Promise<void>;

/** Handlers for a router's `post`: refresh token in a cookie, access token in the body. See `AuthHandlers` of `rejwt/http`. */
export interface SessionRoutes {
  /** Exchanges the refresh cookie. */
  readonly refresh: RouteHandler;
  /** Ends the session of the refresh cookie. */
  readonly logout: RouteHandler;
  /** The login's last step: answers with the tokens. @throws CONFIG for what are no tokens, such as a promise of them */
  issue(ctx: Context, tokens: Tokens): void;
}

/** @throws CONFIG for what are no sessions, and for an option that is unknown, missing, undefined or malformed */
export function sessionRoutes(sessions: RefreshableSessions, options: SessionRoutesOptions): SessionRoutes {
  const routes = sessionAnswers("sessionRoutes", sessions, options);
  return Object.freeze<SessionRoutes>({
    refresh: async (ctx) => respond(ctx, await routes.refresh(fromKoa(ctx))),
    logout: async (ctx) => respond(ctx, await routes.logout(fromKoa(ctx))),
    issue: (ctx, tokens) => respond(ctx, routes.issue(tokens)),
  });
}

/**
 * Handlers for a router's `post`, before or behind a parser of forms that fills `ctx.request.body`.
 * @throws CONFIG for an option that is unknown, missing, undefined or malformed
 */
export function createOauthHandlers(options: OauthHandlersOptions<Context>): OauthHandlers<RouteHandler> {
  return oauthHandlers(options, (endpoint) => async (ctx) => {
    const { body: parsed } = ctx.request as { readonly body?: unknown };
    const body = (mostBytes: number) => nodeContent(ctx.req, parsed, mostBytes);
    respond(ctx, await endpoint(Object.assign(fromKoa(ctx), { body }), ctx));
  });
}

/**
 * A handler for a router's `get` that publishes the ring's keys: RFC 7517 §8.5, with ETag and Cache-Control.
 * @throws CONFIG for what is no key ring, and for a ring of secrets
 */
export function jwksHandler(ring: KeyRing): RouteHandler {
  const answer = jwksAnswers(ring);
  return async (ctx) => respond(ctx, answer(fromKoa(ctx)));
}

function fromKoa({ method, originalUrl, headers, req }: Context): HttpRequest {
  return fromNode({ method, originalUrl, headers, rawHeaders: req.rawHeaders });
}

function respond(ctx: Context, { status, headers, body }: Answer): void {
  // Text for the status where there is no body, unless Koa is told so; and telling it sets a status.
  ctx.body = body === "" ? null : body;
  ctx.status = status;
  for (const [name, value] of headers) {
    // The application may have set cookies of its own.
    if (name === "set-cookie") ctx.append(name, value);
    else ctx.set(name, value);
  }
}
