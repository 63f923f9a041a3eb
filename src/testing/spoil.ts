/** The broken twin of a good token, for tests that it is refused: RFC 7515 §3.1. */
import { decodeBase64url, encodeBase64url } from "../encoding/base64url.ts";
import { parseJsonObject } from "../encoding/json.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";
import { configError } from "../options.ts";

const MAX_DEPTH = 64;

/**
 * A token that is still well formed, and must be refused.
 * @param token a signed JWT
 * @param how `signature`: one bit of it differs; `payload`: it says something else under the same signature;
 *   `alg-none`: it claims to need no signature, and has none (RFC 8725 §2.1)
 * @throws CONFIG for what is not a signed JWT
 */
export function spoil(token: string, how: "signature" | "payload" | "alg-none"): string {
  const segments = typeof token === "string" ? token.split(".") : [];
  const [header, payload, signature] = segments;
  if (segments.length !== 3 || !header || !payload || !signature) throw configError("spoil", "expected a signed JWT");
  switch (how) {
    case "signature":
      return `${header}.${payload}.${flipOneBit(signature)}`;
    case "payload":
      return `${header}.${withMember(payload, "spoiled", true)}.${signature}`;
    case "alg-none":
      return `${withMember(header, "alg", "none")}.${payload}.`;
    default:
      throw configError("spoil", 'expected "signature", "payload" or "alg-none"');
  }
}

function flipOneBit(segment: string): string {
  const bytes = decodeBase64url(segment);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return encodeBase64url(bytes);
}

function withMember(segment: string, name: string, value: unknown): string {
  const members = parseJsonObject(decodeBase64url(segment), MAX_DEPTH, "token");
  return encodeBase64url(encodeUtf8(JSON.stringify({ ...members, [name]: value })));
}
