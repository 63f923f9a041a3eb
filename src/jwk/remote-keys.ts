/** `rejwt/jwks`: another issuer's keys, from its JWKS endpoint, on jose's remote set. RFC 7517 §5, OpenID Connect Discovery §3. */

import { channel } from "node:diagnostics_channel";
import { createRemoteJWKSet, customFetch } from "jose";
import { isTokenError, tokenError } from "../errors.ts";
import { nowMs } from "../time.ts";
import { REMOTE_KEYS, type RemoteInternals, type RemoteKeys } from "./candidates.ts";
import { jwksFetch } from "./jwks-fetch.ts";
import type { Key } from "./key.ts";
import { type KeySet, keySet } from "./key-set.ts";
import { publishedKeys } from "./published-keys.ts";
import { type RemoteKeysEvent, type RemoteKeysOptions, readRemoteSettings } from "./remote-options.ts";

export type { RemoteKeys } from "./candidates.ts";
export type { Fetch } from "./http-answer.ts";
export type { RemoteKeysEvent, RemoteKeysOptions } from "./remote-options.ts";

const WHERE = "remoteKeys";
/** After a failed fetch; doubles with each further one, up to `cooldown`. */
const FIRST_RETRY_MS = 1000;

const events = /* @__PURE__ */ channel("rejwt:jwks");

interface Loaded {
  readonly keys: KeySet;
  readonly atMs: number;
  readonly freshUntilMs: number;
}

/**
 * The keys behind a URL. Nothing is fetched until a token needs it (or `preload` is called); concurrent needs share one
 * fetch; no timer is left running.
 * @throws CONFIG for options or a URL that cannot work
 */
export function remoteKeys(url: string | URL, options: RemoteKeysOptions): RemoteKeys {
  const settings = readRemoteSettings(url, options);
  const { algs, clock, cooldownMs, maxAgeMs, staleIfErrorMs } = settings;
  const http = jwksFetch(settings.fetch, settings.maxBytes);
  // Freshness and cooldown are kept here, by our clock: jose fetches when it is told to.
  const remoteSet = createRemoteJWKSet(settings.url, {
    timeoutDuration: settings.timeoutMs,
    headers: { ...settings.headers },
    [customFetch]: http.fetch,
  });
  let loaded: Loaded | undefined;
  let pending: Promise<void> | undefined;
  let failures = 0;
  let retryAtMs = Number.NEGATIVE_INFINITY;
  let closed = false;

  const emit = (event: RemoteKeysEvent): void => {
    events.publish({ ...event, url: settings.url.href });
    // A listener's fault, thrown or rejected, must not decide about tokens.
    void (async () => settings.onEvent?.(event))().catch(ignore);
  };

  const load = async (): Promise<void> => {
    try {
      await remoteSet.reload();
      const keys = publishedKeys(remoteSet.jwks(), algs, (refused) => emit({ type: "key-refused", ...refused }));
      if (keys.length === 0) throw tokenError("KEY_INVALID", "no key of the JWK Set can be used");
      const atMs = nowMs(clock);
      const lifeMs = Math.min(maxAgeMs, Math.max(cooldownMs, (http.freshFor() ?? Number.POSITIVE_INFINITY) * 1000));
      loaded = { keys: keySet(WHERE, keys), atMs, freshUntilMs: atMs + lifeMs };
      http.keep();
      failures = 0;
      emit({ type: "loaded", keys: keys.length });
    } catch (error) {
      retryAtMs = nowMs(clock) + Math.min(cooldownMs, FIRST_RETRY_MS * 2 ** failures++);
      emit({ type: "failed", error, stale: stillServes(loaded) });
      throw unavailable(error);
    }
  };

  /** @throws KEYS_UNAVAILABLE where the fetch fails, or may not be tried now */
  const reload = async (): Promise<void> => {
    if (closed) throw unavailable(undefined, "were closed");
    if (pending === undefined && nowMs(clock) < retryAtMs) throw unavailable();
    pending ??= load().finally(() => {
      pending = undefined;
    });
    await pending;
  };

  const stillServes = (last: Loaded | undefined): last is Loaded =>
    last !== undefined && nowMs(clock) < last.freshUntilMs + staleIfErrorMs;

  const freshKeys = async (): Promise<Loaded> => {
    if (loaded !== undefined && nowMs(clock) < loaded.freshUntilMs) return loaded;
    const reloaded = reload();
    if (failures > 0 && stillServes(loaded)) {
      // What failed before may hang now: nobody waits for it while older keys serve.
      reloaded.catch(ignore);
      return loaded;
    }
    try {
      await reloaded;
    } catch (error) {
      if (!stillServes(loaded)) throw error;
    }
    return loaded as Loaded;
  };

  const internals: RemoteInternals<Key> = {
    async candidates(alg, kid) {
      if (!settings.names.has(alg)) throw tokenError("ALG", "the token's alg is not one of this verifier's");
      const before = await freshKeys();
      try {
        return before.keys.candidates(alg, kid);
      } catch (error) {
        const mayBeNew = isTokenError(error) && (error.code === "KEY_UNKNOWN" || error.code === "ALG");
        if (!mayBeNew || nowMs(clock) < before.atMs + cooldownMs) throw error;
      }
      await reload();
      return (loaded as Loaded).keys.candidates(alg, kid);
    },
  };

  const remote: RemoteKeys = {
    "~verifies": "async",
    preload: async () => reload().then(succeeded, failed),
    close: () => {
      closed = true;
      http.abort(new Error("the remote keys were closed"));
    },
  };
  return Object.freeze(Object.defineProperty(remote, REMOTE_KEYS, { value: internals }));
}

const ignore = (): void => {};
const succeeded = (): boolean => true;
const failed = (): boolean => false;

function unavailable(cause?: unknown, what = "cannot be fetched now"): Error {
  return tokenError("KEYS_UNAVAILABLE", `the issuer's keys ${what}: the token may be good, try again later`, { cause });
}
