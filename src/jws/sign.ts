/** Making signatures and compact JWS: RFC 7515 §5.1. */
import { encodeBase64url } from "../encoding/base64url.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";
import { algorithm } from "../jwa/algorithms.ts";
import { type Key, materialOf, signingHalf } from "../jwk/key.ts";
import { checkBytes, checkNames } from "../options.ts";
import { joinCompact, signingInput } from "./compact.ts";
import { headerSegment, type JwsHeader } from "./header-segment.ts";

/**
 * The signature of some bytes, in JWS form: r‖s for ECDSA, the MAC for HMAC. RFC 7518 §3.
 * @throws CONFIG for a key that only verifies, or data that is no bytes
 */
export function signBytes(key: Key, data: Uint8Array): Uint8Array {
  const half = signingHalf(key);
  checkBytes("signBytes", "data", data);
  return algorithm(key.alg).sign(half, data);
}

/**
 * A compact JWS over any bytes, no claims looked at. `alg` and `kid` come from the key. RFC 7515 §5.1.
 * @throws CONFIG for a key that only verifies, or a typ or cty that is not text
 */
export function signJws(key: Key, payload: Uint8Array, header: JwsHeader = {}): string {
  checkNames("signJws", header, ["typ", "cty"]);
  signingHalf(key);
  checkBytes("signJws", "payload", payload);
  return compactSigner(key, headerSegment(key, header))(encodeBase64url(payload));
}

/** Makes compact tokens of payload segments, all with one key and one header segment. It throws CONFIG as signJws does. */
export function compactSigner(key: Key, header: string): (payload: string) => string {
  const { signing } = materialOf(key);
  const row = algorithm(key.alg);
  return (payload) => {
    const input = signingInput(header, payload);
    return joinCompact(input, row.signText(signing ?? signingHalf(key), input));
  };
}

/** A token of such segments, signed off the event loop where the key is slow enough to gain from it, or elsewhere where it is. */
export async function signCompactAsync(key: Key, header: string, payload: string): Promise<string> {
  const input = signingInput(header, payload);
  const { signElsewhere } = materialOf(key);
  const signature =
    signElsewhere === undefined
      ? await algorithm(key.alg).signAsync(signingHalf(key), input)
      : await signElsewhere(encodeUtf8(input));
  return joinCompact(input, encodeBase64url(signature));
}
