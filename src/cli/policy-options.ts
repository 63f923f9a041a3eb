/** The options that signer and verifier share: whom a token is from and for, and of which kind it is. */
import { PROFILES, type Profile } from "../jwt/profile.ts";
import type { Duration } from "../time.ts";
import type { Arguments, OptionTable } from "./arguments.ts";
import { usageError } from "./exit.ts";

export const PARTY_OPTIONS: OptionTable = {
  issuer: "text",
  "no-issuer": "flag",
  audience: "texts",
  "no-audience": "flag",
};

/** `false` is said, never left out, as in the library. */
export function issuerOption(args: Arguments): string | false {
  const issuer = args.text("issuer");
  if (issuer === undefined && args.flag("no-issuer")) return false;
  if (issuer === undefined || args.flag("no-issuer")) throw usageError("say --issuer ISSUER, or --no-issuer");
  return issuer;
}

export function audienceOption(args: Arguments): readonly string[] | false {
  const audience = args.texts("audience");
  if (audience.length === 0 && args.flag("no-audience")) return false;
  if (audience.length === 0 || args.flag("no-audience")) throw usageError("say --audience AUDIENCE, or --no-audience");
  return audience;
}

/** @throws a usage error unless the text is digits, or digits and a unit */
export function durationText(name: string, text: string): Duration {
  if (/^\d+$/.test(text)) return Number(text);
  if (/^\d+(?:\.\d+)?[smhd]$/.test(text)) return text as Duration;
  throw usageError(`--${name} needs seconds, or digits and a unit: 45s, 15m, 12h, 14d`);
}

/** Only what was said: an option that is undefined is refused by signer and verifier alike. */
export function kindOptions(args: Arguments): { readonly typ?: string; readonly profile?: Profile } {
  const typ = args.text("typ");
  const profile = args.text("profile");
  if (profile !== undefined && !Object.hasOwn(PROFILES, profile)) {
    throw usageError(`--profile must be ${Object.keys(PROFILES).join(" or ")}`);
  }
  return {
    ...(typ === undefined ? {} : { typ }),
    ...(profile === undefined ? {} : { profile: profile as Profile }),
  };
}
