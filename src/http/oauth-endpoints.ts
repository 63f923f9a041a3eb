/** The token, revocation and introspection endpoints, before any framework: RFC 6749 §6, RFC 7009, RFC 7662, RFC 9449 §5. */
import { isTokenError } from "../errors.ts";
import type { AsyncVerifier } from "../jwt/verifier.ts";
import { checkDefined, checkFunction, checkNames, configError, countOption } from "../options.ts";
import { introspectToken } from "../session/introspection.ts";
import { revokeToken } from "../session/token-revocation.ts";
import type { Sessions } from "../session/types.ts";
import type { Answer } from "./answers.ts";
import { readAttempt } from "./attempt-fields.ts";
import { type ClientCredentials, readClient } from "./client-authentication.ts";
import { type DpopOptions, readDpop } from "./dpop-options.ts";
import { checkProof } from "./dpop-proof.ts";
import { type Form, type FormRequest, readForm } from "./form.ts";
import { grantAnswer, introspectionAnswer, oauthError, oauthRefusal, revokedAnswer } from "./oauth-answers.ts";

/** What the OAuth endpoints ask of sessions. */
export type OauthSessions = Pick<Sessions, "refresh" | "find" | "findByToken" | "end" | "endByToken">;

export interface OauthHandlersOptions<R = Request> {
  readonly sessions: OauthSessions;
  /** Of the access tokens that these sessions issue; its revocation list, if it has one, is heeded. */
  readonly verifier: AsyncVerifier<object>;
  /**
   * Whether a client is who it says: only `true` lets it in. Asked at every endpoint, for a public client too
   * (`method: "none"`), which introspection refuses by itself. What it throws is thrown on.
   */
  readonly authenticateClient: (client: ClientCredentials, request: R) => boolean | Promise<boolean>;
  /** Takes proofs at the token endpoint, for sessions that are bound to a key. */
  readonly dpop?: DpopOptions;
  /** The longest body, in bytes; a longer one is 413. Default 16384: an access token of 8 KiB and a client's assertion. */
  readonly maxBodyBytes?: number;
}

/**
 * Forms of `application/x-www-form-urlencoded`, by POST. Refusals are `{ error, error_description }` of RFC 6749 §5.2, and
 * `code` where there is one; an outage is 503 with Retry-After. No token is taken from the address.
 */
export interface OauthHandlers<Handler = (request: Request) => Promise<Response>> {
  /**
   * The refresh token grant, RFC 6749 §6: `grant_type=refresh_token&refresh_token=…`. A client may send the attempt as
   * `refresh_attempt_challenge` or `refresh_attempt_verifier` (or as header fields): see `Attempt`.
   */
  readonly token: Handler;
  /** RFC 7009: ends the session of a refresh token or an access token; 200, also where there is none. */
  readonly revoke: Handler;
  /** RFC 7662: whether an access token or a refresh token is good now, to clients that authenticate themselves. */
  readonly introspect: Handler;
}

/** An endpoint before any framework. @param original what `authenticateClient` is shown */
export type OauthEndpoint<R> = (request: FormRequest, original: R) => Promise<Answer>;

const WHERE = "createOauthHandlers";
const DEFAULT_BODY_BYTES = 16_384;
const METHODS = ["refresh", "find", "findByToken", "end", "endByToken"] as const;

/**
 * The endpoints, each as a framework's handler.
 * @throws CONFIG for an option that is unknown, missing, undefined or malformed
 */
export function oauthHandlers<R, Handler>(
  options: OauthHandlersOptions<R>,
  toHandler: (endpoint: OauthEndpoint<R>) => Handler,
): OauthHandlers<Handler> {
  const { token, revoke, introspect } = oauthEndpoints(options);
  return Object.freeze({ token: toHandler(token), revoke: toHandler(revoke), introspect: toHandler(introspect) });
}

function oauthEndpoints<R>(options: OauthHandlersOptions<R>): OauthHandlers<OauthEndpoint<R>> {
  checkNames(WHERE, options, ["sessions", "verifier", "authenticateClient", "dpop", "maxBodyBytes"]);
  checkDefined(WHERE, options, ["dpop", "maxBodyBytes"]);
  const { sessions, verifier, authenticateClient } = options;
  for (const name of METHODS) checkFunction(WHERE, `sessions.${name}`, sessions?.[name]);
  checkFunction(WHERE, "verifier.safeVerifyAsync", verifier?.safeVerifyAsync);
  checkFunction(WHERE, "authenticateClient", authenticateClient);
  const dpop = options.dpop === undefined ? undefined : readDpop(`${WHERE}: dpop`, options.dpop);
  const mostBytes = countOption(WHERE, "maxBodyBytes", options.maxBodyBytes ?? DEFAULT_BODY_BYTES, 1);

  type Endpoint = (form: Form, client: ClientCredentials, request: FormRequest) => Promise<Answer>;
  const endpoint =
    (answer: Endpoint) =>
    async (request: FormRequest, original: R): Promise<Answer> => {
      try {
        const read = await readForm(request, mostBytes);
        if (!read.ok) return read.answer;
        const client = readClient(request, read.form);
        if (client === undefined || !(await isAuthentic(client, original))) {
          return oauthError(401, "invalid_client", "the client is not authenticated");
        }
        return await answer(read.form, client, request);
      } catch (error) {
        if (!isTokenError(error)) throw error;
        return oauthRefusal(error);
      }
    };
  const isAuthentic = async (client: ClientCredentials, original: R): Promise<boolean> => {
    const verdict: unknown = await authenticateClient(client, original);
    if (typeof verdict !== "boolean") throw configError(WHERE, "`authenticateClient` must answer true or false");
    return verdict;
  };
  /** RFC 9449 §8.2: a new nonce may come with any answer of the token endpoint. */
  const withNonce = (answer: Answer): Answer =>
    dpop?.nonces === undefined
      ? answer
      : { ...answer, headers: [...answer.headers, ["dpop-nonce", dpop.nonces.current()]] };

  const grant = endpoint(async (form, { clientId }, request) => {
    const type = form.get("grant_type");
    if (type === undefined) return missing("grant_type");
    if (type !== "refresh_token") return oauthError(400, "unsupported_grant_type", "the grant must be refresh_token");
    const token = form.get("refresh_token");
    if (token === undefined) return missing("refresh_token");
    // RFC 6749 §6 lets a client ask for less; to give what it had and say nothing would be a lie.
    if (form.has("scope")) return oauthError(400, "invalid_scope", "a refresh keeps the scope that the session has");
    const attempt = readAttempt(request, form);
    const proof = dpop && (await checkProof(request, dpop));
    await proof?.use();
    const binding = { clientId, ...(proof && { jkt: proof.jkt }) };
    return grantAnswer(await sessions.refresh(token, { ...(attempt && { attempt }), binding }));
  });

  return Object.freeze<OauthHandlers<OauthEndpoint<R>>>({
    token: async (request, original) => withNonce(await grant(request, original)),
    revoke: endpoint(async (form, { clientId }) => {
      const token = form.get("token");
      if (token === undefined) return missing("token");
      // `token_type_hint` is not read: the shape of a token tells what it is (RFC 7009 §2.1 allows it).
      switch (await revokeToken(token, { sessions, verifier, clientId })) {
        case "revoked":
          return revokedAnswer();
        case "unsupported":
          return oauthError(400, "unsupported_token_type", "access tokens without a session cannot be revoked here");
        case "foreign":
          return oauthError(400, "invalid_grant", "the token was issued to another client");
      }
    }),
    introspect: endpoint(async (form, client) => {
      // RFC 7662 §2.1 requires authorization, and to name oneself is none.
      if (client.method === "none") return oauthError(401, "invalid_client", "the client is not authenticated");
      const token = form.get("token");
      if (token === undefined) return missing("token");
      return introspectionAnswer(await introspectToken(token, { sessions, verifier }));
    }),
  });
}

function missing(parameter: string): Answer {
  return oauthError(400, "invalid_request", `the parameter ${parameter} is missing`);
}
