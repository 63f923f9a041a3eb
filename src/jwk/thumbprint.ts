/** The name of a public key that everybody computes alike: RFC 7638. */
import { createHash, type KeyObject } from "node:crypto";
import { plainRsa } from "./rsa-pss.ts";

/** The members that RFC 7638 §3.2, RFC 8037 §2 and the AKP draft hash, in lexicographic order. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ["crv", "kty", "x", "y"],
  RSA: ["e", "kty", "n"],
  OKP: ["crv", "kty", "x"],
  AKP: ["alg", "kty", "pub"],
};

/**
 * The SHA-256 thumbprint of a public key, base64url, 43 characters. RFC 7638 §3.
 * @param publicKey of any type that has a JWK form
 */
export function thumbprint(publicKey: KeyObject): string {
  const jwk = plainRsa(publicKey).export({ format: "jwk" }) as Readonly<Record<string, unknown>>;
  const members = MEMBERS[String(jwk.kty)] ?? [];
  const canonical = JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]])));
  return createHash("sha256").update(canonical).digest("base64url");
}
