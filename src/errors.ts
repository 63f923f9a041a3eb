/** The one error class of this package and its closed set of codes. */

/** What is wrong with a token: it is refused, and its bearer must get another. */
export type TokenFault =
  | "TOKEN_MISSING"
  | "MALFORMED"
  | "TOO_LARGE"
  | "ALG"
  | "CRIT"
  | "TYP"
  | "KEY_UNKNOWN"
  | "SIGNATURE"
  | "ISSUER_UNKNOWN"
  | "ISSUER"
  | "AUDIENCE"
  | "SUBJECT"
  | "EXPIRED"
  | "NOT_YET_VALID"
  | "TOO_OLD"
  | "CLAIM_MISSING"
  | "CLAIM_INVALID"
  | "REVOKED"
  | "ALREADY_USED"
  | "PROOF_REQUIRED"
  | "SCOPE";

/** What is wrong with a refresh token or its session. */
export type SessionFault = "REFRESH_INVALID" | "REFRESH_REUSED" | "SESSION_ENDED" | "SESSION_LIMIT" | "BINDING";

/** What is wrong with a request, before any token in it is looked at. */
export type RequestFault = "REQUEST_INVALID" | "ORIGIN";

/** Not the token's fault, and never 401: 503 and Retry-After, or clients throw good tokens away. */
export type Unavailable = "KEYS_UNAVAILABLE" | "STORE_UNAVAILABLE" | "SIGNER_UNAVAILABLE" | "REVOCATIONS_STALE";

/** The programmer's mistake: 500. Mostly thrown at creation. */
export type Misuse = "CONFIG" | "KEY_WEAK" | "KEY_INVALID" | "ALG_UNSUPPORTED";

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

/** The `error` value of an RFC 6750 §3.1 challenge. */
export type BearerError = "invalid_request" | "invalid_token" | "insufficient_scope";

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
export const TOKEN_ERROR_CODES: readonly TokenErrorCode[] = Object.freeze(Object.keys(MEANINGS) as TokenErrorCode[]);

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

Object.defineProperty(TokenError.prototype, MARK, { value: true });

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
