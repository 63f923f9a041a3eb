/** What a server asks of DPoP proofs: its options, checked once. RFC 9449. */

import { isAlg } from "../jwa/alg-names.ts";
import type { AsymmetricAlg } from "../jwa/algorithm.ts";
import { isAsymmetricAlg } from "../jwa/algorithms.ts";
import type { UsedTokens } from "../jwt/single-use.ts";
import { checkDefined, checkFunction, checkNames, configError, flagOption } from "../options.ts";
import { type Clock, type Duration, durationOption, systemClock } from "../time.ts";
import type { DpopNonces } from "./dpop-nonces.ts";
import { readOrigins } from "./origin.ts";

export interface DpopOptions {
  /**
   * The origins under which clients reach this server, like `"https://api.example"`: a proof names the address it is for,
   * and what `Host` says was written by whoever sent it. The path is compared as the request has it.
   */
  readonly origin: string | readonly string[];
  /** Where used proofs are remembered, so that each works once: any session store. Shared by all instances. */
  readonly usedProofs: UsedTokens;
  /** Default ES256, Ed25519, EdDSA, PS256 and RS256. */
  readonly algs?: readonly AsymmetricAlg[];
  /** How far a proof's `iat` may lie behind or ahead of this server's clock. Default "1m". */
  readonly window?: Duration;
  /** Asks for nonces of this server too: see `dpopNonces`. Default: none are asked for. */
  readonly nonces?: DpopNonces;
  /** True refuses tokens that are bound to no key. Default false: they may come as `Bearer`. */
  readonly required?: boolean;
  readonly clock?: Clock | undefined;
}

export interface DpopPolicy {
  readonly origins: ReadonlySet<string>;
  readonly usedProofs: UsedTokens;
  readonly algs: readonly AsymmetricAlg[];
  /** Seconds. */
  readonly window: number;
  readonly nonces: DpopNonces | undefined;
  readonly required: boolean;
  readonly clock: Clock;
}

const TIGHTENING = ["algs", "window", "nonces", "required"] as const;
const NAMES = ["origin", "usedProofs", ...TIGHTENING, "clock"] as const;
const DEFAULT_ALGS: readonly AsymmetricAlg[] = ["ES256", "Ed25519", "EdDSA", "PS256", "RS256"];

/** @throws CONFIG for an option that is unknown, missing, undefined or malformed */
export function readDpop(where: string, options: DpopOptions): DpopPolicy {
  checkNames(where, options, NAMES);
  checkDefined(where, options, TIGHTENING);
  const { origin, usedProofs, algs = DEFAULT_ALGS, window = "1m", nonces, clock = systemClock } = options;
  if (typeof usedProofs?.markUsed !== "function") {
    throw configError(where, 'option "usedProofs" must be a store with markUsed: memoryStore(), redisStore(client) …');
  }
  if (!Array.isArray(algs) || algs.length === 0 || !algs.every((alg) => isAlg(alg) && isAsymmetricAlg(alg))) {
    throw configError(where, 'option "algs" must be a list of asymmetric algorithms, like ["ES256"]');
  }
  if (nonces !== undefined) {
    checkFunction(where, "nonces.current", nonces?.current);
    checkFunction(where, "nonces.accepts", nonces?.accepts);
  }
  checkFunction(where, "clock", clock);
  return Object.freeze({
    origins: readOrigins(where, Array.isArray(origin) ? origin : [origin], "origin"),
    usedProofs,
    algs: Object.freeze([...algs]),
    window: durationOption(where, "window", window, 1),
    nonces,
    required: flagOption(where, "required", options.required),
    clock,
  });
}
