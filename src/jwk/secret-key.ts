/** Secrets for HMAC: RFC 7518 §3.2, §6.4. */
import { createPublicKey, createSecretKey, X509Certificate } from "node:crypto";
import { tokenError } from "../errors.ts";
import type { HmacAlg } from "../jwa/algorithm.ts";
import { isHmacAlg } from "../jwa/algorithms.ts";
import { checkDefined, checkNames, configError, isBytes } from "../options.ts";
import { createKey, type Key } from "./key.ts";
import { refuseOtherKinds as refuse } from "./other-kinds.ts";

export type SecretEncoding = "utf8" | "hex" | "base64" | "base64url";

export interface SecretKeyOptions {
  readonly alg: HmacAlg;
  /** Default: none. */
  readonly kid?: string;
  /** How text spells the bytes. Default "utf8". */
  readonly encoding?: SecretEncoding;
}

/**
 * A key for HS256, HS384 or HS512, which signs and verifies.
 * @param secret text or bytes, at least as long as the hash: 32, 48 or 64 bytes. `undefined` is accepted by the type and
 *   refused at run time, so that nobody writes `!` or `?? "dev"` after an environment variable
 * @throws CONFIG for undefined, KEY_WEAK for too few bytes, KEY_INVALID for a wrong encoding, and for what is a key of
 *   another kind: PEM, SSH or JWK text, or a public key in DER, also in base64 or in hexadecimal
 */
export function secretKey(secret: string | Uint8Array | undefined, options: SecretKeyOptions): Key {
  checkNames("secretKey", options, ["alg", "kid", "encoding"]);
  checkDefined("secretKey", options, ["alg", "kid", "encoding"]);
  if (!isHmacAlg(options.alg)) {
    throw configError("secretKey", `${options.alg} has a key pair, not a secret: use importPem or importJwk`);
  }
  if (secret === undefined) {
    throw configError(
      "secretKey",
      "the secret is undefined. Is the environment variable set? `npx rejwt keygen HS256 --stdout --format text` makes one",
    );
  }
  const bytes = typeof secret === "string" ? bytesOf(secret, options.encoding) : secret;
  if (!isBytes(bytes)) throw configError("secretKey", "the secret must be text or bytes");
  refuseOtherKinds(bytes);
  return createKey(options.alg, createSecretKey(bytes), options.kid);
}

function bytesOf(text: string, encoding: SecretEncoding = "utf8"): Uint8Array {
  if (encoding === "utf8") {
    if (!text.isWellFormed())
      throw tokenError("KEY_INVALID", "the secret holds a lone surrogate, which UTF-8 cannot spell");
    return Buffer.from(text, "utf8");
  }
  if (encoding !== "hex" && encoding !== "base64" && encoding !== "base64url") {
    throw configError("secretKey", 'option "encoding" must be "utf8", "hex", "base64" or "base64url"');
  }
  const bytes = Buffer.from(text, encoding);
  const spelled = encoding === "hex" ? text.toLowerCase() : text.replace(/=+$/, "");
  // Node's decoders stop at the first character that they do not know, and would make a shorter secret.
  if (bytes.toString(encoding).replace(/=+$/, "") !== spelled) {
    throw tokenError("KEY_INVALID", `the secret is not ${encoding}`);
  }
  return bytes;
}

/** Key confusion: see `other-kinds.ts`. @throws KEY_INVALID */
export function refuseOtherKinds(bytes: Uint8Array): void {
  refuse(bytes, isPublicKey);
}

function isPublicKey(bytes: Uint8Array): boolean {
  const der = Buffer.from(bytes);
  const readers = [
    () => createPublicKey({ key: der, format: "der", type: "spki" }),
    () => createPublicKey({ key: der, format: "der", type: "pkcs1" }),
    () => new X509Certificate(der),
  ];
  return readers.some((read) => {
    try {
      read();
      return true;
    } catch {
      return false;
    }
  });
}
