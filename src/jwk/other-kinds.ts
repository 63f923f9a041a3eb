/** Texts that are keys of another kind, and that nobody may take for a secret: CVE-2022-29217, CVE-2024-54150. */

const OTHER_KIND =
  /-----BEGIN [A-Z0-9 ]+-----|---- BEGIN SSH2 |^\s*(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-|sk-(?:ssh|ecdsa)-)|^\s*\{[\s\S]*"kty"\s*:/;

/** True for PEM, SSH and JWK text. @param text the bytes of the secret, one character each */
export function isOtherKindOfKey(text: string): boolean {
  return OTHER_KIND.test(text);
}

const BASE64_OF_DER = /^\s*M[\w+/=\s-]+$/;

/** True for what may be the middle of a PEM: the base64 of something that DER begins. */
export function isBase64OfDer(text: string): boolean {
  return BASE64_OF_DER.test(text);
}
