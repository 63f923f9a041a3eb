/** jsonwebtoken's error classes, by their names, and how this package's own errors become them. */
import { isTokenError, type TokenErrorCode } from "../errors.ts";

export class JsonWebTokenError extends Error {
  override name = "JsonWebTokenError";
  /** The TokenError behind it, where there is one: its `code` tells more than the message. */
  declare readonly inner: Error;

  constructor(message: string, error?: Error) {
    super(message);
    if (error !== undefined) this.inner = error;
  }
}

export class TokenExpiredError extends JsonWebTokenError {
  override name = "TokenExpiredError";
  readonly expiredAt: Date;

  constructor(message: string, expiredAt: Date) {
    super(message);
    this.expiredAt = expiredAt;
  }
}

export class NotBeforeError extends JsonWebTokenError {
  override name = "NotBeforeError";
  /** From when on the token is valid. */
  readonly date: Date;

  constructor(message: string, date: Date) {
    super(message);
    this.date = date;
  }
}

/** jsonwebtoken's own words where it has some: programs compare them. */
const WORDS: Partial<Record<TokenErrorCode, string>> = {
  MALFORMED: "invalid token",
  CRIT: "invalid token",
  SIGNATURE: "invalid signature",
};

/** Any error as one that callers of `verify` know. */
export function asJsonWebTokenError(error: unknown): JsonWebTokenError {
  if (error instanceof JsonWebTokenError) return error;
  if (!isTokenError(error)) throw error;
  return new JsonWebTokenError(WORDS[error.code] ?? error.message, error);
}
