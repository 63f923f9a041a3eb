/** The guard as an endpoint that a reverse proxy asks: nginx `auth_request`, Traefik and Caddy forward auth, Envoy `ext_authz`. */
import type { AsyncVerifier } from "../jwt/verifier.ts";
import { checkDefined, checkFunction, checkObject, configError } from "../options.ts";
import { NO_STORE } from "./answers.ts";
import { bearerCheck, type GuardOptions } from "./bearer.ts";
import { fieldValue, fromFetch, type HttpRequest } from "./exchange.ts";
import { toResponse } from "./fetch-response.ts";

export interface AuthenticateOptions<C> extends GuardOptions<C> {
  /**
   * Where the method and the address of the client's own request are. `"forwarded"`: in `X-Forwarded-Method` and
   * `X-Forwarded-Uri`, which Traefik and Caddy set, and nginx where it is told to; without them the handler rejects.
   * `"own"`: the proxy's question has them itself, as Envoy's. Needed with `cookie` and with `dpop`.
   */
  readonly original?: "forwarded" | "own";
  /**
   * Header fields of the 200, which the proxy may hand to the service behind it, made from the claims. Values must be
   * printable ASCII: what is not rejects. Default: none.
   */
  readonly headers?: (claims: C) => Readonly<Record<string, string>>;
}

const WHERE = "authenticateHandler";

/**
 * A handler that answers 200 and no body where the guard would let the request pass, and otherwise what the guard answers:
 * 401 and 403 with the challenge, 400, and 503 in an outage. For any method. No token is in any answer.
 * @throws CONFIG for what is no verifier, and for an option that is unknown, undefined or malformed
 */
export function authenticateHandler<C>(
  verifier: AsyncVerifier<C>,
  options: AuthenticateOptions<C> = {},
): (request: Request) => Promise<Response> {
  checkObject(WHERE, options);
  const { original, headers, ...guardOptions } = options;
  checkDefined(WHERE, options, ["original", "headers"]);
  if (headers !== undefined) checkFunction(WHERE, "headers", headers);
  if (
    original === undefined ? "cookie" in options || "dpop" in options : original !== "forwarded" && original !== "own"
  ) {
    throw configError(WHERE, 'option "original" must be "forwarded" or "own", and goes with "cookie" and "dpop"');
  }
  const check = bearerCheck(verifier, guardOptions);
  return async (request) => {
    const asked = fromFetch(request);
    const result = await check(original === "forwarded" ? forwarded(asked) : asked);
    if (!result.ok) return toResponse(result.answer);
    const told = Object.entries(headers?.(result.value.claims) ?? {});
    for (const [name, value] of told) checkField(name, value);
    return toResponse({ status: 200, headers: [NO_STORE, ...told], body: "" });
  };
}

/** RFC 9110 §9.1 `token`; and RFC 9112 §3.2.1. One value each: of two, the proxy and this handler may see different ones. */
const METHOD = /^[A-Z][A-Z-]*$/;
const TARGET = /^\/[!-~]*$/;

function forwarded(asked: HttpRequest): HttpRequest {
  const method = fieldValue(asked, "x-forwarded-method");
  const target = fieldValue(asked, "x-forwarded-uri");
  if (method === undefined || target === undefined || !METHOD.test(method) || !TARGET.test(target)) {
    throw configError(WHERE, "the proxy must send X-Forwarded-Method and X-Forwarded-Uri, each once");
  }
  return { method, target, values: asked.values };
}

function checkField(name: string, value: unknown): void {
  if (/^[\w-]+$/.test(name) && typeof value === "string" && /^[ -~]*$/.test(value)) return;
  throw configError(WHERE, `\`headers\` must make fields of printable ASCII, which "${name.slice(0, 40)}" is not`);
}
