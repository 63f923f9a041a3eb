/** The payload that a signer signs: the caller's claims with the registered ones over them. RFC 7519 §4.1. */
import { encodeBase64url } from "../encoding/base64url.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";
import { configError } from "../options.ts";
import { now } from "../time.ts";
import { PROFILES } from "./profile.ts";
import { RESERVED_NAMES } from "./session-mint.ts";
import { checkSignable } from "./signable.ts";
import { readSignOptions, type SignerSettings, type SignOptions } from "./signer-options.ts";

/** The payload of one call: the caller's claims, then the registered ones. */
export function assemble(
  where: string,
  claims: unknown,
  options: SignOptions | undefined,
  settings: SignerSettings,
): object {
  checkSignable(where, claims, RESERVED_NAMES, settings.limits.maxDepth);
  const named =
    settings.profile === undefined || claims.jti !== undefined ? claims : { ...claims, jti: crypto.randomUUID() };
  const issuedAt = Math.floor(now(settings.clock));
  return complete(named, readSignOptions(where, options, settings), issuedAt);
}

/** Lays the registered claims over the others. RFC 7519 §4.1. */
export function complete(claims: object, settings: SignerSettings, issuedAt: number): object {
  const { issuer, audience, expiresIn, notBefore } = settings;
  checkProfile(claims, settings);
  // On Node 20 a spread that is added to takes 40 times as long.
  return Object.assign({}, claims, {
    iss: issuer,
    aud: audience,
    iat: issuedAt,
    nbf: notBefore === undefined ? undefined : issuedAt + notBefore,
    exp: expiresIn === undefined ? undefined : issuedAt + expiresIn,
  });
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

/** The payload segment. */
export function encodePayload(payload: object): string {
  return encodeBase64url(encodeUtf8(JSON.stringify(payload)));
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
