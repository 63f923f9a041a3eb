/** The first half of checking a compact JWS: what is sent is well formed. Needs no key. RFC 7515 §5.2. */
import { decodeBase64url } from "../encoding/base64url.ts";
import { tokenError } from "../errors.ts";
import { splitCompact } from "./compact.ts";
import { type CritHandlers, criticalNames } from "./crit.ts";
import { type ParsedHeader, parseHeader } from "./header.ts";
import type { Limits } from "./limits.ts";

/** A token that is well formed. Nothing in it is proved. */
export interface OpenedJws {
  readonly header: ParsedHeader;
  readonly critical: readonly string[];
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  readonly signingInput: string;
}

/**
 * Steps 1 to 7 of RFC 7515 §5.2: size, shape, base64url, header, `crit`.
 * @param token anything at all
 * @throws MALFORMED, TOO_LARGE, CRIT
 */
export function openJws(token: unknown, limits: Limits, crit: CritHandlers): OpenedJws {
  if (typeof token !== "string") throw tokenError("MALFORMED", "the token is not text");
  if (token.length > limits.maxBytes) {
    throw tokenError("TOO_LARGE", `the token is longer than ${limits.maxBytes} bytes`);
  }
  const parts = splitCompact(token);
  const payload = decodeBase64url(parts.payload);
  const signature = decodeBase64url(parts.signature);
  const header = parseHeader(parts.header, limits.maxDepth);
  const critical = criticalNames(header, crit);
  return { header, critical, payload, signature, signingInput: parts.signingInput };
}
