/** The one error class of this package and its closed set of codes. */

// The comment above each code is its page in docs/errors.md: what it means, then what to do.

/** What is wrong with a token: it is refused, and its bearer must get another. */
export type TokenFault =
  /** The request carries no token at all. → Send `Authorization: Bearer <token>`. Where the refresh cookie is missing: browsers keep it on https, most of them on `http://localhost` too and on no other http address, and `fetch` to another origin sends it with `credentials: "include"` only. */
  | "TOKEN_MISSING"
  /** Not a compact JWS: not text, not three base64url segments, or header or payload not a JSON object with one reading (RFC 7515 §3.1, RFC 7519 §7.2). → Look at it with `inspect`; was it cut, does `Bearer ` stand before it, was an `await` forgotten, or is it a refresh token, an encrypted or an opaque one? */
  | "MALFORMED"
  /** Longer than `limits.maxBytes`. → Put less into the token, or raise the limit in signer and verifier. */
  | "TOO_LARGE"
  /** The token's `alg` is not that of any key of this verifier, `none` included (RFC 8725 §3.1). → If the issuer is right, give the verifier its key with that algorithm. */
  | "ALG"
  /** A critical header extension is malformed, not understood or refused (RFC 7515 §4.1.11). → Register a handler with option `crit` if you know the extension. */
  | "CRIT"
  /** The header's `typ` is not the one asked for: the token was made for another purpose (RFC 8725 §3.11). → Set `typ` or `profile` alike in signer and verifier. */
  | "TYP"
  /** The token's `kid` is not that of any key, or it has none and too many keys could be meant. → Was the key removed, or never published? Check the JWKS of the issuer. */
  | "KEY_UNKNOWN"
  /** The signature is not that of any key that could be meant. → The token was changed, or signed with another key: one that was rotated away, or the same text of a secret in another `encoding`. */
  | "SIGNATURE"
  /** No verifier of `verifierByIssuer` is for the token's issuer. → Add a verifier for it, if you trust it. */
  | "ISSUER_UNKNOWN"
  /** `iss` is not one of the verifier's issuers. → Compare to the letter: a slash at the end counts. */
  | "ISSUER"
  /** `aud` names none of the verifier's audiences, or names one where `audience` is `false` (RFC 7519 §4.1.3). → The token is for another service: get one for this. */
  | "AUDIENCE"
  /** `sub` is not the subject that the call asked for. → The token is somebody else's. */
  | "SUBJECT"
  /** The time of `exp` has come (RFC 7519 §4.1.4). → Refresh. */
  | "EXPIRED"
  /** The time of `nbf` has not come, or `iat` lies in the future. → Compare the clocks of issuer and verifier; `clockSkew` allows for a difference. */
  | "NOT_YET_VALID"
  /** Older than `maxAge`, by `iat`. → Log in again: the route asks for a recent login. */
  | "TOO_OLD"
  /** A claim that was asked for is not there; `claim` names it. → Have the issuer write it. */
  | "CLAIM_MISSING"
  /** A claim has the wrong type or value, or the schema refuses the payload; `claim` names the first. → Compare issuer and schema. */
  | "CLAIM_INVALID"
  /** The token or its session was revoked. → Log in again. */
  | "REVOKED"
  /** The token works once, and was used before. → Get a new one. */
  | "ALREADY_USED"
  /** The token is bound to a key (`cnf`) and came without proof of it (RFC 7800, RFC 9449). → Send the proof. */
  | "PROOF_REQUIRED"
  /** The DPoP proof is missing, malformed, for another request or token, out of time, or was used before (RFC 9449 §4.3). → Make a proof for each request; compare the clocks, and the address that the client sees with option `dpop.origin`. */
  | "PROOF_INVALID"
  /** The DPoP proof lacks the server's nonce, or has an old one (RFC 9449 §8, §9). → Try once more with the nonce of the answer's `DPoP-Nonce` header. */
  | "PROOF_NONCE"
  /** The token lacks the scope, or the route's `allow` said no (RFC 6750 §3.1). → Ask for a token with that scope. */
  | "SCOPE";

/** What is wrong with a refresh token or its session. */
export type SessionFault =
  /** Not a refresh token of this issuer: forged, cut, or of another kind. → Log in again. */
  | "REFRESH_INVALID"
  /** The refresh token was used before, and too late for a retry: two hold it, so the session was ended. → Log in again; tell the user. */
  | "REFRESH_REUSED"
  /** The session is over; `reason` says why. → Log in again. */
  | "SESSION_ENDED"
  /** The subject has as many sessions as `maxPerSubject` allows. → End one first. */
  | "SESSION_LIMIT"
  /** The session is bound to another DPoP key or client. Nothing was consumed. → Present the token with its own key. */
  | "BINDING";

/** What is wrong with a request, before any token in it is looked at. */
export type RequestFault =
  /** A malformed request: two credentials, a header that cannot be read, an attempt that is not base64url (RFC 6750 §3.1). → Mend the client. */
  | "REQUEST_INVALID"
  /** A request with the refresh cookie came from an origin that is not listed. → Add the origin to `cookie.origins`, if it is yours. */
  | "ORIGIN";

/** Not the token's fault, and never 401: 503 and Retry-After, or clients throw good tokens away. */
export type Unavailable =
  /** The keys that could tell are not to be had now: a JWKS endpoint is down, or a refresh secret is not configured here. → Try again; look at `cause`. */
  | "KEYS_UNAVAILABLE"
  /** The session store did not answer. → Try again with the same token; look at `cause`. */
  | "STORE_UNAVAILABLE"
  /** The external signer failed or took too long; nothing was signed. → Try again; look at `cause`. */
  | "SIGNER_UNAVAILABLE"
  /** The revocation list is too old to say that the token is good. → Refresh once, then try again later. */
  | "REVOCATIONS_STALE";

/** The programmer's mistake: 500. Mostly thrown at creation. */
export type Misuse =
  /** An option or argument is missing, unknown, undefined or of the wrong type. → The message says which, and how to mend it. */
  | "CONFIG"
  /** The key is too short or known to be weak (RFC 7518 §3.2, §3.3). → Make a new one with `generateKey`, or as the message says. */
  | "KEY_WEAK"
  /** The key cannot be read, is inconsistent, or is for another algorithm or use. → Compare `alg`, curve and `use`; a private key signs, a public one verifies. */
  | "KEY_INVALID"
  /** The algorithm is not in the table, or this runtime lacks it. → ML-DSA takes Node 24.7 or later; `none` never works. */
  | "ALG_UNSUPPORTED";

export type TokenErrorCode = TokenFault | SessionFault | RequestFault | Unavailable | Misuse;

/** Why a session ended. `unknown`: there is no record of it (any more). */
export type EndReason =
  | "logout"
  | "reuse"
  | "idle"
  | "absolute"
  | "epoch"
  | "denied"
  | "evicted"
  | "regressed"
  | "forked"
  | "unknown";

/** The HTTP status that an edge must answer. */
export type ErrorStatus = 400 | 401 | 403 | 500 | 503;

/** The `error` value of a challenge: RFC 6750 §3.1, and for proofs RFC 9449 §7.1 and §9. */
export type BearerError =
  | "invalid_request"
  | "invalid_token"
  | "insufficient_scope"
  | "invalid_dpop_proof"
  | "use_dpop_nonce";

interface Meaning {
  readonly status: ErrorStatus;
  readonly bearerError?: BearerError;
}

const TOKEN: Meaning = { status: 401, bearerError: "invalid_token" };
const OUTAGE: Meaning = { status: 503 };
const MISUSE: Meaning = { status: 500 };

const MEANINGS: Readonly<Record<TokenErrorCode, Meaning>> = Object.freeze({
  // RFC 6750 §3.1: a request that carries no token at all gets a challenge without an error.
  TOKEN_MISSING: { status: 401 },
  MALFORMED: TOKEN,
  TOO_LARGE: TOKEN,
  ALG: TOKEN,
  CRIT: TOKEN,
  TYP: TOKEN,
  KEY_UNKNOWN: TOKEN,
  SIGNATURE: TOKEN,
  ISSUER_UNKNOWN: TOKEN,
  ISSUER: TOKEN,
  AUDIENCE: TOKEN,
  SUBJECT: TOKEN,
  EXPIRED: TOKEN,
  NOT_YET_VALID: TOKEN,
  TOO_OLD: TOKEN,
  CLAIM_MISSING: TOKEN,
  CLAIM_INVALID: TOKEN,
  REVOKED: TOKEN,
  ALREADY_USED: TOKEN,
  PROOF_REQUIRED: TOKEN,
  PROOF_INVALID: { status: 401, bearerError: "invalid_dpop_proof" },
  PROOF_NONCE: { status: 401, bearerError: "use_dpop_nonce" },
  SCOPE: { status: 403, bearerError: "insufficient_scope" },
  REFRESH_INVALID: TOKEN,
  REFRESH_REUSED: TOKEN,
  SESSION_ENDED: TOKEN,
  SESSION_LIMIT: { status: 403 },
  BINDING: TOKEN,
  REQUEST_INVALID: { status: 400, bearerError: "invalid_request" },
  ORIGIN: { status: 403 },
  KEYS_UNAVAILABLE: OUTAGE,
  STORE_UNAVAILABLE: OUTAGE,
  SIGNER_UNAVAILABLE: OUTAGE,
  REVOCATIONS_STALE: OUTAGE,
  CONFIG: MISUSE,
  KEY_WEAK: MISUSE,
  KEY_INVALID: MISUSE,
  ALG_UNSUPPORTED: MISUSE,
});

/** Every code there is, for documentation and for tests. */
export const TOKEN_ERROR_CODES: readonly TokenErrorCode[] = /* @__PURE__ */ Object.freeze(
  /* @__PURE__ */ Object.keys(MEANINGS) as TokenErrorCode[],
);

/** What an error knows beyond its code and message. None of it may hold a token, a secret or a payload. */
export interface ErrorDetails {
  readonly claim?: string | undefined;
  readonly expected?: string | undefined;
  readonly reason?: EndReason | undefined;
  readonly cause?: unknown;
}

// In the global registry, so that the ESM and the CJS copy, and every subpath bundle, read the same mark.
const MARK: unique symbol = Symbol.for("rejwt.TokenError") as never;

let construct: (code: TokenErrorCode, message: string, details: ErrorDetails) => TokenError;

/**
 * The only error that this package throws on purpose. `code` is stable; the message is for people and may change.
 * No message ever holds a token, a secret or a payload.
 */
export class TokenError extends Error {
  override readonly name = "TokenError";
  readonly code: TokenErrorCode;
  /** What an edge must answer. `catch { 401 }` is the commonest way to log everybody out in an outage. */
  readonly status: ErrorStatus;
  /** True for outages: the same call may succeed later. */
  readonly retryable: boolean;
  /** The RFC 6750 §3.1 error name, or undefined where a challenge carries none. */
  declare readonly bearerError: BearerError | undefined;
  /** The claim that was refused, where there is one. */
  declare readonly claim: string | undefined;
  /** What the policy asked for, never what the token said. */
  declare readonly expected: string | undefined;
  /** Why the session ended, with `SESSION_ENDED`. */
  declare readonly reason: EndReason | undefined;

  static {
    construct = (code, message, details) => new this(code, message, details);
    // In here, since Rollup drops the statement where it stands after the class: it sees nobody reading the mark.
    // biome-ignore lint/complexity/noThisInStatic: by its name, esbuild would call the class `_TokenError` in every trace
    Object.defineProperty(this.prototype, MARK, { value: true });
  }

  private constructor(code: TokenErrorCode, message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    const meaning = MEANINGS[code];
    this.code = code;
    this.status = meaning.status;
    this.retryable = meaning.status === 503;
    // Only what there is, so that a logged error shows no list of undefined.
    if (meaning.bearerError !== undefined) this.bearerError = meaning.bearerError;
    if (details.claim !== undefined) this.claim = details.claim;
    if (details.expected !== undefined) this.expected = details.expected;
    if (details.reason !== undefined) this.reason = details.reason;
  }
}

/** Makes a TokenError. Internal: users match on `code`, they do not make errors. */
export function tokenError(code: TokenErrorCode, message: string, details: ErrorDetails = {}): TokenError {
  return construct(code, message, details);
}

/** True for a TokenError of any copy of this package: ESM, CJS or a subpath bundle, where `instanceof` is false. */
export function isTokenError(value: unknown): value is TokenError {
  return typeof value === "object" && value !== null && (value as { [MARK]?: unknown })[MARK] === true;
}

const MISUSE_CODES: ReadonlySet<string> = new Set<Misuse>(["CONFIG", "KEY_WEAK", "KEY_INVALID", "ALG_UNSUPPORTED"]);

/** True where the programmer, not the token, must be told. */
export function isMisuse(error: TokenError): boolean {
  return MISUSE_CODES.has(error.code);
}
