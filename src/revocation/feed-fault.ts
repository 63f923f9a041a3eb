/** What may be wrong with an answer that came over HTTP: nothing of it was taken in, and the last good list stays. */

export type HttpFeedFault =
  /** The request failed, or its answer did not come in time, or not to its end. */
  | "unreachable"
  | "timeout"
  /** Another status than 200 and 304; a redirect, which is not followed. */
  | "status"
  | "redirect"
  | "content-type"
  | "too-large"
  /** A 304 that was not asked for, or that proves no time for the list that is held. */
  | "not-modified"
  | "malformed"
  /** The signed text is of another type: a token, say. */
  | "type"
  | "signature"
  /** The keys could not be fetched. */
  | "keys"
  | "issuer"
  /** Its time lies before that of the last answer, or in the future by more than clocks may differ. */
  | "as-of-older"
  | "as-of-ahead"
  /** It knows less of the same history than the last answer did. */
  | "cursor-older"
  /** It holds an entry that this version does not understand. */
  | "entry"
  /** The options `shards` or `maxTokenLife` do not fit the list that is published. */
  | "options";

/** In the event "failed" of a list that follows `httpFeed`. Holds nothing of the answer. */
export class HttpFeedError extends Error {
  override readonly name = "HttpFeedError";
  readonly reason: HttpFeedFault;

  constructor(reason: HttpFeedFault, message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}
