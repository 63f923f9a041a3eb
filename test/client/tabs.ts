/** Tabs of one browser, and a server, all in this process and on one clock that tests move. */
import { type AuthFetch, authFetchOn } from "../../src/client/auth-fetch.ts";
import type { AuthFetchOptions } from "../../src/client/options.ts";
import { memoryStorage, type Platform, type TextStorage } from "../../src/client/platform.ts";

export const PAGE = "https://shop.example";

interface Timer {
  /** Ends a request that hangs, and moves nothing where none does. */
  readonly isLimit: boolean;
  readonly atMs: number;
  readonly fire: () => void;
}

export interface Tab {
  readonly fetch: AuthFetch;
  readonly platform: Platform;
  signedOut: number;
  /** Nothing of it runs on: what it awaits never comes, its lock goes to the next. */
  kill(): void;
}

/** Answers a request of some tab; `undefined` never answers. */
export type Answer = (request: Request) => Response | Promise<Response> | undefined;

export interface Browser {
  nowMs: number;
  readonly storage: TextStorage;
  /** Every request that left a tab, as it left. */
  readonly sent: Request[];
  answer: Answer;
  open(options?: Partial<AuthFetchOptions>, changes?: Partial<Platform>): Tab;
  /** The result, with the clock moved on to the next timer whenever all of them wait. */
  passing<T>(result: Promise<T>): Promise<T>;
}

export function openBrowser(): Browser {
  const timers = new Set<Timer>();
  const listeners = new Map<object, (message: unknown) => void>();
  const queue: { readonly tab: object; readonly start: (waited: boolean) => void }[] = [];
  let holder: object | undefined;
  let unanswered = 0;

  const next = (waited: boolean): void => {
    const first = queue.shift();
    holder = first?.tab;
    first?.start(waited);
  };

  const browser: Browser = {
    nowMs: Date.UTC(2026, 4, 1, 12),
    storage: memoryStorage(),
    sent: [],
    answer: () => new Response("no answer was scripted", { status: 500 }),
    open(options = {}, changes = {}) {
      const id = {};
      let killed = false;
      const alive = <T>(value: Promise<T>): Promise<T> =>
        new Promise((resolve, reject) => {
          value.then(
            (result) => killed || resolve(result),
            (error: Error) => killed || reject(error),
          );
        });
      const platform: Platform = {
        nowMs: () => browser.nowMs,
        random: () => 0,
        storage: browser.storage,
        origin: PAGE,
        sleep: (ms, signal) =>
          new Promise((resolve, reject) => {
            const timer: Timer = {
              isLimit: ms === (options.timeoutMs ?? 10_000),
              atMs: browser.nowMs + ms,
              fire: () => killed || resolve(),
            };
            timers.add(timer);
            signal?.addEventListener("abort", () => {
              timers.delete(timer);
              reject(signal.reason as Error);
            });
          }),
        alone: (_name, run) =>
          new Promise((resolve, reject) => {
            const start = (waited: boolean): void => {
              run(waited)
                .then(resolve, reject)
                .finally(() => holder === id && next(true));
            };
            queue.push({ tab: id, start });
            if (holder === undefined) next(false);
          }),
        channel: () => ({
          post: (message) => {
            const copy: unknown = structuredClone(message);
            for (const [other, listen] of listeners) if (other !== id) setImmediate(() => listen(copy));
          },
          listen: (listener) => void listeners.set(id, listener),
        }),
        ...changes,
      };
      const send = async (request: Request): Promise<Response> => {
        browser.sent.push(request.clone());
        const answer = browser.answer(request);
        if (answer !== undefined) return answer;
        unanswered++;
        return new Promise((_, reject) => {
          request.signal.addEventListener("abort", () => {
            unanswered--;
            reject(request.signal.reason as Error);
          });
        });
      };
      const tab: Tab = {
        platform,
        signedOut: 0,
        fetch: authFetchOn(platform, {
          refreshUrl: `${PAGE}/auth/refresh`,
          fetch: ((request: Request) => alive(send(request))) as typeof fetch,
          onSignedOut: () => {
            tab.signedOut++;
          },
          ...options,
        }),
        kill: () => {
          killed = true;
          listeners.delete(id);
          if (holder === id) next(true);
        },
      };
      return tab;
    },
    async passing(result) {
      let settled = false;
      const done = (): void => {
        settled = true;
      };
      result.then(done, done);
      while (true) {
        // Real time, for WebCrypto and streams, which no clock of ours moves.
        for (let turn = 0; turn < 5 && !settled; turn++) await new Promise((resolve) => setTimeout(resolve, 2));
        if (settled) return result;
        const [timer] = [...timers].filter(({ isLimit }) => !isLimit || unanswered > 0).sort((a, b) => a.atMs - b.atMs);
        if (timer === undefined) continue;
        browser.nowMs = Math.max(browser.nowMs, timer.atMs);
        timers.delete(timer);
        timer.fire();
      }
    },
  };
  return browser;
}

/** A server whose access tokens are `access-1`, `access-2` …, the newest of which it takes. */
export interface Server {
  readonly browser: Browser;
  refreshes: number;
  /** Overrides the answer of the refresh endpoint, once each. */
  readonly next: Answer[];
  /** Overrides the answer of everything else, once each. */
  readonly nextApi: Answer[];
  ended: boolean;
}

export function openServer(): Server {
  const server: Server = { browser: openBrowser(), refreshes: 0, next: [], nextApi: [], ended: false };
  server.browser.answer = (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/auth/refresh") {
      const scripted = server.next.shift();
      return scripted === undefined ? tokens(server) : scripted(request);
    }
    if (pathname === "/auth/logout") {
      server.ended = true;
      return new Response(null, { status: 204 });
    }
    const scripted = server.nextApi.shift();
    if (scripted !== undefined) return scripted(request);
    const token = request.headers.get("authorization");
    if (token === `Bearer access-${server.refreshes}`) return Response.json({ seen: token });
    return token === null ? Response.json({ error: "unauthorized" }, { status: 401 }) : invalidToken();
  };
  return server;
}

export function tokens(server: Server): Response {
  if (server.ended) return Response.json({ error: "invalid_token", code: "SESSION_ENDED" }, { status: 401 });
  server.refreshes++;
  return Response.json({ access_token: `access-${server.refreshes}`, token_type: "Bearer", expires_in: 900 });
}

export function invalidToken(): Response {
  const headers = { "www-authenticate": 'Bearer realm="api", error="invalid_token", error_description="expired"' };
  return new Response(null, { status: 401, headers });
}

export function notFresh(): Response {
  return Response.json({ error: "token_not_fresh" }, { status: 503, headers: { "retry-after": "5" } });
}

export function outage(seconds = 5): Response {
  const headers = { "retry-after": String(seconds) };
  return Response.json({ error: "temporarily_unavailable" }, { status: 503, headers });
}
