/** `rejwt/hono`: the bearer guard, the session routes and the OAuth endpoints for Hono 4, on every runtime of Hono that has node:crypto. */
import type { Context, MiddlewareHandler } from "hono";
import type { StatusCode } from "hono/utils/http-status";
import type { KeyRing } from "../jwk/key-ring.ts";
import type { Verified } from "../jwt/verified.ts";
import type { AsyncVerifier } from "../jwt/verifier.ts";
import type { Tokens } from "../session/types.ts";
import type { Answer } from "./answers.ts";
import { bearerCheck, type GuardOptions } from "./bearer.ts";
import type { Check } from "./check.ts";
import type { DpopOptions } from "./dpop-options.ts";
import { fromFetch } from "./exchange.ts";
import { formOf } from "./fetch-form.ts";
import { jwksAnswers } from "./jwks-answer.ts";
import { type OauthHandlers, type OauthHandlersOptions, oauthHandlers } from "./oauth-endpoints.ts";
import { type ProvenKey, proofCheck } from "./proof-check.ts";
import { type RefreshableSessions, type SessionRoutesOptions, sessionAnswers } from "./session-routes.ts";
import { verifiedRequests } from "./verified-requests.ts";

export type * from "./skin-types.ts";

/** A middleware for `app.use` or a route. It is asked for what it verified: `c.var` gets no new member. */
export interface Guard<C> extends MiddlewareHandler {
  /** What the guard verified about a request that it let pass. @throws CONFIG for any other request */
  of(c: Context): Verified<C>;
}

/** A middleware before the handler that logs in. */
export interface ProofGuard extends MiddlewareHandler {
  /** The key of a request that the guard let pass. @throws CONFIG for any other request */
  of(c: Context): ProvenKey;
}

/**
 * Asks every request for an access token that the verifier accepts: `Authorization: Bearer`, or the cookie named by
 * `cookie`, never the query or the body. It answers refusals itself; what the verifier throws beside TokenErrors, and
 * `CONFIG`, goes to `app.onError`.
 * @throws CONFIG for what is no verifier, and for an option that is unknown, undefined or malformed
 */
export function guard<C>(verifier: AsyncVerifier<C>, options?: GuardOptions<C>): Guard<C> {
  return guarding(bearerCheck(verifier, options));
}

/**
 * Asks a login for a DPoP proof, so that its session can be bound to the client's key:
 * `sessions.start({ subject, binding: proved.of(c) })`. Without a proof that holds, it answers 401 itself, with the nonce
 * to use where `nonces` asks for one. `required` is for guards alone: a login without a proof is always refused. RFC 9449.
 * @throws CONFIG for an option that is unknown, missing, undefined or malformed
 */
export function proofGuard(options: DpopOptions): ProofGuard {
  return guarding(proofCheck(options));
}

function guarding<T>(check: Check<T>): MiddlewareHandler & { of(c: Context): T } {
  const verified = verifiedRequests<T>();
  const middleware: MiddlewareHandler = async (c, next) => {
    const result = await check(fromFetch(c.req.raw));
    if (!result.ok) return respond(c, result.answer);
    verified.keep(c, result.value);
    await next();
    return undefined;
  };
  return Object.assign(middleware, { of: verified.of });
}

/** A route's handler. */
export type RouteHandler = (c: Context) => Promise<Response>;

/** Handlers for `app.post`: refresh token in a cookie, access token in the body. See `AuthHandlers` of `rejwt/http`. */
export interface SessionRoutes {
  /** Exchanges the refresh cookie. */
  readonly refresh: RouteHandler;
  /** Ends the session of the refresh cookie. */
  readonly logout: RouteHandler;
  /** The login's last step. @throws CONFIG for what are no tokens, such as a promise of them */
  issue(c: Context, tokens: Tokens): Response;
}

/** @throws CONFIG for what are no sessions, and for an option that is unknown, missing, undefined or malformed */
export function sessionRoutes(sessions: RefreshableSessions, options: SessionRoutesOptions): SessionRoutes {
  const routes = sessionAnswers("sessionRoutes", sessions, options);
  return Object.freeze<SessionRoutes>({
    refresh: async (c) => respond(c, await routes.refresh(fromFetch(c.req.raw))),
    logout: async (c) => respond(c, await routes.logout(fromFetch(c.req.raw))),
    issue: (c, tokens) => respond(c, routes.issue(tokens)),
  });
}

/**
 * Handlers for `app.post`. The body must be unread.
 * @throws CONFIG for an option that is unknown, missing, undefined or malformed
 */
export function createOauthHandlers(options: OauthHandlersOptions<Context>): OauthHandlers<RouteHandler> {
  return oauthHandlers(options, (endpoint) => async (c) => respond(c, await endpoint(formOf(c.req.raw), c)));
}

/**
 * A handler for `app.get` that publishes the ring's keys: RFC 7517 §8.5, with ETag and Cache-Control.
 * @throws CONFIG for what is no key ring, and for a ring of secrets
 */
export function jwksHandler(ring: KeyRing): RouteHandler {
  const answer = jwksAnswers(ring);
  return async (c) => respond(c, answer(fromFetch(c.req.raw)));
}

/** Through the context, which adds what the application has set: CORS headers, cookies of its own. */
function respond(c: Context, { status, headers, body }: Answer): Response {
  for (const [name, value] of headers) c.header(name, value, { append: name === "set-cookie" });
  return c.newResponse(body === "" ? null : body, status as StatusCode);
}
