/** The one error that the client makes, for calls that had to have a new access token and got none. */

/** Nobody is signed out by it: the same call may succeed later. */
export class RefreshError extends Error {
  override readonly name = "RefreshError";
  /**
   * `REFRESH_UNAVAILABLE`: no answer, or one that says "later" (429, 5xx). `REFRESH_REFUSED`: the endpoint refused the
   * request itself (an origin that is not listed, a wrong address), which no retry mends.
   */
  readonly code: "REFRESH_UNAVAILABLE" | "REFRESH_REFUSED";
  /** Of the endpoint's answer, where it gave one. */
  readonly status: number | undefined;
  /** When another try makes sense, in milliseconds from now; calls before that fail at once. */
  readonly retryAfterMs: number;

  constructor(
    code: RefreshError["code"],
    message: string,
    details: { readonly status?: number | undefined; readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs ?? 0;
  }
}
