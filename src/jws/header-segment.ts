/** The header that a signer writes: RFC 7515 §4.1. */
import { encodeBase64url } from "../encoding/base64url.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";
import type { Alg } from "../jwa/algorithm.ts";
import { configError } from "../options.ts";

export interface JwsHeader {
  readonly typ?: string;
  readonly cty?: string;
}

export interface NamedKey {
  readonly alg: Alg;
  readonly kid: string | undefined;
}

/** The header segment that a key writes: `alg`, then `typ`, `cty` and `kid` where there are any. */
export function headerSegment(key: NamedKey, { typ, cty }: JwsHeader): string {
  for (const [name, value] of Object.entries({ typ, cty })) {
    if (value !== undefined && (typeof value !== "string" || value === "")) {
      throw configError("sign", `the header's ${name} must be non-empty text`);
    }
  }
  return encodeBase64url(encodeUtf8(JSON.stringify({ alg: key.alg, typ, cty, kid: key.kid })));
}
