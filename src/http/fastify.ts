/** `rejwt/fastify`: the bearer guard and the session routes for Fastify 5. It loads nothing of Fastify. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Verified } from "../jwt/verified.ts";
import type { AsyncVerifier } from "../jwt/verifier.ts";
import type { Tokens } from "../session/types.ts";
import type { Answer } from "./answers.ts";
import { bearerCheck, type GuardOptions } from "./bearer.ts";
import type { HttpRequest } from "./exchange.ts";
import { fromFastify, sendReply } from "./fastify-exchange.ts";
import { type RefreshableSessions, type SessionRoutesOptions, sessionAnswers } from "./session-routes.ts";
import { verifiedRequests } from "./verified-requests.ts";

export type { CookieOptions } from "./cookies.ts";
export type { GuardOptions, RefreshableSessions, SessionRoutesOptions };

/** A hook: `{ onRequest: auth }` refuses before a body is read; `{ preHandler: auth }` works too. */
export interface Guard<C> {
  (request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** What the guard verified about a request that it let pass. @throws CONFIG for any other request */
  of(request: FastifyRequest): Verified<C>;
}

/**
 * Asks every request for an access token that the verifier accepts: `Authorization: Bearer`, or the cookie named by
 * `cookie`, never the query or the body. It answers refusals itself; what the verifier throws beside TokenErrors, and
 * `CONFIG`, goes to Fastify's error handler.
 * @throws CONFIG for what is no verifier, and for an option that is unknown, undefined or malformed
 */
export function guard<C>(verifier: AsyncVerifier<C>, options?: GuardOptions<C>): Guard<C> {
  const check = bearerCheck(verifier, options);
  const verified = verifiedRequests<C>();
  const hook = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const result = await check(fromFastify(request));
    if (result.ok) verified.keep(request, result.auth);
    else await sendReply(reply, result.answer);
  };
  return Object.assign(hook, { of: verified.of });
}

/** A route's handler. */
export type RouteHandler = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** Handlers for `app.post`: refresh token in a cookie, access token in the body. See `AuthHandlers` of `rejwt/http`. */
export interface SessionRoutes {
  /** Exchanges the refresh cookie. */
  readonly refresh: RouteHandler;
  /** Ends the session of the refresh cookie. */
  readonly logout: RouteHandler;
  /** The login's last step: answers with the tokens. @throws CONFIG for a refresh token that cannot stand in a cookie */
  issue(reply: FastifyReply, tokens: Tokens): Promise<void>;
}

/** @throws CONFIG for what are no sessions, and for an option that is unknown, missing, undefined or malformed */
export function sessionRoutes(sessions: RefreshableSessions, options: SessionRoutesOptions): SessionRoutes {
  const routes = sessionAnswers("sessionRoutes", sessions, options);
  return Object.freeze<SessionRoutes>({
    refresh: answering(routes.refresh),
    logout: answering(routes.logout),
    issue: async (reply, tokens) => sendReply(reply, routes.issue(tokens)),
  });
}

function answering(answer: (request: HttpRequest) => Promise<Answer>): RouteHandler {
  return async (request, reply) => sendReply(reply, await answer(fromFastify(request)));
}
