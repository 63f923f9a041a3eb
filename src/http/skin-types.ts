/** The types that every framework's entry point gives its users beside its own. */
export type { GuardOptions } from "./bearer.ts";
export type { CookieOptions } from "./cookies.ts";
export type { DpopOptions } from "./dpop-options.ts";
export type { OauthHandlers, OauthHandlersOptions } from "./oauth-endpoints.ts";
export type { ProvenKey } from "./proof-check.ts";
export type { RefreshableSessions, SessionRoutesOptions } from "./session-routes.ts";
