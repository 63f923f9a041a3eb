/** The protected header: RFC 7515 §4. Keys or URLs in it are never used: `jwk`, `jku`, `x5u` and `x5c` are not read. */
import { decodeBase64url } from "../encoding/base64url.ts";
import { parseJsonObject } from "../encoding/json.ts";
import { tokenError } from "../errors.ts";
import type { Alg } from "../jwa/algorithm.ts";
import { MAX_KID } from "../jwk/kid.ts";

/** The header of a token whose signature held. */
export interface Header {
  readonly alg: Alg;
  readonly kid?: string | undefined;
  readonly typ?: string | undefined;
  readonly [member: string]: unknown;
}

/** A header that is well formed; whether its `alg` is any key's is not known yet. */
export interface ParsedHeader {
  readonly alg: string;
  readonly kid?: string | undefined;
  readonly typ?: string | undefined;
  readonly crit?: unknown;
  readonly [member: string]: unknown;
}

/**
 * Reads a header segment.
 * @param segment base64url of a JSON object
 * @throws MALFORMED for bad base64url, UTF-8 or JSON, for a missing `alg`, and for `alg`, `typ`, `cty` or `kid` that are
 *   not text (`kid`: of at most 256 characters, since it only ever indexes a map)
 */
export function parseHeader(segment: string, maxDepth: number): ParsedHeader {
  const header = parseJsonObject(decodeBase64url(segment), maxDepth, "header");
  if (typeof header.alg !== "string") throw tokenError("MALFORMED", "the header has no alg that is text");
  for (const name of ["typ", "cty", "kid"]) {
    const value = header[name];
    if (value !== undefined && typeof value !== "string") {
      throw tokenError("MALFORMED", `the header's ${name} is not text`);
    }
  }
  if (((header.kid as string | undefined)?.length ?? 0) > MAX_KID) {
    throw tokenError("MALFORMED", `the header's kid is longer than ${MAX_KID} characters`);
  }
  return header as ParsedHeader;
}
