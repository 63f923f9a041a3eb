/** Looking at a token without trusting it. */
import { decodeBase64url } from "../encoding/base64url.ts";
import { parseJsonObject } from "../encoding/json.ts";
import { tokenError } from "../errors.ts";
import { splitCompact } from "../jws/compact.ts";
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
export function readUnverified(token: unknown, { maxBytes, maxDepth }: Limits): Unverified {
  if (typeof token !== "string") throw tokenError("MALFORMED", "the token is not text");
  if (token.length > maxBytes) throw tokenError("TOO_LARGE", `the token is longer than ${maxBytes} bytes`);
  const { header, payload } = splitCompact(token);
  return {
    unverifiedHeader: parseJsonObject(decodeBase64url(header), maxDepth, "header"),
    unverifiedClaims: parseJsonObject(decodeBase64url(payload), maxDepth, "payload"),
  };
}
