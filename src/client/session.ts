/** The session as one client sees it: its access token, and one refresh for all who need a new one, in all tabs. */
import { type AccessToken, accessToken, tokenFromTab } from "./access-token.ts";
import { RefreshError } from "./error.ts";
import type { Platform } from "./platform.ts";
import { type PresenterSettings, present } from "./presentation.ts";
import { freshName, sharedState } from "./shared-state.ts";

export interface Session {
  /**
   * A token to send; undefined where the user is signed out.
   * @param refused one that a server refused, so that it is not given again
   * @throws RefreshError where there is none, and none to be had now
   */
  token(refused?: string): Promise<AccessToken | undefined>;
  /** A token that came with a login. */
  start(text: string, expiresIn: number): void;
  /** Forgets the token, here and in every tab, and ends a refresh that is under way. */
  end(): void;
}

export interface SessionSettings extends PresenterSettings {
  readonly onSignedOut: () => void;
}

/** How long another tab may take to tell its token; after that, this one gets its own. */
const NEWS_MS = 150;
/** The same where another tab was just refreshing, so that there is something to tell. */
const EXPECTED_NEWS_MS = 1000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

type Message =
  | { readonly type: "token"; readonly name: string; readonly ended: string | undefined; readonly token: unknown }
  | { readonly type: "ask" }
  | { readonly type: "ended"; readonly ended: string };

export function openSession(settings: SessionSettings, platform: Platform): Session {
  const name = `rejwt:${settings.refreshUrl}`;
  const state = sharedState(platform.storage, settings.refreshUrl);
  const channel = platform.channel(name);
  let held: AccessToken | undefined;
  /** The name of `held`, as every tab knows it. */
  let heldName: string | undefined;
  let signedOut = false;
  /** The last sign-out that this tab knows of. */
  let { ended } = state.read();
  let underWay: { readonly result: Promise<AccessToken | undefined>; readonly abort: AbortController } | undefined;
  let failures = 0;
  let retryAtMs = 0;
  let onNews = (): unknown => undefined;

  const hold = (token: AccessToken, tokenName: string): void => {
    held = token;
    heldName = tokenName;
    signedOut = false;
    failures = 0;
    retryAtMs = 0;
    onNews();
  };

  /** A token that this tab got itself. */
  const announce = (token: AccessToken): void => {
    const newest = freshName();
    state.write({ newest });
    hold(token, newest);
    channel?.post({ type: "token", name: newest, ended, token } satisfies Message);
  };

  const forget = (): void => {
    held = undefined;
    heldName = undefined;
    underWay?.abort.abort(new Error("signed out"));
    if (signedOut) return;
    signedOut = true;
    // By itself: what the application throws is its own, and stops nothing here.
    queueMicrotask(settings.onSignedOut);
  };

  const end = (): void => {
    ended = freshName();
    // A login that follows must wait for nothing that belonged to this session.
    state.write({ ended, attempt: undefined, mayArriveUntilMs: undefined });
    forget();
    channel?.post({ type: "ended", ended } satisfies Message);
  };

  channel?.listen((value) => {
    const message = (value ?? {}) as Partial<Message>;
    if (message.type === "ask" && isGood(held, undefined, platform)) {
      channel.post({ type: "token", name: heldName ?? "", ended, token: held } satisfies Message);
    } else if (message.type === "token") {
      const token = tokenFromTab(message.token);
      if (message.ended !== ended) ended = state.read().ended;
      // What was got before the last sign-out is worth nothing, however late it is told.
      const isNewer = token !== undefined && token.sinceMs >= (held?.sinceMs ?? 0);
      if (isNewer && message.ended === ended) hold(token, String(message.name));
    } else if (message.type === "ended") {
      ended = String(message.ended);
      forget();
    }
  });

  /** What another tab got and this one has not heard of yet. */
  const news = async (
    refused: string | undefined,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<AccessToken | undefined> => {
    if (channel === undefined) return undefined;
    const heard = new Promise<void>((resolve) => {
      onNews = () => isGood(held, refused, platform) && resolve();
    });
    channel.post({ type: "ask" } satisfies Message);
    await Promise.race([heard, platform.sleep(waitMs, signal)]);
    onNews = () => undefined;
    return isGood(held, refused, platform) ? held : undefined;
  };

  const refresh = async (
    refused: string | undefined,
    waited: boolean,
    signal: AbortSignal,
  ): Promise<AccessToken | undefined> => {
    signal.throwIfAborted();
    // Others may have had their turn while this one waited for its own.
    if (isGood(held, refused, platform)) return held;
    const before = state.read();
    if (waited || before.newest !== heldName) {
      const told = await news(refused, waited ? EXPECTED_NEWS_MS : NEWS_MS, signal);
      if (told !== undefined) return told;
    }
    const token = await present(settings, platform, state, signal);
    signal.throwIfAborted();
    if (token !== undefined) {
      announce(token);
      return token;
    }
    // A login in another tab may have come between: then it was the old cookie that was refused.
    if (state.read().newest !== before.newest) return news(refused, EXPECTED_NEWS_MS, signal);
    end();
    return undefined;
  };

  const pause = (error: unknown): void => {
    if (!(error instanceof RefreshError)) return;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures++) * (1 + platform.random() / 2);
    retryAtMs = platform.nowMs() + Math.max(pauseMs, error.retryAfterMs);
  };

  const refreshOnce = (refused: string | undefined): Promise<AccessToken | undefined> => {
    if (underWay !== undefined) return underWay.result;
    const waitMs = retryAtMs - platform.nowMs();
    if (waitMs > 0) {
      throw new RefreshError("REFRESH_UNAVAILABLE", "a refresh just failed", { retryAfterMs: waitMs });
    }
    const abort = new AbortController();
    const result = platform
      .alone(name, (waited) => refresh(refused, waited, abort.signal))
      .catch((error: unknown) => {
        // Signed out meanwhile: that is the answer, not a failure.
        if (abort.signal.aborted) return isGood(held, refused, platform) ? held : undefined;
        pause(error);
        throw error;
      })
      .finally(() => {
        if (underWay?.abort === abort) underWay = undefined;
      });
    underWay = { result, abort };
    return result;
  };

  return {
    token: async (refused) => {
      if (signedOut) return undefined;
      if (isGood(held, refused, platform)) return held;
      try {
        return await refreshOnce(refused);
      } catch (error) {
        // Due is not over: what is held serves until it ends.
        if (held !== undefined && held.text !== refused && platform.nowMs() < held.expiresAtMs) return held;
        throw error;
      }
    },
    start: (text, expiresIn) => {
      const scheme = settings.proofs === undefined ? "Bearer" : "DPoP";
      const token = accessToken(text, expiresIn, scheme, platform.nowMs());
      underWay?.abort.abort(new Error("a new session began"));
      underWay = undefined;
      // The cookie is a new session's: nothing of the one before it can harm it.
      state.write({ attempt: undefined, mayArriveUntilMs: undefined });
      announce(token);
    },
    end,
  };
}

function isGood(token: AccessToken | undefined, refused: string | undefined, platform: Platform): boolean {
  return token !== undefined && token.text !== refused && platform.nowMs() < token.renewAtMs;
}
