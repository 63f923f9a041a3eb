/** One HTTP fetch of a JWKS, as jose's remote set asks for it: no redirects, a size cap, ETag and Cache-Control. RFC 9110, RFC 9111. */
import { tokenError } from "../errors.ts";
import { type Fetch, isRedirect, orAborted, readCapped, readSeconds } from "./http-answer.ts";

export interface JwksFetch {
  /** Answers 200 with the body, of now or (after a 304) of before. @throws TokenError KEYS_UNAVAILABLE for any other answer */
  readonly fetch: Fetch;
  /** Remembers the last answer for If-None-Match. Only one that was usable: a set that was cut would be confirmed for ever. */
  keep(): void;
  /** For how long the last answer is fresh, in seconds; 0 for no-cache and no-store; undefined where it said nothing. */
  freshFor(): number | undefined;
  /** Ends a fetch that is under way. */
  abort(reason: Error): void;
}

interface Answer {
  readonly body: string;
  readonly etag: string | null;
  /** `max-age` in seconds. */
  readonly maxAge: number | undefined;
  /** How long caches on the way have had it, in seconds. */
  readonly age: number;
}

/** @param maxBytes of the body; what is longer is not read to its end */
export function jwksFetch(fetch: Fetch, maxBytes: number): JwksFetch {
  let known: Answer | undefined;
  let last: Answer | undefined;
  let underWay: AbortController | undefined;

  const ask = async (url: string, init: RequestInit, signal: AbortSignal): Promise<Answer> => {
    const headers = new Headers(init.headers);
    if (typeof known?.etag === "string") headers.set("if-none-match", known.etag);
    const response = await fetch(url, { ...init, headers, signal, redirect: "manual" });
    const maxAge = readMaxAge(response.headers.get("cache-control"));
    const age = readSeconds(response.headers.get("age")) ?? 0;
    if (response.status === 304 && headers.has("if-none-match") && known !== undefined) {
      await response.body?.cancel();
      // RFC 9111 §4.3.4: what a 304 does not say stays as it was.
      return { ...known, maxAge: maxAge ?? known.maxAge, age };
    }
    if (response.status !== 200) {
      await response.body?.cancel();
      throw tokenError("KEYS_UNAVAILABLE", `the JWKS endpoint answered ${response.status}${redirected(response)}`);
    }
    const body = await readCapped(response, maxBytes);
    if (body === undefined) throw tokenError("KEYS_UNAVAILABLE", `the JWKS is longer than ${maxBytes} bytes`);
    return { body, etag: response.headers.get("etag"), maxAge, age };
  };

  return {
    async fetch(url, init) {
      const abort = new AbortController();
      underWay = abort;
      init.signal?.addEventListener("abort", () => abort.abort(init.signal?.reason), { once: true });
      last = await orAborted(abort.signal, ask(url, init, abort.signal));
      return new Response(last.body, { status: 200 });
    },
    keep: () => {
      known = last;
    },
    freshFor: () => (last?.maxAge === undefined ? undefined : Math.max(0, last.maxAge - last.age)),
    abort: (reason) => underWay?.abort(reason),
  };
}

function redirected(response: Response): string {
  return isRedirect(response) ? ": redirects are not followed, give the address that it leads to" : "";
}

/** RFC 9111 §5.2.2. */
function readMaxAge(cacheControl: string | null): number | undefined {
  const directives = (cacheControl ?? "").toLowerCase();
  if (/\bno-(?:cache|store)\b/.test(directives)) return 0;
  return readSeconds(/(?<![\w-])max-age="?(\d+)\b/.exec(directives)?.[1]);
}
