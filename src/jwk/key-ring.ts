/** Signing keys that take turns, published before they sign and accepted until their last token has expired. */

import { createHash } from "node:crypto";
import { channel } from "node:diagnostics_channel";
import type { Alg } from "../jwa/algorithm.ts";
import { isHmacAlg } from "../jwa/algorithms.ts";
import { checkDefined, checkFunction, checkNames, configError } from "../options.ts";
import { type Clock, type Duration, durationOption, nowMs, systemClock } from "../time.ts";
import type { ExternalKey } from "./external-key.ts";
import { matchesTag } from "./if-none-match.ts";
import { exportJwk, type Jwks } from "./jwk.ts";
import type { Key } from "./key.ts";
import { type RingEntry, type RingKey, type RingState, ringState, schedule, type Turn } from "./ring-schedule.ts";

export interface KeyRing<Signs extends "sync" | "async" = "sync" | "async"> {
  readonly "~signs": Signs;
  readonly "~verifies": "sync";
  /** Which key signs now. @throws CONFIG when none is due */
  current(): { readonly alg: Alg; readonly kid: string };
  /**
   * Replaces the schedule (a secret manager changed). Takes effect for signers and verifiers already made; where it
   * throws, the old schedule stays.
   * @throws CONFIG as keyRing does
   */
  replace(entries: readonly RingEntry<Signs extends "sync" ? Key : Key | ExternalKey>[]): void;
  /** The public halves of every key that is accepted now or will sign later. @throws CONFIG for a ring of secrets */
  jwks(): Jwks;
  /**
   * The HTTP answer of a JWKS endpoint, for any framework. RFC 7517 §8.5, RFC 9110 §13.1.2.
   * @param ifNoneMatch the request's header, if it has one
   * @throws CONFIG for a ring of secrets, and where the header is no text
   */
  jwksResponse(ifNoneMatch?: string): JwksResponse;
}

export interface JwksResponse {
  readonly status: 200 | 304;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface KeyRingOptions {
  /** How long a token of this ring lives at most: so long is a retired key accepted. */
  readonly tokenLife: Duration;
  /** How long verifiers may keep the JWKS. Default "5m". */
  readonly jwksMaxAge?: Duration;
  readonly clock?: Clock | undefined;
}

/** What signers and verifiers ask of a ring. */
export interface RingInternals {
  /** Seconds. */
  readonly tokenLife: number;
  /** @throws CONFIG when none is due */
  signingKey(): RingKey;
  /** The same array for as long as nothing changes. */
  acceptedKeys(): readonly RingKey[];
}

const INTERNALS: unique symbol = Symbol.for("rejwt.key-ring") as never;
const WHERE = "keyRing";

/** The inside of a ring that `keyRing` made, in whatever copy of the package; undefined for anything else. */
export function ringInternals(value: unknown): RingInternals | undefined {
  return (value as { readonly [INTERNALS]?: RingInternals } | null | undefined)?.[INTERNALS];
}

/** A key was handed over too late for verifiers to know it when it signs. Channel `rejwt:keys`. */
export interface KeyTooSoon {
  readonly type: "signs-too-soon";
  readonly kid: string;
  readonly signsFrom: Date;
  readonly jwksMaxAgeSeconds: number;
}

const events = /* @__PURE__ */ channel("rejwt:keys");

/**
 * A ring of keys. Entries carry dates, so that every instance that loads the same entries agrees on who signs, whenever it
 * started. Where a key signs sooner than `jwksMaxAge` after it appeared, a process warning `REJWT_SIGNS_TOO_SOON` is
 * emitted and the channel `rejwt:keys` of node:diagnostics_channel gets a message.
 * @throws CONFIG for no entry, for keys that only verify, without kid or with the same, for two that sign from one time
 */
export function keyRing<const E extends RingEntry<Key | ExternalKey>>(
  entries: readonly E[],
  options: KeyRingOptions,
): KeyRing<[E extends { readonly key: infer K } ? K : E] extends [Key] ? "sync" : "async">;
export function keyRing(entries: readonly RingEntry<RingKey>[], options: KeyRingOptions): KeyRing {
  checkNames(WHERE, options, ["tokenLife", "jwksMaxAge", "clock"]);
  checkDefined(WHERE, options, ["tokenLife", "jwksMaxAge"]);
  const { jwksMaxAge = "5m", clock = systemClock } = options;
  const tokenLifeMs = durationOption(WHERE, "tokenLife", options.tokenLife, 1) * 1000;
  const maxAge = durationOption(WHERE, "jwksMaxAge", jwksMaxAge);
  checkFunction(WHERE, "clock", clock);

  let turns = schedule(entries, tokenLifeMs);
  let state = ringState(turns, nowMs(clock));
  const signs = turns.some(({ key }) => key["~signs"] === "async") ? "async" : "sync";
  warnOfLateKeys(turns, [], nowMs(clock), maxAge);

  const stateNow = (): RingState => {
    const time = nowMs(clock);
    if (time < state.fromMs || time >= state.untilMs) state = ringState(turns, time);
    return state;
  };

  const signingKey = (): RingKey => {
    const { signing } = stateNow();
    if (signing === undefined) throw configError(WHERE, "no key of the ring is due to sign yet");
    return signing;
  };

  const jwks = (): Jwks => ({ keys: stateNow().accepted.map(publicJwk) });

  const ring: KeyRing = {
    "~signs": signs,
    "~verifies": "sync",
    current: () => {
      const { alg, kid } = signingKey();
      return { alg, kid: kid as string };
    },
    replace: (next) => {
      const replaced = schedule(next, tokenLifeMs);
      if (signs === "sync" && replaced.some(({ key }) => key["~signs"] === "async")) {
        throw configError(WHERE, "this ring signs synchronously: an external key needs a ring that was made with one");
      }
      warnOfLateKeys(replaced, turns, nowMs(clock), maxAge);
      turns = replaced;
      state = ringState(turns, nowMs(clock));
    },
    jwks,
    jwksResponse: (ifNoneMatch) => {
      if (typeof (ifNoneMatch ?? "") !== "string") {
        throw configError(WHERE, "`jwksResponse` takes the request's If-None-Match, which is text");
      }
      return answer(JSON.stringify(jwks()), maxAge, ifNoneMatch);
    },
  };
  const internals: RingInternals = {
    tokenLife: tokenLifeMs / 1000,
    signingKey,
    acceptedKeys: () => stateNow().accepted,
  };
  Object.defineProperty(ring, INTERNALS, { value: Object.freeze(internals) });
  return Object.freeze(ring);
}

function publicJwk(key: RingKey): Jwks["keys"][number] {
  if (isHmacAlg(key.alg)) throw configError(WHERE, "the ring holds a secret, which must never be published");
  return exportJwk(key as Key);
}

function answer(body: string, maxAge: number, ifNoneMatch: string | undefined): JwksResponse {
  const etag = `"${createHash("sha256").update(body).digest("base64url")}"`;
  const headers = Object.freeze({
    "content-type": "application/jwk-set+json",
    "cache-control": `public, max-age=${Math.floor(maxAge)}`,
    etag,
  });
  return matchesTag(ifNoneMatch, etag) ? { status: 304, headers, body: "" } : { status: 200, headers, body };
}

/**
 * Warns of keys that verifiers, holding a JWKS of before, will not know when they sign. At creation only future keys can
 * be told to be late: a key that signs already may have been published by the process before this one.
 */
function warnOfLateKeys(turns: readonly Turn[], before: readonly Turn[], now: number, maxAge: number): void {
  const known = new Set(before.map(({ key }) => key.kid));
  const isFirst = before.length === 0;
  for (const { key, signsFromMs } of turns) {
    const isNew = !known.has(key.kid) && (!isFirst || signsFromMs > now);
    const inUseMs = Math.max(signsFromMs, now);
    if (!isNew || inUseMs >= now + maxAge * 1000) continue;
    const kid = key.kid as string;
    const message: KeyTooSoon = {
      type: "signs-too-soon",
      kid,
      signsFrom: new Date(inUseMs),
      jwksMaxAgeSeconds: maxAge,
    };
    events.publish(message);
    process.emitWarning(
      `The key ${kid} signs sooner than ${maxAge} s after it was published: verifiers that hold the JWKS will refuse its tokens until they fetch it again.`,
      { code: "REJWT_SIGNS_TOO_SOON" },
    );
  }
}
