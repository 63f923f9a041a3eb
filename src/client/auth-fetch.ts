/** `fetch` with the access token attached, renewed when it must be: once, whoever asks. RFC 6750, RFC 9449. */
import type { AccessToken } from "./access-token.ts";
import { errorOf, retryAfterMs } from "./answer.ts";
import { type AuthFetchOptions, readSettings } from "./options.ts";
import { type Platform, thisPlatform } from "./platform.ts";
import { authorize, proofsOf } from "./proofs.ts";
import { openSession } from "./session.ts";

/** Like `fetch`; where there is no token and none to be had now, it rejects with a RefreshError. */
export interface AuthFetch {
  (input: Parameters<typeof fetch>[0], init?: Parameters<typeof fetch>[1]): Promise<Response>;
  /**
   * The access token that came with a login.
   * @param expiresIn seconds from now
   * @throws TypeError for what cannot stand in an Authorization header
   */
  setAccessToken(token: string, expiresIn: number): void;
  /**
   * Forgets the token in every tab, at once, ends a refresh that is under way, then ends the session at the server.
   * Rejects where the server could not be told: the cookie is still there then, so call it again.
   */
  logout(): Promise<void>;
}

/**
 * A `fetch` for one user's session. Requests to other origins than the page's and the listed ones, and requests that have
 * an `Authorization` of their own, go out as they are.
 * @throws TypeError for an option that is unknown, missing, undefined or malformed
 */
export function createAuthFetch(options: AuthFetchOptions): AuthFetch {
  return authFetchOn(thisPlatform(), options);
}

/** Clients that were told "not fresh" at one moment come back spread over this. */
const JITTER_MS = 1000;
const LEAST_STALE_PAUSE_MS = 5000;

/** The same on a platform of the caller's own. */
export function authFetchOn(platform: Platform, options: AuthFetchOptions): AuthFetch {
  const settings = readSettings(options, platform);
  const proofs = settings.dpop && proofsOf(settings.dpop);
  const session = openSession({ ...settings, proofs }, platform);
  /** Until then, a token that is not fresh is not renewed for it: that was tried, and did not help. */
  let staleUntilMs = 0;

  const send = async (request: Request, token: AccessToken, spare: Request | undefined): Promise<Response> => {
    await authorize(request, token, proofs);
    const response = await settings.fetch(request);
    if (spare === undefined || (await proofs?.asksForNonce(request, response)) !== true) return response;
    const again = spare.clone();
    await authorize(again, token, proofs);
    return settings.fetch(again);
  };

  /** A token to try again with; undefined where the answer stands. */
  const betterToken = async (response: Response, sent: AccessToken, replayable: boolean, signal: AbortSignal) => {
    if (response.redirected && !settings.origins.has(new URL(response.url).origin)) return undefined;
    const error = response.status === 401 || response.status === 503 ? await errorOf(response) : undefined;
    const isStale = response.status === 503 && error === "token_not_fresh" && platform.nowMs() >= staleUntilMs;
    if (!isStale && !(response.status === 401 && error === "invalid_token")) return undefined;
    if (isStale) await platform.sleep(platform.random() * JITTER_MS, signal);
    try {
      const renewed = await orAborted(session.token(sent.text), signal);
      return replayable ? renewed : undefined;
    } catch (failure) {
      signal.throwIfAborted();
      if (response.status === 401 && replayable) throw failure;
      return undefined;
    } finally {
      if (isStale) {
        const pauseMs = Math.max(LEAST_STALE_PAUSE_MS, retryAfterMs(response, platform.nowMs()));
        staleUntilMs = platform.nowMs() + pauseMs * (1 + platform.random() / 2);
      }
    }
  };

  const authFetch = async (
    input: Parameters<typeof fetch>[0],
    init?: Parameters<typeof fetch>[1],
  ): Promise<Response> => {
    const request = new Request(input, init);
    if (!settings.origins.has(new URL(request.url).origin) || !canCarryToken(request)) return settings.fetch(request);
    const token = await orAborted(session.token(), request.signal);
    if (token === undefined) return settings.fetch(request);
    // A stream flows once: kept for a second time it would have to fit in memory.
    const spare = isOneShot(init?.body) ? undefined : request.clone();
    const response = await send(request, token, spare);
    const better = await betterToken(response, token, spare !== undefined, request.signal);
    if (better === undefined || spare === undefined) return response;
    await response.body?.cancel();
    return send(spare.clone(), better, spare);
  };

  return Object.assign(authFetch, {
    setAccessToken: (token: string, expiresIn: number): void => {
      staleUntilMs = 0;
      session.start(token, expiresIn);
    },
    logout: async (): Promise<void> => {
      session.end();
      const request = new Request(settings.logoutUrl, {
        method: "POST",
        credentials: "include",
        redirect: "error",
        // The page may be left at once.
        keepalive: true,
      });
      await proofs?.sign(request, undefined);
      const response = await settings.fetch(request);
      if (!response.ok) throw new Error(`logout: the server answered ${response.status}`);
    },
  });
}

/** A no-cors request would drop the header without a word; one with credentials of its own keeps them. */
function canCarryToken(request: Request): boolean {
  return request.mode !== "no-cors" && !request.headers.has("authorization");
}

/** Streams and iterators, which nobody can send twice. */
function isOneShot(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false;
  return body instanceof ReadableStream || Symbol.asyncIterator in body;
}

/** The result, unless the caller gives up first; what is under way goes on for the others who wait for it. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
