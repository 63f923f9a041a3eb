/** `rejwt/http`: the bearer guard and the session routes for `Request` and `Response` of the Fetch standard. */

export type { Fetch } from "../jwk/http-answer.ts";
export { HttpFeedError, type HttpFeedFault } from "../revocation/feed-fault.ts";
export { type HttpFeedOptions, httpFeed } from "../revocation/http-feed.ts";
export type { Introspection, IntrospectionSources } from "../session/introspection.ts";
export { introspectToken } from "../session/introspection.ts";
export type { RevocationSources, TokenRevocation } from "../session/token-revocation.ts";
export { revokeToken } from "../session/token-revocation.ts";
export type { AuthenticateOptions } from "./authenticate-handler.ts";
export { authenticateHandler } from "./authenticate-handler.ts";
export type { GuardOptions } from "./bearer.ts";
export type { ClientCredentials } from "./client-authentication.ts";
export type { CookieOptions } from "./cookies.ts";
export type { DpopNonces, DpopNoncesOptions } from "./dpop-nonces.ts";
export { dpopNonces } from "./dpop-nonces.ts";
export type { DpopOptions } from "./dpop-options.ts";
export type { GuardResult, ProofResult } from "./fetch-guard.ts";
export { guard, proofGuard } from "./fetch-guard.ts";
export type { OauthHandlers, OauthHandlersOptions, OauthSessions } from "./oauth-endpoints.ts";
export { createOauthHandlers, jwksHandler } from "./oauth-handlers.ts";
export type { ProvenKey } from "./proof-check.ts";
export type {
  RevocationsHandler,
  RevocationsHandlerEvent,
  RevocationsHandlerOptions,
} from "./revocations-handler.ts";
export { revocationsHandler } from "./revocations-handler.ts";
export type { AuthHandlers, AuthHandlersOptions } from "./session-handlers.ts";
export { createAuthHandlers } from "./session-handlers.ts";
export type { RefreshableSessions, SessionRoutesOptions } from "./session-routes.ts";
