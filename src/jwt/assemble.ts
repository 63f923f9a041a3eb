/** The payload that a signer signs: the caller's claims with the registered ones over them. RFC 7519 §4.1. */
import { configError } from "../options.ts";
import { now } from "../time.ts";
import { PROFILES } from "./profile.ts";
import { reservedName } from "./session-mint.ts";
import { checkSignable } from "./signable.ts";
import { readSignOptions, type SignerSettings, type SignOptions } from "./signer-options.ts";

/** The payload of one call, as JSON: the caller's claims, then the registered ones. */
export function assemble(
  where: string,
  claims: unknown,
  options: SignOptions | undefined,
  settings: SignerSettings,
): string {
  checkSignable(where, claims, reservedName, settings.limits.maxDepth);
  const named =
    settings.profile === undefined || claims.jti !== undefined ? claims : { ...claims, jti: crypto.randomUUID() };
  const issuedAt = Math.floor(now(settings.clock));
  return complete(named, readSignOptions(where, options, settings), issuedAt);
}

/**
 * The JSON of the claims with the registered ones written after them, which takes less time than to write one object of both.
 * RFC 7519 §4.1.
 * @param claims checked: none of them is one that the signer sets
 */
export function complete(claims: object, settings: SignerSettings, issuedAt: number): string {
  const { parties, expiresIn, notBefore } = settings;
  checkProfile(claims, settings);
  const own = JSON.stringify(claims).slice(0, -1);
  const nbf = notBefore === undefined ? "" : `,"nbf":${issuedAt + notBefore}`;
  const exp = expiresIn === undefined ? "" : `,"exp":${issuedAt + expiresIn}`;
  return `${own}${own === "{" ? "" : ","}${parties}"iat":${issuedAt}${nbf}${exp}}`;
}

/** @throws CONFIG where the claims lack one that the profile asks for and the signer does not set */
export function checkProfile(claims: object, { profile }: SignerSettings): void {
  if (profile === undefined) return;
  const set = ["iss", "aud", "iat", "exp"];
  for (const name of PROFILES[profile].required) {
    if (!set.includes(name) && (claims as Record<string, unknown>)[name] === undefined) {
      throw configError("sign", `profile "${profile}" asks for the claim "${name}" (RFC 9068 §2.2)`);
    }
  }
}

/** @throws CONFIG for a token that verifiers would refuse as TOO_LARGE */
export function checkLength(token: string, { limits }: SignerSettings): string {
  if (token.length <= limits.maxBytes) return token;
  throw configError(
    "sign",
    `the token has ${token.length} bytes, and verifiers refuse over ${limits.maxBytes}: ` +
      "sign less, or raise limits.maxBytes here and there",
  );
}
