/** What the edge answers to every outcome, in one table: RFC 6750 §3 for challenges, RFC 6749 §5.1 for tokens. */
import type { Misuse, TokenError, TokenErrorCode } from "../errors.ts";
import { isMisuse } from "../errors.ts";
import type { Tokens } from "../session/types.ts";

/** A response before any framework: skins only translate it. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** JSON text, or empty. */
  readonly body: string;
}

interface Row {
  /** For the `error_description` of a challenge and for nobody's secrets: fixed text, never an error's message. */
  readonly description: string;
  /** The body's `error` where RFC 6750 has no name for it. */
  readonly error?: string;
  /** What becomes of the refresh cookie. Cleared on a final outcome only: what may pass must not log anybody out. */
  readonly cookie: "keep" | "clear";
}

const keep = (description: string, error?: string): Row =>
  error === undefined ? { description, cookie: "keep" } : { description, error, cookie: "keep" };
const clear = (description: string): Row => ({ description, cookie: "clear" });

const OUTAGE = "temporarily_unavailable";

/** Status and RFC 6750 name are the error's own (see `errors.ts`); the rest of the answer is here. */
const REFUSALS: Readonly<Record<Exclude<TokenErrorCode, Misuse>, Row>> = Object.freeze({
  // RFC 6750 §3.1: who sent no token is told nothing but where it is.
  TOKEN_MISSING: keep("no token was sent", "unauthorized"),
  MALFORMED: keep("the access token is malformed"),
  TOO_LARGE: keep("the access token is too long"),
  ALG: keep("the access token has another algorithm"),
  CRIT: keep("the access token has a critical extension that is not understood"),
  TYP: keep("the token is of another type"),
  KEY_UNKNOWN: keep("the access token names an unknown key"),
  SIGNATURE: keep("the signature of the access token is wrong"),
  ISSUER_UNKNOWN: keep("the issuer of the access token is unknown"),
  ISSUER: keep("the access token is from another issuer"),
  AUDIENCE: keep("the access token is for another audience"),
  SUBJECT: keep("the access token is of another subject"),
  EXPIRED: keep("the access token has expired"),
  NOT_YET_VALID: keep("the access token is not valid yet"),
  TOO_OLD: keep("the access token is too old"),
  CLAIM_MISSING: keep("the access token lacks a claim"),
  CLAIM_INVALID: keep("the access token has an invalid claim"),
  REVOKED: keep("the access token was revoked"),
  ALREADY_USED: keep("the token was used already"),
  PROOF_REQUIRED: keep("the access token needs a proof of its key"),
  PROOF_INVALID: keep("the DPoP proof is not valid"),
  PROOF_NONCE: keep("the DPoP proof needs another nonce"),
  SCOPE: keep("the access token does not allow this"),
  REFRESH_INVALID: clear("the refresh token is not valid"),
  REFRESH_REUSED: clear("the refresh token was used already"),
  SESSION_ENDED: clear("the session is over"),
  SESSION_LIMIT: keep("the subject has as many sessions as it may have", "session_limit"),
  // Nothing was consumed: the right key may still refresh with this very cookie.
  BINDING: keep("the session is bound to another key or client"),
  REQUEST_INVALID: keep("the request is malformed"),
  ORIGIN: keep("the origin of the request is not allowed", "origin_not_allowed"),
  KEYS_UNAVAILABLE: keep("try again", OUTAGE),
  STORE_UNAVAILABLE: keep("try again", OUTAGE),
  SIGNER_UNAVAILABLE: keep("try again", OUTAGE),
  REVOCATIONS_STALE: keep("try again", "token_not_fresh"),
});

/** Seconds. Long enough for a fail-over to get on with it, short enough for a person to wait. */
export const RETRY_AFTER: readonly [string, string] = ["retry-after", "5"];

export const NO_STORE: readonly [string, string] = ["cache-control", "no-store"];

/** The fixed text for what was refused: RFC 6749 §5.2, RFC 6750 §3. */
export function descriptionOf(code: TokenErrorCode): string {
  return REFUSALS[code as Exclude<TokenErrorCode, Misuse>].description;
}

export interface RefusalContext {
  /** Of the challenge: RFC 6750 §3 asks for at least one parameter, also where there is no error to tell. */
  readonly realm: string;
  /** The Set-Cookie value that removes the refresh cookie; absent where the edge has none. */
  readonly clearedCookie?: string;
  /** Absent where the edge takes no proofs. */
  readonly dpop?: DpopContext | undefined;
}

export interface DpopContext {
  /** Separated by spaces: RFC 9449 §7.1. */
  readonly algs: string;
  /** The schemes that the edge takes; the first is told of an error that is no other's. */
  readonly schemes: readonly Scheme[];
  /** The scheme that the request used. */
  readonly presented: Scheme;
  /** For the DPoP-Nonce field: RFC 9449 §8. */
  readonly nonce: string | undefined;
}

export type Scheme = "Bearer" | "DPoP";

/**
 * The answer to what a verifier, the sessions or the edge itself refused.
 * @throws the error itself where it is the programmer's (`CONFIG` …): it belongs in the log, not in an answer
 */
export function refusalAnswer(error: TokenError, context: RefusalContext): Answer {
  const { clearedCookie, dpop } = context;
  if (isMisuse(error)) throw error;
  const { status, code, bearerError } = error;
  const row = REFUSALS[code as Exclude<TokenErrorCode, Misuse>];
  const headers = [NO_STORE];
  // RFC 9110 §15.5.2: a 401 always has a challenge; RFC 6750 §3.1 has one for its other errors too.
  if (status === 401 || bearerError !== undefined) {
    headers.push(["www-authenticate", challenges(error, context, row)]);
  }
  if (dpop?.nonce !== undefined) headers.push(["dpop-nonce", dpop.nonce]);
  if (status === 503) headers.push(RETRY_AFTER);
  if (row.cookie === "clear" && clearedCookie !== undefined) headers.push(["set-cookie", clearedCookie]);
  const name = bearerError ?? row.error;
  return jsonAnswer(status, headers, code === "TOKEN_MISSING" ? { error: name } : { error: name, code });
}

/**
 * The answer that gives tokens: the access token in the body, the refresh token in the cookie alone.
 * @param cookie the Set-Cookie value that holds the refresh token
 */
export function tokensAnswer(tokens: Tokens, cookie: string): Answer {
  const body = { access_token: tokens.accessToken, token_type: tokens.tokenType, expires_in: tokens.expiresIn };
  // RFC 6749 §5.1 asks for both.
  return jsonAnswer(200, [NO_STORE, ["pragma", "no-cache"], ["set-cookie", cookie]], body);
}

/** The answer to a logout, whether or not there was anything to end. */
export function loggedOutAnswer(clearedCookie: string): Answer {
  return { status: 204, headers: [NO_STORE, ["set-cookie", clearedCookie]], body: "" };
}

/** The answer to another method than those: RFC 9110 §15.5.6. */
export function methodAnswer(allow: "POST" | "GET, HEAD"): Answer {
  return jsonAnswer(405, [NO_STORE, ["allow", allow]], { error: "method_not_allowed" });
}

/** RFC 9110 §11.6.1: one challenge for each scheme; the one that the request used is told the error. RFC 9449 §7.1, §7.2. */
function challenges(error: TokenError, { realm, dpop }: RefusalContext, row: Row): string {
  if (dpop === undefined) return challenge("Bearer", realm, errorParameters(error, row));
  const { schemes, presented, algs } = dpop;
  const told = schemes.includes(presented) ? presented : schemes[0];
  return schemes
    .map((scheme) => {
      const parameters = scheme === told ? errorParameters(error, row) : [];
      return challenge(scheme, realm, scheme === "DPoP" ? [...parameters, `algs="${algs}"`] : parameters);
    })
    .join(", ");
}

/** RFC 6750 §3. The parameters are fixed texts and options that were checked: nothing of the request is in them. */
function challenge(scheme: Scheme, realm: string, parameters: readonly string[]): string {
  return `${scheme} ${[`realm="${realm}"`, ...parameters].join(", ")}`;
}

function errorParameters({ bearerError, expected, code }: TokenError, { description }: Row): readonly string[] {
  if (bearerError === undefined) return [];
  const parameters = [`error="${bearerError}"`, `error_description="${description}"`];
  if (code === "SCOPE" && expected !== undefined) parameters.push(`scope="${expected}"`);
  return parameters;
}

export function jsonAnswer(status: number, headers: Answer["headers"], body: object): Answer {
  return { status, headers: [...headers, ["content-type", "application/json"]], body: JSON.stringify(body) };
}
