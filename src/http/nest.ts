/** `rejwt/nest`: the bearer guard, the session routes and the OAuth endpoints for Nest 12, on Express and on Fastify. It loads nothing of Nest. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { CanActivate, ExecutionContext } from "@nestjs/common";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { KeyRing } from "../jwk/key-ring.ts";
import type { Verified } from "../jwt/verified.ts";
import type { AsyncVerifier } from "../jwt/verifier.ts";
import { configError } from "../options.ts";
import type { Tokens } from "../session/types.ts";
import type { Answer } from "./answers.ts";
import { bearerCheck, type GuardOptions } from "./bearer.ts";
import type { Check } from "./check.ts";
import type { DpopOptions } from "./dpop-options.ts";
import { fromNode, type HttpRequest } from "./exchange.ts";
import { fastifyContent, fromFastify, sendReply } from "./fastify-exchange.ts";
import type { Content } from "./form.ts";
import { jwksAnswers } from "./jwks-answer.ts";
import { nodeContent } from "./node-content.ts";
import { writeAnswer } from "./node-response.ts";
import { type OauthHandlers, type OauthHandlersOptions, oauthHandlers } from "./oauth-endpoints.ts";
import { type ProvenKey, proofCheck } from "./proof-check.ts";
import { type RefreshableSessions, type SessionRoutesOptions, sessionAnswers } from "./session-routes.ts";
import { verifiedRequests } from "./verified-requests.ts";

export type * from "./skin-types.ts";

/** What `@Req()` gives, on either platform. */
export type PlatformRequest = IncomingMessage | FastifyRequest;
/** What `@Res()` gives, on either platform. */
export type PlatformResponse = ServerResponse | FastifyReply;

/** A guard for `@UseGuards(auth)` or `app.useGlobalGuards(auth)`. */
export interface Guard<C> extends CanActivate {
  canActivate(context: ExecutionContext): Promise<boolean>;
  /** What the guard verified about a request that it let pass: `@Req()`. @throws CONFIG for any other request */
  of(request: PlatformRequest): Verified<C>;
}

/** A guard for the method that logs in: `@UseGuards(proved)`. */
export interface ProofGuard extends CanActivate {
  canActivate(context: ExecutionContext): Promise<boolean>;
  /** The key of a request that the guard let pass: `@Req()`. @throws CONFIG for any other request */
  of(request: PlatformRequest): ProvenKey;
}

/**
 * Asks every request for an access token that the verifier accepts: `Authorization: Bearer`, or the cookie named by
 * `cookie`, never the query or the body. It answers refusals itself, beside Nest's exception filters: the challenge is in
 * a header, which no exception of Nest can carry. What the verifier throws beside TokenErrors, and `CONFIG`, goes to them.
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

function guarding<T>(check: Check<T>): Pick<ProofGuard, "canActivate"> & { of(request: PlatformRequest): T } {
  const verified = verifiedRequests<T>();
  return Object.freeze({
    canActivate: async (context: ExecutionContext): Promise<boolean> => {
      if (context.getType() !== "http") throw configError("guard", "this guard is for HTTP: guard the upgrade instead");
      const http = context.switchToHttp();
      const request: PlatformRequest = http.getRequest();
      const result = await check(fromPlatform(request));
      if (!result.ok) {
        await respond(http.getResponse(), result.answer);
        // Neither true, which would run the handler, nor false, which Nest would answer with a 403 of its own. A promise
        // of its own each time, which goes when the request goes: one for all would keep every request.
        return new Promise<never>(() => undefined);
      }
      verified.keep(request, result.value);
      return true;
    },
    of: verified.of,
  });
}

/** To call in a controller, with `@Req()` and `@Res()`. */
export type RouteHandler = (request: PlatformRequest, response: PlatformResponse) => Promise<void>;

/** Handlers to call in a controller, with `@Req()` and `@Res()`. See `AuthHandlers` of `rejwt/http`. */
export interface SessionRoutes {
  /** Exchanges the refresh cookie. */
  refresh(request: PlatformRequest, response: PlatformResponse): Promise<void>;
  /** Ends the session of the refresh cookie. */
  logout(request: PlatformRequest, response: PlatformResponse): Promise<void>;
  /** The login's last step: answers with the tokens. @throws CONFIG for what are no tokens, such as a promise of them */
  issue(response: PlatformResponse, tokens: Tokens): Promise<void>;
}

/** @throws CONFIG for what are no sessions, and for an option that is unknown, missing, undefined or malformed */
export function sessionRoutes(sessions: RefreshableSessions, options: SessionRoutesOptions): SessionRoutes {
  const routes = sessionAnswers("sessionRoutes", sessions, options);
  return Object.freeze<SessionRoutes>({
    refresh: async (request, response) => respond(response, await routes.refresh(fromPlatform(request))),
    logout: async (request, response) => respond(response, await routes.logout(fromPlatform(request))),
    issue: async (response, tokens) => respond(response, routes.issue(tokens)),
  });
}

/**
 * Handlers to call in a controller, with `@Req()` and `@Res()`. Nest's own parsers may have read the body.
 * @throws CONFIG for an option that is unknown, missing, undefined or malformed
 */
export function createOauthHandlers(options: OauthHandlersOptions<PlatformRequest>): OauthHandlers<RouteHandler> {
  return oauthHandlers(options, (endpoint) => async (request, response) => {
    const body = (mostBytes: number) => contentOf(request, mostBytes);
    await respond(response, await endpoint(Object.assign(fromPlatform(request), { body }), request));
  });
}

/**
 * A handler to call in a controller that publishes the ring's keys: RFC 7517 §8.5, with ETag and Cache-Control.
 * @throws CONFIG for what is no key ring, and for a ring of secrets
 */
export function jwksHandler(ring: KeyRing): RouteHandler {
  const answer = jwksAnswers(ring);
  return async (request, response) => respond(response, answer(fromPlatform(request)));
}

function contentOf(request: PlatformRequest, mostBytes: number): Promise<Content | undefined> {
  if ("raw" in request) return fastifyContent(request, mostBytes);
  return nodeContent(request, (request as { readonly body?: unknown }).body, mostBytes);
}

function fromPlatform(request: PlatformRequest): HttpRequest {
  return "raw" in request ? fromFastify(request) : fromNode(request);
}

async function respond(response: PlatformResponse, answer: Answer): Promise<void> {
  if ("raw" in response) await sendReply(response, answer);
  else writeAnswer(response, answer);
}
