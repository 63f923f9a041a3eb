/** Session routes for everything that speaks the Fetch standard's `Request` and `Response`. */

import { checkNames } from "../options.ts";
import type { Tokens } from "../session/types.ts";
import { fromFetch } from "./exchange.ts";
import { toResponse } from "./fetch-response.ts";
import { type RefreshableSessions, type SessionRoutesOptions, sessionAnswers } from "./session-routes.ts";

export interface AuthHandlersOptions extends SessionRoutesOptions {
  readonly sessions: RefreshableSessions;
}

/**
 * Refresh token in a cookie, access token in the body: `{ access_token, token_type, expires_in }`, in seconds. Refusals are
 * `{ error, code }`; an outage is 503 with Retry-After, and leaves the cookie alone.
 */
export interface AuthHandlers {
  /** The login's last step. @throws CONFIG for what are no tokens, such as a promise of them */
  issue(tokens: Tokens): Response;
  /**
   * Exchanges the refresh cookie: 200. The cookie is cleared only where the session is over for good: 401. POST only. A
   * client may send `Refresh-Attempt-Challenge`, and on a retry `Refresh-Attempt-Verifier`: see `Attempt`.
   */
  refresh(request: Request): Promise<Response>;
  /** Ends the session of the refresh cookie, whatever the age of any token: 204, also where there is none. POST only. */
  logout(request: Request): Promise<Response>;
}

/**
 * Handlers that any fetch-style server can mount.
 * @throws CONFIG for an option that is unknown, missing, undefined or malformed
 */
export function createAuthHandlers(options: AuthHandlersOptions): AuthHandlers {
  checkNames("createAuthHandlers", options, ["sessions", "cookie", "dpop"]);
  const { sessions, ...routeOptions } = options;
  const routes = sessionAnswers("createAuthHandlers", sessions, routeOptions);
  return Object.freeze<AuthHandlers>({
    issue: (tokens) => toResponse(routes.issue(tokens)),
    refresh: async (request) => toResponse(await routes.refresh(fromFetch(request))),
    logout: async (request) => toResponse(await routes.logout(fromFetch(request))),
  });
}
