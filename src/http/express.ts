/** `rejwt/express`: the bearer guard, the session routes and the OAuth endpoints for Express 4 and 5. It loads nothing of Express. */
import type { IncomingMessage } from "node:http";
import type { NextFunction, Request, RequestHandler, Response } from "express";
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
import { writeAnswer } from "./node-response.ts";
import { type OauthHandlers, type OauthHandlersOptions, oauthHandlers } from "./oauth-endpoints.ts";
import { type ProvenKey, proofCheck } from "./proof-check.ts";
import { type RefreshableSessions, type SessionRoutesOptions, sessionAnswers } from "./session-routes.ts";
import { verifiedRequests } from "./verified-requests.ts";

export type * from "./skin-types.ts";

/**
 * A handler for `app.use` or a route. It is asked for what it verified: the global `Request` type gets no new member,
 * which could not carry a schema's type.
 */
export interface Guard<C> extends RequestHandler {
  /** What the guard verified about a request that it let pass. @throws CONFIG for any other request */
  of(request: IncomingMessage): Verified<C>;
}

/** A handler before the one that logs in. */
export interface ProofGuard extends RequestHandler {
  /** The key of a request that the guard let pass. @throws CONFIG for any other request */
  of(request: IncomingMessage): ProvenKey;
}

/**
 * Asks every request for an access token that the verifier accepts: `Authorization: Bearer`, or the cookie named by
 * `cookie`, never the query or the body. It answers refusals itself; what the verifier throws beside TokenErrors, and
 * `CONFIG`, goes to `next(error)`.
 * @throws CONFIG for what is no verifier, and for an option that is unknown, undefined or malformed
 */
export function guard<C>(verifier: AsyncVerifier<C>, options?: GuardOptions<C>): Guard<C> {
  return guarding(bearerCheck(verifier, options));
}

/**
 * Asks a login for a DPoP proof, so that its session can be bound to the client's key:
 * `sessions.start({ subject, binding: proved.of(req) })`. Without a proof that holds, it answers 401 itself, with the nonce
 * to use where `nonces` asks for one. `required` is for guards alone: a login without a proof is always refused. RFC 9449.
 * @throws CONFIG for an option that is unknown, missing, undefined or malformed
 */
export function proofGuard(options: DpopOptions): ProofGuard {
  return guarding(proofCheck(options));
}

function guarding<T>(check: Check<T>): RequestHandler & { of(request: IncomingMessage): T } {
  const verified = verifiedRequests<T>();
  const handler: RequestHandler = (request, response, next) => {
    check(fromNode(request))
      .then((result) => {
        if (!result.ok) return writeAnswer(response, result.answer);
        verified.keep(request, result.value);
        next();
      })
      .catch(next);
  };
  return Object.assign(handler, { of: verified.of });
}

/** Handlers for `app.post`: refresh token in a cookie, access token in the body. See `AuthHandlers` of `rejwt/http`. */
export interface SessionRoutes {
  /** Exchanges the refresh cookie. */
  readonly refresh: RequestHandler;
  /** Ends the session of the refresh cookie. */
  readonly logout: RequestHandler;
  /** The login's last step: answers with the tokens. @throws CONFIG for what are no tokens, such as a promise of them */
  issue(response: Response, tokens: Tokens): void;
}

/** @throws CONFIG for what are no sessions, and for an option that is unknown, missing, undefined or malformed */
export function sessionRoutes(sessions: RefreshableSessions, options: SessionRoutesOptions): SessionRoutes {
  const routes = sessionAnswers("sessionRoutes", sessions, options);
  return Object.freeze<SessionRoutes>({
    refresh: answering(routes.refresh),
    logout: answering(routes.logout),
    issue: (response, tokens) => writeAnswer(response, routes.issue(tokens)),
  });
}

/**
 * Handlers for `app.post`, before or behind `express.urlencoded()`.
 * @throws CONFIG for an option that is unknown, missing, undefined or malformed
 */
export function createOauthHandlers(options: OauthHandlersOptions<Request>): OauthHandlers<RequestHandler> {
  return oauthHandlers(options, (endpoint) =>
    answering((form, request) => {
      const body = (mostBytes: number) => nodeContent(request, request.body, mostBytes);
      return endpoint(Object.assign(form, { body }), request);
    }),
  );
}

/**
 * A handler for `app.get` that publishes the ring's keys: RFC 7517 §8.5, with ETag and Cache-Control.
 * @throws CONFIG for what is no key ring, and for a ring of secrets
 */
export function jwksHandler(ring: KeyRing): RequestHandler {
  const answer = jwksAnswers(ring);
  return answering(async (request) => answer(request));
}

function answering(answer: (request: HttpRequest, original: Request) => Promise<Answer>): RequestHandler {
  // Express 4 knows nothing of promises: a rejection must reach `next` here.
  return (request: Request, response: Response, next: NextFunction) => {
    answer(fromNode(request), request)
      .then((result) => writeAnswer(response, result))
      .catch(next);
  };
}
