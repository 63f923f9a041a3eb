/** Keys of another kind, however they are spelled, that nobody may take for a secret: CVE-2022-29217, CVE-2024-54150. */
import { decodeBase64url } from "../encoding/base64url.ts";
import { isTokenError, tokenError } from "../errors.ts";

/** PEM with either of its lines, SSH as text and as bytes, JWK and JWK Set. */
const OTHER_KIND =
  /-----(?:BEGIN|END) [A-Z0-9 ]+-----|---- (?:BEGIN|END) SSH2 |^\s*(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-|sk-(?:ssh|ecdsa)-)|^\0\0\0.(?:ssh-|ecdsa-sha2-|sk-)|^\s*[[{][\s\S]*"kty"\s*:/;

/**
 * Key confusion: a public key, which everybody has, taken for a secret. An environment variable may hold it in base64 or
 * in hexadecimal, so that what the bytes spell is looked at too.
 * @param isPublicKey tells the DER of a public key or certificate
 * @throws KEY_INVALID
 */
export function refuseOtherKinds(bytes: Uint8Array, isPublicKey: (der: Uint8Array) => boolean): void {
  for (const reading of readingsOf(bytes)) {
    if (OTHER_KIND.test(latin1(reading))) {
      throw tokenError("KEY_INVALID", "this is a PEM, SSH or JWK key, not a secret: use importPem or importJwk");
    }
    if (reading[0] === DER_SEQUENCE && isPublicKey(reading)) {
      throw tokenError(
        "KEY_INVALID",
        "this is the DER form of a public key or certificate, not a secret: use importPem",
      );
    }
  }
}

const DER_SEQUENCE = 0x30;

/** The shortest of these keys, Ed25519 in DER, is 44 bytes: so many characters of base64. */
const SHORTEST = 59;

/** The bytes themselves, then what they are as base64 of either alphabet and as hexadecimal, wrapped or not. */
function readingsOf(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes.length < SHORTEST) return [bytes];
  const text = latin1(bytes).replace(/\s/g, "").replace(/=+$/, "");
  if (!/^[\w+/-]+$/.test(text)) return [bytes];
  const base64 = decoded(text.replaceAll("+", "-").replaceAll("/", "_"));
  const isHex = text.length % 2 === 0 && /^[0-9a-f]+$/i.test(text);
  const hex = isHex ? Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)) : undefined;
  return [bytes, base64, hex].filter((reading) => reading !== undefined);
}

function decoded(base64url: string): Uint8Array | undefined {
  try {
    return decodeBase64url(base64url);
  } catch (error) {
    if (isTokenError(error)) return undefined;
    throw error;
  }
}

/** One character a byte. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
