/** Presenting the refresh cookie, once for each need, and again where nobody answered: the client's half of an attempt. */
import { type AccessToken, accessToken } from "./access-token.ts";
import { errorOf, jsonOf, retryAfterMs } from "./answer.ts";
import { encodeBase64url, sha256 } from "./base64url.ts";
import { RefreshError } from "./error.ts";
import type { Platform } from "./platform.ts";
import type { Proofs } from "./proofs.ts";
import type { SharedStateFile } from "./shared-state.ts";

export interface PresenterSettings {
  readonly refreshUrl: string;
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
  readonly proofs: Proofs | undefined;
}

/** undefined: the session is over, and no retry brings it back. */
export type Presented = AccessToken | undefined;

/** For so long after it was given up, a request may still be on its way through proxies and queues. */
const MAY_ARRIVE_MS = 60_000;
/** Further presentations where the first got no answer, and the wait before each. The server's grace is 30 s by default. */
const RETRY_AFTER_MS = [500, 2000];

/**
 * Presents the refresh cookie until there is an answer, or for three times in vain. The attempt's verifier is kept before
 * anything is sent, so that who comes after a tab that was killed can prove that the retry is the same client's.
 * @param signal aborts at logout
 * @throws RefreshError where there is no answer, or none that says anything about the session
 */
export async function present(
  settings: PresenterSettings,
  platform: Platform,
  state: SharedStateFile,
  signal: AbortSignal,
): Promise<Presented> {
  const before = state.read();
  let repeated = before.attempt !== undefined;
  const verifier = before.attempt ?? newVerifier();
  let unanswered = before.attempt === undefined ? undefined : before.mayArriveUntilMs;
  // A new attempt presents a successor: not while what came before it may still arrive, which would look like theft.
  if (!repeated) await waitUntil(before.mayArriveUntilMs, platform, signal);

  for (let trial = 0; ; trial++) {
    state.write({ attempt: verifier, mayArriveUntilMs: platform.nowMs() + settings.timeoutMs + MAY_ARRIVE_MS });
    const response = await send(settings, platform, signal, await attemptHeader(verifier, repeated));
    if (response instanceof Response && isAnswer(response)) {
      // This one has arrived; only those before it still may.
      state.write({ mayArriveUntilMs: unanswered });
      const result = await read(response, platform);
      if (result !== "later") {
        state.write({ attempt: undefined });
        if (result instanceof RefreshError) throw result;
        return result;
      }
    } else {
      unanswered = platform.nowMs() + MAY_ARRIVE_MS;
      state.write({ mayArriveUntilMs: unanswered });
    }
    repeated = true;
    const waitMs = RETRY_AFTER_MS[trial];
    if (response instanceof Response || waitMs === undefined) throw unavailable(response, platform);
    await platform.sleep(waitMs * (1 + platform.random() / 2), signal);
  }
}

async function waitUntil(atMs: number | undefined, platform: Platform, signal: AbortSignal): Promise<void> {
  const waitMs = (atMs ?? 0) - platform.nowMs();
  // Whatever a clock that was set back makes of it: nothing is on its way for longer than this.
  if (waitMs > 0) await platform.sleep(Math.min(waitMs, 2 * MAY_ARRIVE_MS), signal);
}

/** 16 to 64 random bytes is what servers take; 32 are as many as the challenge has. */
function newVerifier(): string {
  return encodeBase64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function attemptHeader(verifier: string, repeated: boolean): Promise<readonly [string, string]> {
  if (repeated) return ["Refresh-Attempt-Verifier", verifier];
  const bytes = Uint8Array.from(atob(verifier.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  return ["Refresh-Attempt-Challenge", await sha256(bytes)];
}

/** @returns the response, or why there is none */
async function send(
  { refreshUrl, fetch, timeoutMs, proofs }: PresenterSettings,
  platform: Platform,
  signal: AbortSignal,
  header: readonly [string, string],
): Promise<unknown> {
  for (let again = false; ; again = true) {
    const ended = new AbortController();
    const onAbort = (): void => ended.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const limit = new AbortController();
    platform.sleep(timeoutMs, limit.signal).then(
      () => ended.abort(new Error(`no answer within ${timeoutMs} ms`)),
      () => {},
    );
    try {
      signal.throwIfAborted();
      const request = new Request(refreshUrl, {
        method: "POST",
        headers: [["Accept", "application/json"], [...header]],
        credentials: "include",
        redirect: "error",
        signal: ended.signal,
      });
      await proofs?.sign(request, undefined);
      const response = await fetch(request);
      // Read here, so that a body that never ends is a request that was not answered.
      const body = await response.arrayBuffer();
      const whole = new Response(body.byteLength === 0 ? null : body, response);
      if (!again && (await proofs?.asksForNonce(request, whole)) === true) continue;
      return whole;
    } catch (error) {
      signal.throwIfAborted();
      return error;
    } finally {
      limit.abort(new Error("answered"));
      signal.removeEventListener("abort", onAbort);
    }
  }
}

/** A gateway that gave up on the server knows nothing: the request may be in the server's hands still. */
function isAnswer({ status }: Response): boolean {
  return status !== 502 && status !== 504;
}

async function read(response: Response, platform: Platform): Promise<Presented | RefreshError | "later"> {
  const { status } = response;
  if (status === 401) return undefined;
  if (status === 429 || status >= 500) return "later";
  const body = await jsonOf(response);
  if (status === 200 && body !== undefined) {
    try {
      const scheme = /^dpop$/i.test(String(body.token_type)) ? "DPoP" : "Bearer";
      return accessToken(body.access_token, body.expires_in, scheme, platform.nowMs());
    } catch (cause) {
      return new RefreshError("REFRESH_REFUSED", "the refresh endpoint answered no tokens", { status, cause });
    }
  }
  const why = (await errorOf(response)) ?? "no error of RFC 6749 or RFC 6750";
  return new RefreshError("REFRESH_REFUSED", `the refresh endpoint answered ${status}: ${why}`, { status });
}

function unavailable(response: unknown, platform: Platform): RefreshError {
  if (!(response instanceof Response)) {
    return new RefreshError("REFRESH_UNAVAILABLE", "the refresh endpoint did not answer", { cause: response });
  }
  return new RefreshError("REFRESH_UNAVAILABLE", `the refresh endpoint answered ${response.status}`, {
    status: response.status,
    retryAfterMs: retryAfterMs(response, platform.nowMs()),
  });
}
