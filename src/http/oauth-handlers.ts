/** The OAuth endpoints for everything that speaks the Fetch standard's `Request` and `Response`. */
import type { KeyRing } from "../jwk/key-ring.ts";
import { checkFunction, configError } from "../options.ts";
import { jsonAnswer, NO_STORE } from "./answers.ts";
import { fromFetch } from "./exchange.ts";
import { toResponse } from "./fetch-response.ts";
import type { FormRequest } from "./form.ts";
import { type OauthHandlersOptions, oauthEndpoints } from "./oauth-endpoints.ts";

/**
 * Forms of `application/x-www-form-urlencoded`, by POST. Refusals are `{ error, error_description }` of RFC 6749 §5.2, and
 * `code` where there is one; an outage is 503 with Retry-After. No token is taken from the address.
 */
export interface OauthHandlers {
  /**
   * The refresh token grant, RFC 6749 §6: `grant_type=refresh_token&refresh_token=…`. A client may send the attempt as
   * `refresh_attempt_challenge` or `refresh_attempt_verifier` (or as header fields): see `Attempt`.
   */
  token(request: Request): Promise<Response>;
  /** RFC 7009: ends the session of a refresh token or an access token; 200, also where there is none. */
  revoke(request: Request): Promise<Response>;
  /** RFC 7662: whether an access token or a refresh token is good now, to clients that authenticate themselves. */
  introspect(request: Request): Promise<Response>;
}

/**
 * Handlers that any fetch-style server can mount.
 * @throws CONFIG for an option that is unknown, missing, undefined or malformed
 */
export function createOauthHandlers(options: OauthHandlersOptions): OauthHandlers {
  const endpoints = oauthEndpoints<Request>(options);
  return Object.freeze<OauthHandlers>({
    token: async (request) => toResponse(await endpoints.token(formOf(request), request)),
    revoke: async (request) => toResponse(await endpoints.revoke(formOf(request), request)),
    introspect: async (request) => toResponse(await endpoints.introspect(formOf(request), request)),
  });
}

/**
 * A handler that publishes the ring's keys: RFC 7517 §8.5, with ETag and Cache-Control. GET and HEAD.
 * @throws CONFIG for what is no key ring, and for a ring of secrets
 */
export function jwksHandler(ring: KeyRing): (request: Request) => Response {
  checkFunction("jwksHandler", "ring.jwksResponse", ring?.jwksResponse);
  // A ring of secrets is found out now, not by the first request.
  ring.jwks();
  return (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return toResponse(jsonAnswer(405, [NO_STORE, ["allow", "GET, HEAD"]], { error: "method_not_allowed" }));
    }
    const { status, headers, body } = ring.jwksResponse(request.headers.get("if-none-match") ?? undefined);
    return new Response(status === 304 || request.method === "HEAD" ? null : body, { status, headers });
  };
}

function formOf(request: Request): FormRequest {
  const { method, target, values } = fromFetch(request);
  return { method, target, values, body: (mostBytes) => readBody(request, mostBytes) };
}

/** Stops reading at the limit: what is longer is never held. */
async function readBody(request: Request, mostBytes: number): Promise<Uint8Array | undefined> {
  if (request.bodyUsed)
    throw configError("createOauthHandlers", "the body was read already: pass the request as it came");
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > mostBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
