/** One request for a signed list: no redirects, a size cap, a limit of time from the first byte to the last. RFC 9110. */
import { type Fetch, isRedirect, orAborted, readCapped, readSeconds } from "../jwk/http-answer.ts";
import { HttpFeedError } from "./feed-fault.ts";
import { AS_OF_FIELD, CONTENT_TYPE } from "./signed-list.ts";

export interface ListRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** What came. Nothing in it is proved. */
export interface ListAnswer {
  /** Undefined: the list is still that of the tag. */
  readonly body: string | undefined;
  readonly asOf: string | undefined;
  /** How long caches on the way have had it, in milliseconds. RFC 9111 §5.1. */
  readonly cachedMs: number;
}

/**
 * @param tag of the list that is held
 * @param closed ends the request
 * @throws HttpFeedError for whatever is neither a list nor the proof that nothing changed
 */
export async function requestList(
  request: ListRequest,
  tag: string | undefined,
  closed: AbortSignal,
): Promise<ListAnswer> {
  const { timeoutMs } = request;
  const abort = new AbortController();
  const onClosed = (): void => abort.abort(new Error("the reader is closed"));
  closed.addEventListener("abort", onClosed, { once: true });
  const timer = setTimeout(() => {
    abort.abort(new HttpFeedError("timeout", `no whole answer came within ${timeoutMs} ms`));
  }, timeoutMs);
  timer.unref();
  try {
    return await orAborted(abort.signal, ask(request, tag, abort.signal));
  } catch (error) {
    if (error instanceof HttpFeedError) throw error;
    throw new HttpFeedError("unreachable", "the request for the list failed", { cause: error });
  } finally {
    clearTimeout(timer);
    closed.removeEventListener("abort", onClosed);
  }
}

async function ask(request: ListRequest, tag: string | undefined, signal: AbortSignal): Promise<ListAnswer> {
  const headers = new Headers({ accept: CONTENT_TYPE, ...request.headers });
  if (tag !== undefined) headers.set("if-none-match", `"${tag}"`);
  const response = await request.fetch(request.url.href, { headers, signal, redirect: "manual" });
  try {
    return await readAnswer(response, tag, request.maxBytes);
  } catch (error) {
    // What is refused is not downloaded.
    await response.body?.cancel().catch(() => {});
    throw error;
  }
}

async function readAnswer(response: Response, tag: string | undefined, maxBytes: number): Promise<ListAnswer> {
  const { status, headers } = response;
  const asOf = headers.get(AS_OF_FIELD) ?? undefined;
  const cachedMs = (readSeconds(headers.get("age")) ?? 0) * 1000;
  if (isRedirect(response)) throw new HttpFeedError("redirect", "redirects are not followed: give the address itself");
  if (status === 304) {
    if (tag === undefined) throw new HttpFeedError("not-modified", "304, though no list is held");
    return { body: undefined, asOf, cachedMs };
  }
  if (status !== 200) throw new HttpFeedError("status", `the endpoint answered ${status}`);
  const type = headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== CONTENT_TYPE) throw new HttpFeedError("content-type", `the answer is not ${CONTENT_TYPE}`);
  const body = await readCapped(response, maxBytes);
  if (body === undefined) throw new HttpFeedError("too-large", `the list is longer than ${maxBytes} bytes`);
  return { body, asOf, cachedMs };
}
