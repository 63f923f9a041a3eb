/** Kinds of token that a standard describes: RFC 9068, JWT access tokens. */
import { configError } from "../options.ts";

export type Profile = "at+jwt";

interface ProfileFacts {
  readonly typ: string;
  /** Claims that every token of this profile has. */
  readonly required: readonly string[];
}

export const PROFILES: Readonly<Record<Profile, ProfileFacts>> = /* @__PURE__ */ Object.freeze({
  "at+jwt": { typ: "at+jwt", required: ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] },
});

/** @throws CONFIG for a profile that does not exist */
export function readProfile(where: string, profile: unknown): Profile | undefined {
  if (profile === undefined) return undefined;
  if (typeof profile !== "string" || !Object.hasOwn(PROFILES, profile)) {
    throw configError(where, `option "profile" must be one of ${Object.keys(PROFILES).join(", ")}`);
  }
  return profile as Profile;
}
