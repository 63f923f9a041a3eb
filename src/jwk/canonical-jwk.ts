/** The one spelling of a public JWK that its thumbprint hashes: RFC 7638 §3. */

/** The members that RFC 7638 §3.2, RFC 8037 §2 and the AKP draft hash, in lexicographic order. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ["crv", "kty", "x", "y"],
  RSA: ["e", "kty", "n"],
  OKP: ["crv", "kty", "x"],
  AKP: ["alg", "kty", "pub"],
};

/** The required members alone, in lexicographic order, without white space. */
export function canonicalJwk(jwk: Readonly<Record<string, unknown>>): string {
  const members = MEMBERS[String(jwk.kty)] ?? [];
  return JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]])));
}
