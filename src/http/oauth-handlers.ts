/** The OAuth endpoints for everything that speaks the Fetch standard's `Request` and `Response`. */
import type { KeyRing } from "../jwk/key-ring.ts";
import { fromFetch } from "./exchange.ts";
import { formOf } from "./fetch-form.ts";
import { toResponse } from "./fetch-response.ts";
import { jwksAnswers } from "./jwks-answer.ts";
import { type OauthHandlers, type OauthHandlersOptions, oauthHandlers } from "./oauth-endpoints.ts";

/**
 * Handlers that any fetch-style server can mount.
 * @throws CONFIG for an option that is unknown, missing, undefined or malformed
 */
export function createOauthHandlers(options: OauthHandlersOptions): OauthHandlers {
  return oauthHandlers(options, (answer) => async (request) => toResponse(await answer(formOf(request), request)));
}

/**
 * A handler that publishes the ring's keys: RFC 7517 §8.5, with ETag and Cache-Control. GET and HEAD.
 * @throws CONFIG for what is no key ring, and for a ring of secrets
 */
export function jwksHandler(ring: KeyRing): (request: Request) => Response {
  const answer = jwksAnswers(ring);
  return (request) => toResponse(answer(fromFetch(request)));
}
