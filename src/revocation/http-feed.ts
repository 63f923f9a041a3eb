/** The feed of what another server has revoked, over HTTP: for verifiers that reach no store. */
import { headersOption, urlOption } from "../jwk/address-options.ts";
import type { Fetch } from "../jwk/http-answer.ts";
import { keySources, type VerifyingKeys } from "../jwk/key-sources.ts";
import {
  checkDefined,
  checkFunction,
  checkNames,
  configError,
  countOption,
  flagOption,
  textOption,
  timeoutOption,
} from "../options.ts";
import { readMaxTokenLife } from "../store/revocation.ts";
import type { RevocationFeed } from "../store/revocation-feed.ts";
import { type Clock, type Duration, durationOption, monotonicBeside, nowMs, systemClock } from "../time.ts";
import { HttpFeedReader } from "./http-reader.ts";

export interface HttpFeedOptions {
  /** Where the issuer's `revocationsHandler` answers, or a cache before it. */
  readonly url: string | URL;
  /** Exactly as the handler has it. */
  readonly issuer: string;
  /** The issuer's: its public keys, or `remoteKeys(…)`. */
  readonly keys: VerifyingKeys | readonly VerifyingKeys[];
  /** How many shards the issuer's feed has: 64 over Redis, unless it says otherwise. Default 1. */
  readonly shards?: number;
  /** As the issuer's store has it, or less. Default "1h". */
  readonly maxTokenLife?: Duration;
  /** Between two requests at most; a list with a short bound asks more often, every quarter of it. Default "1s". */
  readonly poll?: Duration;
  /** Of an answer, from the request to its last byte. Default 3000. */
  readonly timeoutMs?: number;
  /** Of a list, as it is signed: a third more than its entries. Default 10,000,000. */
  readonly maxBytes?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** For tests and proxies. */
  readonly fetch?: Fetch;
  /** Allows http: addresses. The list is signed, but anybody on the way could read it. */
  readonly allowHttp?: boolean;
  /** As the list has it. */
  readonly clock?: Clock | undefined;
}

const WHERE = "httpFeed";
const REQUIRED = ["url", "issuer", "keys"] as const;
const OPTIONAL = ["shards", "maxTokenLife", "poll", "timeoutMs", "maxBytes", "headers", "fetch", "allowHttp"] as const;

/**
 * A feed that only reads: `revoke` belongs to the issuer. What an answer says of its time is believed where it is signed,
 * and never to be fresher than the request was sent. An answer that is refused costs its freshness alone: the list tells
 * it as the event "failed", with an `HttpFeedError`, and keeps what it has.
 * @throws CONFIG for an option that is unknown, missing, undefined or of the wrong type
 */
export function httpFeed(options: HttpFeedOptions): RevocationFeed {
  checkNames(WHERE, options, [...REQUIRED, ...OPTIONAL, "clock"]);
  checkDefined(WHERE, options, [...REQUIRED, ...OPTIONAL]);
  const { clock = systemClock, keys } = options;
  checkFunction(WHERE, "clock", clock);
  // A fetch of one's own may be replaced later, as tests do; the global one too.
  const fetch = options.fetch ?? ((address, init) => globalThis.fetch(address, init));
  checkFunction(WHERE, "fetch", fetch);
  const shards = countOption(WHERE, "shards", options.shards ?? 1, 1);
  const maxTokenLifeMs = readMaxTokenLife(WHERE, options);
  const maxBytes = countOption(WHERE, "maxBytes", options.maxBytes ?? 10_000_000, 1);
  const monotonic = monotonicBeside(options.clock);
  const parts = {
    request: {
      url: urlOption(WHERE, options.url, flagOption(WHERE, "allowHttp", options.allowHttp)),
      headers: headersOption(WHERE, options.headers ?? {}),
      fetch,
      timeoutMs: timeoutOption(WHERE, "timeoutMs", options.timeoutMs ?? 3000),
      maxBytes,
    },
    trust: {
      keys: keySources(WHERE, (Array.isArray(keys) ? keys : [keys]) as readonly VerifyingKeys[]),
      issuer: textOption(WHERE, "issuer", options.issuer),
      maxBytes,
    },
    shards,
    maxTokenLifeMs,
    pollMs: durationOption(WHERE, "poll", options.poll ?? "1s", Number.MIN_VALUE) * 1000,
    now: () => ({ wallMs: nowMs(clock), monotonicMs: monotonic() }),
  };
  return {
    "~feed": true,
    shards,
    maxTokenLifeMs,
    reader: () => new HttpFeedReader(parts),
    async addRevocation() {
      throw configError(WHERE, "this feed only reads: revoke where the issuer's feed is");
    },
  };
}
