/** What a signer writes into every token: its options, checked once, at creation. */

import type { ExternalKey } from "../jwk/external-key.ts";
import type { Key } from "../jwk/key.ts";
import type { KeyRing } from "../jwk/key-ring.ts";
import { type Limits, readLimits } from "../jws/limits.ts";
import { checkDefined, checkFunction, checkNames, configError, textOption, textsOf } from "../options.ts";
import { type Clock, type Duration, durationOption, systemClock } from "../time.ts";
import { PROFILES, type Profile, readProfile } from "./profile.ts";

/** Keys that a signer may sign with. */
export type SigningKey = Key | ExternalKey | KeyRing;

export interface SignerOptions<K extends SigningKey> {
  readonly key: K;
  /** Becomes `iss`. `false`: none. */
  readonly issuer: string | false;
  /** Becomes `aud`. `false`: none. */
  readonly audience: string | readonly string[] | false;
  /** From `iat` to `exp`. `false`: a token that never expires. */
  readonly expiresIn: Duration | false;
  /** From `iat` to `nbf`. Default: no `nbf`. */
  readonly notBefore?: Duration;
  /** Default "JWT". A verifier refuses any other typ than the one it asked for. */
  readonly typ?: string;
  /** RFC 9068: `typ` at+jwt, the claims of §2.2 asked for, and a random `jti` where there is none. */
  readonly profile?: Profile;
  readonly clock?: Clock | undefined;
  /** As the verifiers have them, so that nothing is signed that they refuse. */
  readonly limits?: Partial<Limits> | undefined;
}

/** The options of any signer, before they are checked. */
export type AnySignerOptions = SignerOptions<SigningKey>;

/** Per call; each replaces the signer's own. */
export interface SignOptions {
  readonly audience?: string | readonly string[];
  readonly expiresIn?: Duration;
  readonly notBefore?: Duration;
}

/** Durations are in seconds; undefined means that the claim is not written. */
export interface SignerSettings {
  readonly issuer: string | undefined;
  /** `iss` and `aud` as members of JSON, each with a comma after it. */
  readonly parties: string;
  readonly expiresIn: number | undefined;
  /** How long a ring accepts a retired key; undefined where the key is no ring. */
  readonly tokenLife: number | undefined;
  readonly notBefore: number | undefined;
  readonly typ: string;
  readonly profile: Profile | undefined;
  readonly clock: Clock;
  readonly limits: Limits;
}

const WHERE = "createSigner";
const MUST_BE_SAID = ["key", "issuer", "audience", "expiresIn"] as const;
const OPTIONAL = ["notBefore", "typ", "profile"] as const;

/** The least time that a token may live, in seconds: an `exp` at or before `iat` is never valid. */
const LEAST_LIFE = 1;

/**
 * @param tokenLife of the ring that signs, in seconds; undefined where the key is no ring
 * @throws CONFIG for an option that is unknown, missing, undefined or of the wrong type
 */
export function readSignerSettings(
  options: Omit<AnySignerOptions, "key">,
  tokenLife: number | undefined,
): SignerSettings {
  checkNames(WHERE, options, [...MUST_BE_SAID, ...OPTIONAL, "clock", "limits"]);
  checkDefined(WHERE, options, [...MUST_BE_SAID, ...OPTIONAL]);
  const { issuer, audience, expiresIn, notBefore, typ = "JWT", clock = systemClock } = options;
  checkFunction(WHERE, "clock", clock);
  const profile = readProfile(WHERE, options.profile);
  if (profile !== undefined && options.typ !== undefined) {
    throw configError(WHERE, 'options "profile" and "typ" both say which typ: leave one out');
  }
  if (profile !== undefined && (issuer === false || audience === false || expiresIn === false)) {
    throw configError(WHERE, `profile "${profile}" needs an issuer, an audience and an expiry (RFC 9068 §2.2)`);
  }
  const iss = issuer === false ? undefined : textOption(WHERE, "issuer", issuer);
  return Object.freeze({
    issuer: iss,
    parties: partiesText(iss, audience === false ? undefined : readAudience(WHERE, audience)),
    expiresIn: expiresIn === false ? undefined : readLife(WHERE, expiresIn, tokenLife),
    tokenLife,
    notBefore: notBefore === undefined ? undefined : durationOption(WHERE, "notBefore", notBefore),
    typ: profile === undefined ? textOption(WHERE, "typ", typ) : PROFILES[profile].typ,
    profile,
    clock,
    limits: readLimits(WHERE, options.limits),
  });
}

/** The settings of one call. @throws CONFIG */
export function readSignOptions(
  where: string,
  options: SignOptions | undefined,
  settings: SignerSettings,
): SignerSettings {
  if (options === undefined) return settings;
  const names = ["audience", "expiresIn", "notBefore"];
  checkNames(where, options, names);
  checkDefined(where, options, names);
  const { audience, expiresIn, notBefore } = options;
  return {
    ...settings,
    parties: audience === undefined ? settings.parties : partiesText(settings.issuer, readAudience(where, audience)),
    expiresIn: expiresIn === undefined ? settings.expiresIn : readLife(where, expiresIn, settings.tokenLife),
    notBefore: notBefore === undefined ? settings.notBefore : durationOption(where, "notBefore", notBefore),
  };
}

/** A token that outlives its key's acceptance would be refused before it expires. */
function readLife(where: string, expiresIn: Duration, tokenLife = Number.POSITIVE_INFINITY): number {
  const life = durationOption(where, "expiresIn", expiresIn, LEAST_LIFE);
  if (life <= tokenLife) return life;
  throw configError(where, `option "expiresIn" is ${life} s, and the ring's tokenLife ${tokenLife} s: raise tokenLife`);
}

function partiesText(iss: string | undefined, aud: string | readonly string[] | undefined): string {
  const members = JSON.stringify({ iss, aud }).slice(1, -1);
  return members === "" ? "" : `${members},`;
}

function readAudience(where: string, audience: unknown): string | readonly string[] {
  if (textsOf(audience) === undefined) {
    throw configError(where, 'option "audience" must be non-empty text, or an array of it');
  }
  return audience as string | readonly string[];
}
