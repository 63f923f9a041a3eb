/** Looking at a token without trusting it. */
import { decodeBase64url } from "../encoding/base64url.ts";
import { parseJsonObject } from "../encoding/json.ts";
import { tokenError } from "../errors.ts";
import { type CompactToken, splitCompact } from "../jws/compact.ts";
import { DEFAULT_LIMITS, type Limits } from "../jws/limits.ts";

/** The names say it, and the values are `unknown`, so that it does not fit where verified claims fit. */
export interface Unverified {
  readonly unverifiedHeader: { readonly [member: string]: unknown };
  readonly unverifiedClaims: { readonly [name: string]: unknown };
}

/**
 * What a token says, whoever wrote it. **Anyone can write anything here**: use it to pick, never to decide.
 * @throws MALFORMED, TOO_LARGE for what is not a JWT of the default limits
 */
export function decode(token: string): Unverified {
  return readUnverified(token, DEFAULT_LIMITS);
}

/** The same within other limits. */
export function readUnverified(token: unknown, limits: Limits): Unverified {
  const { header, payload } = split(token, limits);
  return {
    unverifiedHeader: parseJsonObject(decodeBase64url(header), limits.maxDepth, "header"),
    unverifiedClaims: claimsIn(payload, limits),
  };
}

/** The claims alone, for who asks a verifier afterwards: it reads the header. @throws as `decode` does */
export function readUnverifiedClaims(token: unknown, limits: Limits): Unverified["unverifiedClaims"] {
  return claimsIn(split(token, limits).payload, limits);
}

function split(token: unknown, { maxBytes }: Limits): CompactToken {
  if (typeof token !== "string") throw tokenError("MALFORMED", "the token is not text");
  if (token.length > maxBytes) throw tokenError("TOO_LARGE", `the token is longer than ${maxBytes} bytes`);
  return splitCompact(token);
}

function claimsIn(payload: string, { maxDepth }: Limits): Record<string, unknown> {
  return parseJsonObject(decodeBase64url(payload), maxDepth, "payload");
}
