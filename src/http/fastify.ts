/** `rejwt/fastify`: the bearer guard, the session routes and the OAuth endpoints for Fastify 5. It loads nothing of Fastify. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { KeyRing } from "../jwk/key-ring.ts";
import type { Verified } from "../jwt/verified.ts";
import type { AsyncVerifier } from "../jwt/verifier.ts";
import type { Tokens } from "../session/types.ts";
import type { Answer } from "./answers.ts";
import { bearerCheck, type GuardOptions } from "./bearer.ts";
import type { Check } from "./check.ts";
import type { DpopOptions } from "./dpop-options.ts";
import type { HttpRequest } from "./exchange.ts";
import { fastifyContent, fromFastify, sendReply } from "./fastify-exchange.ts";
import { jwksAnswers } from "./jwks-answer.ts";
import { type OauthHandlers, type OauthHandlersOptions, oauthHandlers } from "./oauth-endpoints.ts";
import { type ProvenKey, proofCheck } from "./proof-check.ts";
import { type RefreshableSessions, type SessionRoutesOptions, sessionAnswers } from "./session-routes.ts";
import { verifiedRequests } from "./verified-requests.ts";

export type * from "./skin-types.ts";

/** A hook: `{ onRequest: auth }` refuses before a body is read; `{ preHandler: auth }` works too. */
export interface Guard<C> {
  (request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** What the guard verified about a request that it let pass. @throws CONFIG for any other request */
  of(request: FastifyRequest): Verified<C>;
}

/** A hook for the route that logs in: `{ onRequest: proved }`. */
export interface ProofGuard {
  (request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** The key of a request that the guard let pass. @throws CONFIG for any other request */
  of(request: FastifyRequest): ProvenKey;
}

/**
 * Asks every request for an access token that the verifier accepts: `Authorization: Bearer`, or the cookie named by
 * `cookie`, never the query or the body. It answers refusals itself; what the verifier throws beside TokenErrors, and
 * `CONFIG`, goes to Fastify's error handler.
 * @throws CONFIG for what is no verifier, and for an option that is unknown, undefined or malformed
 */
export function guard<C>(verifier: AsyncVerifier<C>, options?: GuardOptions<C>): Guard<C> {
  return guarding(bearerCheck(verifier, options));
}

/**
 * Asks a login for a DPoP proof, so that its session can be bound to the client's key:
 * `sessions.start({ subject, binding: proved.of(request) })`. Without a proof that holds, it answers 401 itself, with the nonce
 * to use where `nonces` asks for one. `required` is for guards alone: a login without a proof is always refused. RFC 9449.
 * @throws CONFIG for an option that is unknown, missing, undefined or malformed
 */
export function proofGuard(options: DpopOptions): ProofGuard {
  return guarding(proofCheck(options));
}

function guarding<T>(check: Check<T>): RouteHandler & { of(request: FastifyRequest): T } {
  const verified = verifiedRequests<T>();
  const hook = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const result = await check(fromFastify(request));
    if (result.ok) verified.keep(request, result.value);
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
  /** The login's last step: answers with the tokens. @throws CONFIG for what are no tokens, such as a promise of them */
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

/**
 * Handlers for `app.post`, where the content type of forms has a parser (`@fastify/formbody`), or none has: `unparsed`.
 * @throws CONFIG for an option that is unknown, missing, undefined or malformed
 */
export function createOauthHandlers(options: OauthHandlersOptions<FastifyRequest>): OauthHandlers<RouteHandler> {
  return oauthHandlers(options, (endpoint) =>
    answering((form, request) => {
      const body = (mostBytes: number) => fastifyContent(request, mostBytes);
      return endpoint(Object.assign(form, { body }), request);
    }),
  );
}

/**
 * Leaves the bodies of one scope's routes unread, whatever their type, for handlers that read them: Fastify refuses
 * forms before any handler sees them, unless there is a parser. `app.register(async (scope) => { unparsed(scope); … })`.
 */
export function unparsed(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
}

/**
 * A handler for `app.get` that publishes the ring's keys: RFC 7517 §8.5, with ETag and Cache-Control.
 * @throws CONFIG for what is no key ring, and for a ring of secrets
 */
export function jwksHandler(ring: KeyRing): RouteHandler {
  const answer = jwksAnswers(ring);
  return answering(async (request) => answer(request));
}

function answering(answer: (request: HttpRequest, original: FastifyRequest) => Promise<Answer>): RouteHandler {
  return async (request, reply) => sendReply(reply, await answer(fromFastify(request), request));
}
