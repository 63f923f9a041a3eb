/** Keys as PEM text, for WebCrypto: RFC 7468; SPKI, PKCS#8, PKCS#1, SEC 1, X.509 certificates; nothing encrypted. */
import { tokenError } from "../errors.ts";
import type { AsymmetricAlg } from "../jwa/algorithm.ts";
import { onlyKeyIn } from "../jwk/pem-block.ts";
import { checkDefined, checkNames, configError } from "../options.ts";
import { type KeyData, type WebAlgorithm, webAlgorithm } from "./algorithms.ts";
import { decodeBase64url, encodeBase64url } from "./base64url.ts";
import { privateKeyData, publicKeyData } from "./der-keys.ts";
import { createWebKey, type WebKey } from "./key.ts";

export interface ImportPemOptions {
  readonly alg: AsymmetricAlg;
  /** Default: the RFC 7638 thumbprint. */
  readonly kid?: string;
}

/**
 * The one key in some PEM text: a private key signs and verifies, a public key or a certificate verifies.
 * A certificate's dates, names and issuer are not looked at: it is a container of its key here.
 * @throws KEY_INVALID, KEY_WEAK; CONFIG for wrong options; ALG_UNSUPPORTED
 */
export function importPem(pem: string, options: ImportPemOptions): WebKey {
  checkNames("importPem", options, ["alg", "kid"]);
  checkDefined("importPem", options, ["alg", "kid"]);
  const { alg, kid } = options;
  const row = webAlgorithm(alg);
  if (row.kty === "oct") throw configError("importPem", `${alg} takes a secret, not a key pair: use secretKey`);
  if (typeof pem !== "string") throw configError("importPem", "the PEM must be text");
  const { label, body } = onlyKeyIn(pem);
  if (label.includes("ENCRYPTED") || body.includes("ENCRYPTED")) {
    throw tokenError("KEY_INVALID", "the PEM is encrypted: decrypt it with openssl pkcs8 -topk8 -nocrypt");
  }
  const der = base64Bytes(body);
  const isPrivate = label.includes("PRIVATE");
  const data = isPrivate ? privateKeyData(der) : publicKeyData(der);
  if (data === undefined) {
    throw tokenError("KEY_INVALID", `the PEM could not be read as a key that WebCrypto has for ${alg}`);
  }
  if (data.kty !== row.kty) throw tokenError("KEY_INVALID", `${alg} needs a key of another type, not ${data.kty}`);
  row.check(data);
  const purpose = { maySign: true, mayVerify: true };
  // A seed lacks its public half: WebCrypto tells it, and then it is judged like any other.
  const complete = data.x === undefined && data.kty === "OKP" ? () => withPublicHalf(row, der) : () => data;
  return createWebKey({ alg, kid, isPrivate, purpose, data: complete });
}

async function withPublicHalf(row: WebAlgorithm, der: Uint8Array<ArrayBuffer>): Promise<KeyData> {
  try {
    const key = await crypto.subtle.importKey("pkcs8", der, row.importing as never, true, ["sign"]);
    const { kty, crv, x, d } = (await crypto.subtle.exportKey("jwk", key)) as Record<string, string>;
    return { kty, crv, x, d } as KeyData;
  } catch {
    throw tokenError("KEY_INVALID", "the PEM could not be read as a key");
  }
}

function base64Bytes(body: string): Uint8Array<ArrayBuffer> {
  const text = body.replace(/\s/g, "").replace(/=+$/, "");
  try {
    const bytes = decodeBase64url(text.replaceAll("+", "-").replaceAll("/", "_"));
    if (!/[-_]/.test(text) && encodeBase64url(bytes).length === text.length) return bytes;
  } catch {
    // Told below, like what is no base64 at all.
  }
  throw tokenError("KEY_INVALID", "the PEM is not base64 between its lines");
}
