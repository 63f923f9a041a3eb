/** Keys of the type id-RSASSA-PSS (RFC 4055 §3.1), which node:crypto gives no JWK form: their numbers as a plain RSA key. */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

/** The same key as type `rsa` where it is of type `rsa-pss`; any other as it is. RFC 7518 §6.3 knows one RSA. */
export function plainRsa(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== "rsa-pss") return key;
  const isPublic = key.type === "public";
  const der = key.export(isPublic ? { format: "der", type: "spki" } : { format: "der", type: "pkcs8" });
  const outer = contentOf(der, 0);
  // RFC 5280 §4.1: algorithm, key. RFC 5958 §2: version, algorithm, key.
  const algorithm = isPublic ? outer.start : contentOf(der, outer.start).end;
  const keyBits = contentOf(der, contentOf(der, algorithm).end);
  // A BIT STRING starts with the count of its unused bits.
  const pkcs1 = der.subarray(keyBits.start + (isPublic ? 1 : 0), keyBits.end);
  const input = { key: pkcs1, format: "der", type: "pkcs1" } as const;
  return isPublic ? createPublicKey(input) : createPrivateKey(input);
}

/** Where the content of the DER element at `at` starts and ends. X.690 §8.1.3. */
function contentOf(der: Buffer, at: number): { readonly start: number; readonly end: number } {
  const first = der.readUInt8(at + 1);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const length = lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes);
  const start = at + 2 + lengthBytes;
  return { start, end: start + length };
}
