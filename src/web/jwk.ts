/** Keys as JSON, for WebCrypto: RFC 7517, RFC 7518 §6, RFC 8037 §2. */
import { tokenError } from "../errors.ts";
import type { Alg } from "../jwa/algorithm.ts";
import { boundAlg } from "../jwk/bound-alg.ts";
import type { ImportJwkOptions, Jwk } from "../jwk/jwk.ts";
import { checkPurpose, readJwk } from "../jwk/jwk-members.ts";
import { checkKid } from "../jwk/kid.ts";
import { checkDefined, checkNames } from "../options.ts";
import { namesOf, webAlgorithm } from "./algorithms.ts";
import { decodeBase64url } from "./base64url.ts";
import { createWebKey, type WebKey } from "./key.ts";
import { refuseOtherKinds } from "./secret-key.ts";

/**
 * The key that a JWK spells: public, private or secret. A private one signs and verifies. What only WebCrypto can tell (a
 * point that is not on its curve, halves that do not belong together) is refused when the key is first used.
 * @throws KEY_INVALID, KEY_WEAK for a JWK that is malformed, inconsistent, too short, or for another use than signatures;
 *   CONFIG for wrong options or where `alg` is open; ALG_UNSUPPORTED for what WebCrypto lacks
 */
export function importJwk(jwk: Jwk, options: ImportJwkOptions = {}): WebKey {
  checkNames("importJwk", options, ["alg", "kid"]);
  checkDefined("importJwk", options, ["alg", "kid"]);
  checkKid(options.kid);
  const members = readJwk(jwk);
  const alg: Alg = boundAlg(members, options.alg, namesOf);
  const row = webAlgorithm(alg);
  if (row.kty !== members.kty) throw tokenError("KEY_INVALID", `${alg} needs a JWK with kty ${row.kty}`);
  const purpose = checkPurpose(jwk, members);
  if (members.kty === "oct") refuseOtherKinds(decodeBase64url(members.data.k ?? ""));
  row.check(members.data);
  const { data, isPrivate } = members;
  return createWebKey({ alg, kid: options.kid ?? members.kid, isPrivate, purpose, data: () => data });
}
