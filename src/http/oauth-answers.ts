/** What OAuth endpoints answer: RFC 6749 §5.1 and §5.2, RFC 7009 §2.2, RFC 7662 §2.2, RFC 9449 §5 and §8. */
import { isMisuse, type TokenError, type TokenErrorCode } from "../errors.ts";
import type { Tokens } from "../session/types.ts";
import { type Answer, descriptionOf, jsonAnswer, NO_STORE, RETRY_AFTER } from "./answers.ts";

export type OauthErrorName =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "invalid_scope"
  | "unsupported_grant_type"
  | "unsupported_token_type"
  | "invalid_dpop_proof"
  | "use_dpop_nonce"
  | "temporarily_unavailable";

/** RFC 6749 §5.2: these are 400, whatever a resource server would say of them. */
const NAMES: Partial<Record<TokenErrorCode, OauthErrorName>> = {
  REFRESH_INVALID: "invalid_grant",
  REFRESH_REUSED: "invalid_grant",
  SESSION_ENDED: "invalid_grant",
  BINDING: "invalid_grant",
  PROOF_INVALID: "invalid_dpop_proof",
  PROOF_NONCE: "use_dpop_nonce",
};

/** @param description fixed text: RFC 6749 §5.2 allows printable ASCII without quote and backslash */
export function oauthError(
  status: 400 | 401 | 413 | 503,
  error: OauthErrorName,
  description: string,
  code?: TokenErrorCode,
): Answer {
  const headers = [NO_STORE];
  // RFC 6749 §5.2 and RFC 9110 §15.5.2: a 401 has a challenge, whichever way the client tried.
  if (status === 401) headers.push(["www-authenticate", 'Basic realm="oauth"']);
  if (status === 503) headers.push(RETRY_AFTER);
  const body = { error, error_description: description, ...(code !== undefined && { code }) };
  return jsonAnswer(status, headers, body);
}

/**
 * The answer to what the sessions, the verifier or a proof refused.
 * @throws the error itself where it is the programmer's
 */
export function oauthRefusal(error: TokenError): Answer {
  if (isMisuse(error)) throw error;
  const { code } = error;
  if (error.retryable) return oauthError(503, "temporarily_unavailable", descriptionOf(code), code);
  return oauthError(400, NAMES[code] ?? "invalid_request", descriptionOf(code), code);
}

/** RFC 6749 §5.1. */
export function grantAnswer(tokens: Tokens): Answer {
  return jsonAnswer(200, [NO_STORE, ["pragma", "no-cache"]], {
    access_token: tokens.accessToken,
    token_type: tokens.tokenType,
    expires_in: tokens.expiresIn,
    refresh_token: tokens.refreshToken,
  });
}

/** RFC 7009 §2.2: the same whether or not there was anything to revoke. */
export function revokedAnswer(): Answer {
  return { status: 200, headers: [NO_STORE], body: "" };
}

/** RFC 7662 §2.2. */
export function introspectionAnswer(members: object): Answer {
  return jsonAnswer(200, [NO_STORE], members);
}
