/** The endpoint from which verifiers elsewhere get what is revoked: a signed list, fit for a CDN. RFC 9110 §13, RFC 9111 §5.2.2. */
import { isMisuse, isTokenError } from "../errors.ts";
import { matchesTag } from "../jwk/if-none-match.ts";
import type { SigningKey } from "../jwt/signer-options.ts";
import { signingSource } from "../jwt/signing-source.ts";
import { checkDefined, checkFunction, checkNames, configError, textOption } from "../options.ts";
import type { RevocationListOptions } from "../revocation/create-revocation-list.ts";
import { tell } from "../revocation/events.ts";
import { type Publication, PublishedList } from "../revocation/published-list.ts";
import { AS_OF_FIELD, AS_OF_TYP, CONTENT_TYPE, LIST_TYP } from "../revocation/signed-list.ts";
import { type Clock, type Duration, durationOption, monotonicBeside, systemClock } from "../time.ts";
import { jsonAnswer, methodAnswer, NO_STORE, RETRY_AFTER } from "./answers.ts";
import { toResponse } from "./fetch-response.ts";

export interface RevocationsHandlerOptions {
  /** Where revocations come from: the session store, or the feed beside it. */
  readonly feed: RevocationListOptions["feed"];
  /** Signs the list. Asymmetric, where the verifiers are not to be able to write one. */
  readonly key: SigningKey;
  /** As the verifiers have it. */
  readonly issuer: string;
  /**
   * For so long caches may answer with what they have, and this server with what it has read: revocations are heard of so
   * much later, twice where there is a cache. Default "1s".
   */
  readonly maxAge?: Duration;
  /** Told why an answer was 503. */
  readonly onEvent?: (event: RevocationsHandlerEvent) => void;
  readonly clock?: Clock | undefined;
}

/** The feed was not read, or the list not signed. */
export interface RevocationsHandlerEvent {
  readonly type: "failed";
  readonly error: unknown;
}

export interface RevocationsHandler {
  /** GET and HEAD, with ETag; 503 where the feed does not answer, or nothing can be signed. */
  (request: Request): Promise<Response>;
  /** Frees what was opened to read the feed. */
  close(): Promise<void>;
}

const WHERE = "revocationsHandler";
const REQUIRED = ["feed", "key", "issuer"] as const;

/**
 * A handler that answers with all that is revoked, for `httpFeed`. The feed is read when somebody asks, at most once in
 * `maxAge`; no timer runs. What is revoked names sessions and subjects: let in whom you would show those.
 * @throws CONFIG for an option that is unknown, missing, undefined or of the wrong type
 */
export function revocationsHandler(options: RevocationsHandlerOptions): RevocationsHandler {
  checkNames(WHERE, options, [...REQUIRED, "maxAge", "onEvent", "clock"]);
  checkDefined(WHERE, options, [...REQUIRED, "maxAge", "onEvent"]);
  const { feed, key, clock, onEvent } = options;
  if (feed?.["~feed"] !== true) throw configError(WHERE, 'option "feed" must be a revocation feed');
  if (clock !== undefined) checkFunction(WHERE, "clock", clock);
  if (onEvent !== undefined) checkFunction(WHERE, "onEvent", onEvent);
  const issuer = textOption(WHERE, "issuer", options.issuer);
  const maxAge = durationOption(WHERE, "maxAge", options.maxAge ?? "1s");
  const list = new PublishedList({
    feed,
    issuer,
    listSource: signingSource(key, LIST_TYP),
    asOfSource: signingSource(key, AS_OF_TYP),
    maxAgeMs: maxAge * 1000,
    clock: clock ?? systemClock,
    monotonic: monotonicBeside(clock),
  });
  const cacheControl = maxAge < 1 ? "no-cache" : `public, max-age=${Math.floor(maxAge)}`;

  const handler = async (request: Request): Promise<Response> => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return toResponse(methodAnswer("GET, HEAD"));
    }
    try {
      return publicationResponse(await list.current(), request, cacheControl);
    } catch (error) {
      // No key of a ring is due, say: that belongs in the log of whoever wrote it.
      if (isTokenError(error) && isMisuse(error)) throw error;
      if (onEvent !== undefined) tell(() => onEvent({ type: "failed", error }));
      return toResponse(jsonAnswer(503, [NO_STORE, RETRY_AFTER], { error: "temporarily_unavailable" }));
    }
  };
  return Object.freeze(Object.assign(handler, { close: () => list.close() }));
}

function publicationResponse({ tag, body, asOf }: Publication, request: Request, cacheControl: string): Response {
  const etag = `"${tag}"`;
  const headers = { etag, "cache-control": cacheControl, "content-type": CONTENT_TYPE, [AS_OF_FIELD]: asOf };
  const isKnown = matchesTag(request.headers.get("if-none-match"), etag);
  return new Response(isKnown || request.method === "HEAD" ? null : body, { status: isKnown ? 304 : 200, headers });
}
