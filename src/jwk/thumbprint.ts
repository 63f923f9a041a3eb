/** The name of a public key that everybody computes alike: RFC 7638. */
import { createHash, type KeyObject } from "node:crypto";
import { canonicalJwk } from "./canonical-jwk.ts";
import { plainRsa } from "./rsa-pss.ts";

/**
 * The SHA-256 thumbprint of a public key, base64url, 43 characters. RFC 7638 §3.
 * @param publicKey of any type that has a JWK form
 */
export function thumbprint(publicKey: KeyObject): string {
  const jwk = plainRsa(publicKey).export({ format: "jwk" }) as Readonly<Record<string, unknown>>;
  return createHash("sha256").update(canonicalJwk(jwk)).digest("base64url");
}
