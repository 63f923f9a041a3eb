/** `rejwt/express`: the bearer guard and the session routes for Express 4 and 5. It loads nothing of Express. */
import type { IncomingMessage } from "node:http";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { Verified } from "../jwt/verified.ts";
import type { AsyncVerifier } from "../jwt/verifier.ts";
import { checkNames, configError } from "../options.ts";
import type { Tokens } from "../session/types.ts";
import type { Answer } from "./answers.ts";
import { bearerCheck, type GuardOptions } from "./bearer.ts";
import type { CookieOptions } from "./cookies.ts";
import { fromNode, type HttpRequest } from "./exchange.ts";
import { sessionRoutes as createSessionRoutes, type RefreshableSessions } from "./session-routes.ts";

/**
 * A handler for `app.use` or a route. It is asked for what it verified: the global `Request` type gets no new member,
 * which could not carry a schema's type.
 */
export interface Guard<C> extends RequestHandler {
  /** What the guard verified about a request that it let pass. @throws CONFIG for any other request */
  of(request: IncomingMessage): Verified<C>;
}

/**
 * Asks every request for an access token that the verifier accepts: `Authorization: Bearer`, or the cookie named by
 * `cookie`, never the query or the body. It answers refusals itself; what the verifier throws beside TokenErrors, and
 * `CONFIG`, goes to `next(error)`.
 * @throws CONFIG for what is no verifier, and for an option that is unknown, undefined or malformed
 */
export function guard<C>(verifier: AsyncVerifier<C>, options?: GuardOptions<C>): Guard<C> {
  const check = bearerCheck(verifier, options);
  const verified = new WeakMap<IncomingMessage, Verified<C>>();
  const handler: RequestHandler = (request, response, next) => {
    check(fromNode(request))
      .then((result) => {
        if (!result.ok) return send(response, result.answer);
        verified.set(request, result.auth);
        next();
      })
      .catch(next);
  };
  return Object.assign(handler, {
    of: (request: IncomingMessage): Verified<C> => {
      const auth = verified.get(request);
      if (auth === undefined) throw configError("guard.of", "this guard has not let this request pass: put it before");
      return auth;
    },
  });
}

/** Handlers for `app.post`: refresh token in a cookie, access token in the body. See `AuthHandlers` of `rejwt/http`. */
export interface SessionRoutes {
  /** Exchanges the refresh cookie. */
  readonly refresh: RequestHandler;
  /** Ends the session of the refresh cookie. */
  readonly logout: RequestHandler;
  /** The login's last step: answers with the tokens. @throws CONFIG for a refresh token that cannot stand in a cookie */
  issue(response: Response, tokens: Tokens): void;
}

export interface SessionRoutesOptions {
  /** How browsers keep the refresh token. */
  readonly cookie: CookieOptions;
}

/** @throws CONFIG for what are no sessions, and for an option that is unknown, missing, undefined or malformed */
export function sessionRoutes(sessions: RefreshableSessions, options: SessionRoutesOptions): SessionRoutes {
  checkNames("sessionRoutes", options, ["cookie"]);
  const routes = createSessionRoutes("sessionRoutes", sessions, options.cookie);
  return Object.freeze<SessionRoutes>({
    refresh: answering(routes.refresh),
    logout: answering(routes.logout),
    issue: (response, tokens) => send(response, routes.issue(tokens)),
  });
}

function answering(answer: (request: HttpRequest) => Promise<Answer>): RequestHandler {
  // Express 4 knows nothing of promises: a rejection must reach `next` here.
  return (request: Request, response: Response, next: NextFunction) => {
    answer(fromNode(request))
      .then((result) => send(response, result))
      .catch(next);
  };
}

function send(response: Response, { status, headers, body }: Answer): void {
  response.status(status);
  for (const [name, value] of headers) {
    // The application may have set cookies of its own.
    if (name === "set-cookie") response.append(name, value);
    else response.setHeader(name, value);
  }
  response.end(body);
}
