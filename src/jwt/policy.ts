/** What a verifier asks of a token: its options, checked once, at creation. */

import type { VerifyingKeys } from "../jwk/key-sources.ts";
import { type CritHandlers, checkCritHandlers } from "../jws/crit.ts";
import { type Limits, readLimits } from "../jws/limits.ts";
import { checkDefined, checkFunction, checkNames, checkObject, configError, textOption, textsOf } from "../options.ts";
import { type Clock, type Duration, durationOption, systemClock } from "../time.ts";
import { type CacheOptions, readCacheOptions } from "./cache-options.ts";
import { mediaType } from "./media-type.ts";
import { PROFILES, type Profile, readProfile } from "./profile.ts";
import { checkerOf, type RevocationChecker, type Revocations } from "./revocation-check.ts";
import { checkSchema, type StandardSchema } from "./standard-schema.ts";
import type { RegisteredName } from "./verified.ts";

export interface VerifierOptions<
  K extends VerifyingKeys,
  R extends RegisteredName,
  S extends StandardSchema | undefined,
  SA extends StandardSchema | undefined,
> {
  /** One key or several; each is bound to its algorithm, and no other is accepted. */
  readonly keys: K | readonly K[];
  /**
   * Who may have issued the token: exact comparison. Several only where they share these very keys; issuers with keys of
   * their own go through verifierByIssuer. `false` asks nothing.
   */
  readonly issuer: string | readonly string[] | false;
  /**
   * Whom the token must be for: at least one of these. `false`: this verifier is no audience, and refuses a token that
   * names one (RFC 7519 §4.1.3).
   */
  readonly audience: string | readonly string[] | false;
  /** Default "required": a token without exp is refused. */
  readonly expiry?: "required" | "optional";
  /** Default: absent or "JWT". `false` accepts any. RFC 8725 §3.11. */
  readonly typ?: string | false;
  /** RFC 9068: `typ` at+jwt and the claims of §2.2. */
  readonly profile?: Profile;
  /** Registered claims that must be there; the type of `claims` says so too. */
  readonly required?: readonly R[];
  /** Refuses tokens older than this, by `iat`, which must then be there. */
  readonly maxAge?: Duration;
  /** How far the clocks of issuer and verifier may differ. Default 0. */
  readonly clockSkew?: Duration | undefined;
  readonly clock?: Clock | undefined;
  /** Must answer synchronously; a promise is CONFIG, never an accept. Its output is laid over the registered claims. */
  readonly schema?: S;
  /** For a schema that answers a promise. Standard Schema's types do not say sync or async, so the caller does. */
  readonly schemaAsync?: SA;
  readonly limits?: Partial<Limits> | undefined;
  /** Handlers of critical header extensions, RFC 7515 §4.1.11; every other extension is refused. */
  readonly crit?: CritHandlers;
  /** Refuses what was revoked, from a list kept here: no network call. Needs one `issuer`. From createRevocationList. */
  readonly revocations?: Revocations;
  /**
   * Keeps tokens that were accepted, so that the same token again costs no signature. Everything else is checked at every
   * call. Its results are deeply frozen. Opt-in: whole tokens are held in memory.
   */
  readonly cache?: CacheOptions | undefined;
}

/** The options of any verifier, before they are checked. */
export type AnyVerifierOptions = VerifierOptions<
  VerifyingKeys,
  RegisteredName,
  StandardSchema | undefined,
  StandardSchema | undefined
>;

export interface Policy {
  readonly keys: readonly VerifyingKeys[];
  /** undefined: not asked. */
  readonly issuers: readonly string[] | undefined;
  /** Empty: the token must name none. */
  readonly audiences: readonly string[];
  /** As `checkTyp` takes it. */
  readonly typ: string | false | undefined;
  readonly required: readonly string[];
  readonly maxAge: number | undefined;
  readonly clockSkew: number;
  readonly clock: Clock;
  readonly schema: StandardSchema | undefined;
  readonly schemaAsync: StandardSchema | undefined;
  readonly limits: Limits;
  readonly crit: CritHandlers;
  readonly revocations: RevocationChecker | undefined;
  readonly cache: Required<CacheOptions> | undefined;
}

const WHERE = "createVerifier";
const MUST_BE_SAID = ["keys", "issuer", "audience"] as const;
const TIGHTENING = [
  "expiry",
  "typ",
  "profile",
  "required",
  "maxAge",
  "schema",
  "schemaAsync",
  "crit",
  "revocations",
] as const;
const NAMES: readonly string[] = [...MUST_BE_SAID, ...TIGHTENING, "clockSkew", "clock", "limits", "cache"];
const REGISTERED: readonly string[] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"] satisfies RegisteredName[];

/** @throws CONFIG for an option that is unknown, missing, undefined where that would drop a check, or of the wrong type */
export function readPolicy(options: AnyVerifierOptions): Policy {
  checkNames(WHERE, options, NAMES);
  checkDefined(WHERE, options, [...MUST_BE_SAID, ...TIGHTENING]);
  const { keys, clock = systemClock, clockSkew = 0, crit = {}, expiry = "required" } = options;
  const profile = readProfile(WHERE, options.profile);
  if (expiry !== "required" && expiry !== "optional") {
    throw configError(WHERE, 'option "expiry" must be "required" or "optional"');
  }
  if (profile !== undefined && options.typ !== undefined) {
    throw configError(WHERE, 'options "profile" and "typ" both say which typ: leave one out');
  }
  if (options.schema !== undefined && options.schemaAsync !== undefined) {
    throw configError(WHERE, 'options "schema" and "schemaAsync" exclude each other');
  }
  for (const name of ["schema", "schemaAsync"] as const) {
    if (options[name] !== undefined) checkSchema(WHERE, name, options[name]);
  }
  checkFunction(WHERE, "clock", clock);
  checkObject(`${WHERE}.crit`, crit);
  checkCritHandlers(WHERE, crit);
  const issuers = readParties("issuer", options.issuer);
  const skew = durationOption(WHERE, "clockSkew", clockSkew);
  return Object.freeze({
    keys: Array.isArray(keys) ? [...keys] : [keys as VerifyingKeys],
    issuers,
    audiences: readParties("audience", options.audience) ?? [],
    typ: profile === undefined ? readTyp(options.typ) : mediaType(PROFILES[profile].typ),
    required: requiredClaims(options, profile),
    maxAge: options.maxAge === undefined ? undefined : durationOption(WHERE, "maxAge", options.maxAge),
    clockSkew: skew,
    clock,
    schema: options.schema,
    schemaAsync: options.schemaAsync,
    limits: readLimits(WHERE, options.limits),
    crit: Object.freeze({ ...crit }),
    cache: readCacheOptions(WHERE, options.cache),
    revocations: checkerOf(WHERE, options.revocations, issuers, skew),
  });
}

function readParties(name: "issuer" | "audience", value: unknown): readonly string[] | undefined {
  if (value === false) return undefined;
  const parties = textsOf(value);
  if (parties === undefined) {
    throw configError(WHERE, `option "${name}" must be non-empty text, an array of it, or false`);
  }
  return parties;
}

function readTyp(typ: string | false | undefined): string | false | undefined {
  return typ === undefined || typ === false ? typ : mediaType(textOption(WHERE, "typ", typ));
}

/** A claim that is compared must be there, so that its absence is told apart from a wrong value. */
function requiredClaims(options: AnyVerifierOptions, profile: Profile | undefined): readonly string[] {
  const { required = [], issuer, audience, expiry, maxAge } = options;
  if (!Array.isArray(required) || ![...required].every((name) => REGISTERED.includes(name))) {
    throw configError(WHERE, `option "required" may name ${REGISTERED.join(", ")}: for other claims use "schema"`);
  }
  const names = new Set<string>(profile === undefined ? [] : PROFILES[profile].required);
  for (const name of required) names.add(name);
  if (issuer !== false) names.add("iss");
  if (audience !== false) names.add("aud");
  if (expiry !== "optional") names.add("exp");
  if (maxAge !== undefined) names.add("iat");
  return [...names];
}
