/** The one algorithm that a JWK is bound to: RFC 7517 §4.4, RFC 8725 §3.1. */
import { tokenError } from "../errors.ts";
import { isAlg } from "../jwa/alg-names.ts";
import type { Alg } from "../jwa/algorithm.ts";
import { configError } from "../options.ts";
import type { JwkMembers } from "./jwk-members.ts";

/**
 * What the JWK says, the caller, or else the curve. Two names of one algorithm agree.
 * @throws KEY_INVALID where they contradict each other; CONFIG where all are silent
 */
export function boundAlg(
  { alg: declared, impliedAlg }: Pick<JwkMembers, "alg" | "impliedAlg">,
  asked: Alg | undefined,
  namesOf: (alg: Alg) => readonly Alg[],
): Alg {
  if (declared !== undefined && !isAlg(declared)) {
    throw tokenError("KEY_INVALID", "the JWK's alg is not a signature algorithm of this package");
  }
  if (declared !== undefined && asked !== undefined && declared !== asked) {
    const agree = namesOf(asked).includes(declared) || namesOf(declared).includes(asked);
    // EdDSA is a name on either curve: it must not let a JWK pass whose own alg is that of the other.
    const fitsCurve = impliedAlg === declared || impliedAlg === asked;
    if (!agree || !fitsCurve) throw tokenError("KEY_INVALID", `the JWK is for ${declared}, not for ${asked}`);
  }
  const alg = asked === undefined ? (declared ?? impliedAlg) : asked;
  if (alg === undefined) throw configError("importJwk", 'the JWK has no alg: pass one, like { alg: "RS256" }');
  return alg;
}
