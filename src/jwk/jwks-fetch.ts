/** One HTTP fetch of a JWKS, as jose's remote set asks for it: no redirects, a size cap, ETag and Cache-Control. RFC 9110, RFC 9111. */
import { tokenError } from "../errors.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface JwksFetch {
  /** Answers 200 with the body, of now or (after a 304) of before. @throws TokenError KEYS_UNAVAILABLE for any other answer */
  readonly fetch: Fetch;
  /** `max-age` of the last answer in seconds; 0 for no-cache and no-store; undefined where it said nothing. */
  maxAge(): number | undefined;
}

/** @param maxBytes of the body; what is longer is not read to its end */
export function jwksFetch(fetch: Fetch, maxBytes: number): JwksFetch {
  let known: { readonly etag: string; readonly body: string } | undefined;
  let maxAge: number | undefined;
  return {
    maxAge: () => maxAge,
    async fetch(url, init) {
      const headers = new Headers(init.headers);
      if (known !== undefined) headers.set("if-none-match", known.etag);
      const response = await fetch(url, { ...init, headers, redirect: "manual" });
      maxAge = readMaxAge(response.headers.get("cache-control"));
      if (response.status === 304 && known !== undefined) {
        await response.body?.cancel();
        return new Response(known.body, { status: 200 });
      }
      if (response.status !== 200) {
        await response.body?.cancel();
        throw tokenError("KEYS_UNAVAILABLE", `the JWKS endpoint answered ${response.status}${redirected(response)}`);
      }
      const body = await readCapped(response, maxBytes);
      const etag = response.headers.get("etag");
      known = etag === null ? undefined : { etag, body };
      return new Response(body, { status: 200 });
    },
  };
}

function redirected({ status }: Response): string {
  return status >= 300 && status < 400 ? ": redirects are not followed, give the address that it leads to" : "";
}

/** RFC 9111 §5.2.2. */
function readMaxAge(cacheControl: string | null): number | undefined {
  const directives = (cacheControl ?? "").toLowerCase();
  if (/\bno-(?:cache|store)\b/.test(directives)) return 0;
  const seconds = /\bmax-age="?(\d{1,9})\b/.exec(directives)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

async function readCapped(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the body, and with it the download.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) throw tokenError("KEYS_UNAVAILABLE", `the JWKS is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
