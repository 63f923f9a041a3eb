/** How another issuer's keys are fetched and kept: the options of remoteKeys, checked once, at creation. */
import type { AsymmetricAlg } from "../jwa/algorithm.ts";
import { algorithm, isHmacAlg } from "../jwa/algorithms.ts";
import { checkDefined, checkFunction, checkNames, configError, countOption, timeoutOption } from "../options.ts";
import { type Clock, type Duration, durationOption, systemClock } from "../time.ts";
import { headersOption, urlOption } from "./address-options.ts";
import type { Fetch } from "./http-answer.ts";
import { algsOption } from "./jwks.ts";

export interface RemoteKeysOptions {
  /** Required: many JWKs carry no `alg`, and a key that is bound to none could be used with any. */
  readonly algs: readonly [AsymmetricAlg, ...AsymmetricAlg[]];
  /** After a fetch, an unknown kid causes no other for so long. Default "30s". */
  readonly cooldown?: Duration;
  /** Keys are fetched again after so long; a shorter Cache-Control max-age is heeded, down to `cooldown`. Default "10m". */
  readonly maxAge?: Duration;
  /** For so long beyond `maxAge` the last keys serve while the endpoint is down. Default "1d". */
  readonly staleIfError?: Duration;
  /** Of the endpoint's answer. Default 262144. */
  readonly maxBytes?: number;
  /** Of one fetch. Default 5000. */
  readonly timeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** For tests and proxies. */
  readonly fetch?: Fetch;
  /** Allows http: addresses, which anybody on the way can answer. */
  readonly allowHttp?: boolean;
  readonly onEvent?: (event: RemoteKeysEvent) => void;
  readonly clock?: Clock | undefined;
}

/** Also on the channel `rejwt:jwks` of node:diagnostics_channel, with `url`. */
export type RemoteKeysEvent =
  | { readonly type: "loaded"; readonly keys: number }
  /** The fetch failed; `stale` tells whether older keys serve on. */
  | { readonly type: "failed"; readonly error: unknown; readonly stale: boolean }
  | { readonly type: "key-refused"; readonly kid: string | undefined; readonly why: string };

export interface RemoteSettings {
  readonly url: URL;
  readonly algs: readonly AsymmetricAlg[];
  /** Every `alg` value that a token of these may carry. */
  readonly names: ReadonlySet<string>;
  readonly clock: Clock;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: Fetch;
  readonly onEvent: ((event: RemoteKeysEvent) => void) | undefined;
  readonly cooldownMs: number;
  readonly maxAgeMs: number;
  readonly staleIfErrorMs: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

const WHERE = "remoteKeys";
const OPTIONAL = [
  "cooldown",
  "maxAge",
  "staleIfError",
  "maxBytes",
  "timeoutMs",
  "headers",
  "fetch",
  "allowHttp",
  "onEvent",
];

/** @throws CONFIG for options or a URL that cannot work */
export function readRemoteSettings(url: string | URL, options: RemoteKeysOptions): RemoteSettings {
  checkNames(WHERE, options, ["algs", ...OPTIONAL, "clock"]);
  checkDefined(WHERE, options, ["algs", ...OPTIONAL]);
  const { allowHttp = false, clock = systemClock, onEvent } = options;
  const algs = algsOption(WHERE, options.algs);
  if (algs.some(isHmacAlg)) throw configError(WHERE, 'option "algs": a secret cannot be published, so no HS algorithm');
  // A fetch of one's own may be replaced later, as tests do; the global one too.
  const fetch = options.fetch ?? ((address, init) => globalThis.fetch(address, init));
  checkFunction(WHERE, "fetch", fetch);
  checkFunction(WHERE, "clock", clock);
  if (onEvent !== undefined) checkFunction(WHERE, "onEvent", onEvent);
  return {
    url: urlOption(WHERE, url, allowHttp === true),
    algs,
    names: new Set<string>(algs.flatMap((alg) => algorithm(alg).names)),
    clock,
    headers: headersOption(WHERE, options.headers ?? {}),
    fetch,
    onEvent,
    cooldownMs: durationOption(WHERE, "cooldown", options.cooldown ?? "30s") * 1000,
    maxAgeMs: durationOption(WHERE, "maxAge", options.maxAge ?? "10m") * 1000,
    staleIfErrorMs: durationOption(WHERE, "staleIfError", options.staleIfError ?? "1d") * 1000,
    maxBytes: countOption(WHERE, "maxBytes", options.maxBytes ?? 262_144, 1),
    timeoutMs: timeoutOption(WHERE, "timeoutMs", options.timeoutMs ?? 5000),
  };
}
