/** What the client takes from where it runs: time, chance, and what the tabs of a browser share. */

import { systemNowMs } from "./clock.ts";

/** The part of the Storage interface that is used: HTML §12.2. */
export interface TextStorage {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

/** A BroadcastChannel, or nothing of the kind: HTML §9.5. */
export interface Channel {
  post(message: unknown): void;
  listen(listener: (message: unknown) => void): void;
}

export interface Platform {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Rejects with the signal's reason where that comes first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** From 0 to just below 1, to spread what many clients would do at once. Nothing secret comes of it. */
  random(): number;
  /**
   * Runs one at a time among all that share the name: every tab of the origin, where the browser can.
   * @param run is told whether it had to wait for another
   */
  alone<T>(name: string, run: (waited: boolean) => Promise<T>): Promise<T>;
  /** Shared by the tabs where there are any, and outlives a tab that is killed. */
  readonly storage: TextStorage;
  /** Undefined where there are no other tabs to tell. */
  channel(name: string): Channel | undefined;
  /** The page's; undefined where there is no page. */
  readonly origin: string | undefined;
}

/** The part of Web Locks that is used: Web Locks API §3.3. */
interface Locks {
  request<T>(name: string, options: { readonly ifAvailable?: boolean }, run: (lock: unknown) => Promise<T>): Promise<T>;
}

/** What of `globalThis` only browsers have, and not all of them. */
interface BrowserGlobals {
  readonly location?: { readonly origin?: string };
  readonly navigator?: { readonly locks?: Locks };
  readonly localStorage?: TextStorage;
  readonly BroadcastChannel?: new (
    name: string,
  ) => {
    postMessage(message: unknown): void;
    onmessage: ((event: { readonly data: unknown }) => void) | null;
  };
}

/**
 * The platform that this code runs on. Tabs of one origin share their cookies, so they share the session; two clients in
 * one server process may act for two users, so outside a page nothing is shared.
 */
export function thisPlatform(): Platform {
  const globals = globalThis as unknown as BrowserGlobals;
  const origin = globals.location?.origin;
  const page = origin !== undefined && origin !== "null" ? globals : undefined;
  const { locks } = page?.navigator ?? {};
  const BroadcastChannel = page?.BroadcastChannel;
  return {
    nowMs: systemNowMs,
    sleep,
    random: () => Math.random(),
    alone: locks === undefined ? inTurn() : byLock(locks),
    storage: storageOf(page),
    channel: (name) => {
      if (BroadcastChannel === undefined) return undefined;
      const channel = new BroadcastChannel(name);
      return {
        post: (message) => channel.postMessage(message),
        listen: (listener) => {
          channel.onmessage = ({ data }) => listener(data);
        },
      };
    },
    origin: page === undefined ? undefined : origin,
  };
}

function byLock(locks: Locks): Platform["alone"] {
  return async <T>(name: string, run: (waited: boolean) => Promise<T>): Promise<T> => {
    const attempt = await locks.request(name, { ifAvailable: true }, async (lock) =>
      lock === null ? undefined : { result: await run(false) },
    );
    return attempt === undefined ? locks.request(name, {}, () => run(true)) : attempt.result;
  };
}

/**
 * One after the other within this client. Tabs without Web Locks may refresh side by side: within the server's grace all
 * of them get the same successor, so that costs requests and nobody's session.
 */
export function inTurn(): Platform["alone"] {
  let last: Promise<unknown> = Promise.resolve();
  return (_name, run) => {
    const result = last.then(() => run(false));
    last = result.catch(() => {});
    return result;
  };
}

/** For where nothing outlives the client anyway, or where the user blocks what would. */
export function memoryStorage(): TextStorage {
  const values = new Map<string, string>();
  return {
    getItem: (name) => values.get(name) ?? null,
    setItem: (name, value) => void values.set(name, value),
    removeItem: (name) => void values.delete(name),
  };
}

function storageOf(page: BrowserGlobals | undefined): TextStorage {
  try {
    const storage = page?.localStorage;
    // Reading may throw where cookies are blocked, and writing where the quota is zero.
    storage?.setItem("rejwt:probe", "1");
    storage?.removeItem("rejwt:probe");
    return storage ?? memoryStorage();
  } catch {
    return memoryStorage();
  }
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    if (signal?.aborted === true) return reject(signal.reason as Error);
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
