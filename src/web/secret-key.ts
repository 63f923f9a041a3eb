/** Secrets for HMAC, for WebCrypto: RFC 7518 §3.2, §6.4. */
import { tokenError } from "../errors.ts";
import { refuseOtherKinds as refuse } from "../jwk/other-kinds.ts";
import type { SecretEncoding, SecretKeyOptions } from "../jwk/secret-key.ts";
import { checkDefined, checkNames, configError, isBytes } from "../options.ts";
import { webAlgorithm } from "./algorithms.ts";
import { decodeBase64url, encodeBase64url } from "./base64url.ts";
import { isPublicKeyDer } from "./der-keys.ts";
import { createWebKey, type WebKey } from "./key.ts";
import { encodeUtf8 } from "./utf8.ts";

/**
 * A key for HS256, HS384 or HS512, which signs and verifies.
 * @param secret text or bytes, at least as long as the hash: 32, 48 or 64 bytes. `undefined` is accepted by the type and
 *   refused at run time, so that nobody writes `!` or `?? "dev"` after an environment variable
 * @throws CONFIG for undefined, KEY_WEAK for too few bytes, KEY_INVALID for a wrong encoding, and for what is a key of
 *   another kind: PEM, SSH or JWK text, or a public key in DER, also in base64 or in hexadecimal
 */
export function secretKey(secret: string | Uint8Array | undefined, options: SecretKeyOptions): WebKey {
  checkNames("secretKey", options, ["alg", "kid", "encoding"]);
  checkDefined("secretKey", options, ["alg", "kid", "encoding"]);
  const row = webAlgorithm(options.alg);
  if (row.kty !== "oct") {
    throw configError("secretKey", `${options.alg} has a key pair, not a secret: use importPem or importJwk`);
  }
  if (secret === undefined) {
    throw configError("secretKey", "the secret is undefined. Is the environment variable set?");
  }
  const bytes = typeof secret === "string" ? bytesOf(secret, options.encoding) : secret;
  if (!isBytes(bytes)) throw configError("secretKey", "the secret must be text or bytes");
  refuseOtherKinds(bytes);
  const data = { kty: "oct", k: encodeBase64url(bytes) };
  row.check(data);
  const purpose = { maySign: true, mayVerify: true };
  return createWebKey({ alg: options.alg, kid: options.kid, isPrivate: true, purpose, data: () => data });
}

function bytesOf(text: string, encoding: SecretEncoding = "utf8"): Uint8Array {
  switch (encoding) {
    case "utf8":
      if (text.isWellFormed()) return encodeUtf8(text);
      throw tokenError("KEY_INVALID", "the secret holds a lone surrogate, which UTF-8 cannot spell");
    case "hex":
      if (/^(?:[0-9a-f]{2})*$/i.test(text)) {
        return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
      }
      break;
    case "base64":
    case "base64url": {
      const bytes = base64Bytes(text, encoding);
      if (bytes !== undefined) return bytes;
      break;
    }
    default:
      throw configError("secretKey", 'option "encoding" must be "utf8", "hex", "base64" or "base64url"');
  }
  throw tokenError("KEY_INVALID", `the secret is not ${encoding}`);
}

/** Undefined for anything but the one spelling of some bytes; padding may be there. */
function base64Bytes(text: string, encoding: "base64" | "base64url"): Uint8Array | undefined {
  const unpadded = text.replace(/=+$/, "");
  if (encoding === "base64" && /[-_]/.test(unpadded)) return undefined;
  try {
    return decodeBase64url(encoding === "base64" ? unpadded.replaceAll("+", "-").replaceAll("/", "_") : unpadded);
  } catch {
    return undefined;
  }
}

/** Key confusion: see `other-kinds.ts`. @throws KEY_INVALID */
export function refuseOtherKinds(bytes: Uint8Array): void {
  refuse(bytes, isPublicKeyDer);
}
