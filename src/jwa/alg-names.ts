/** The names of the algorithms, without the algorithms: RFC 7518 §3.1, RFC 9864 §2. */
import type { Alg } from "./algorithm.ts";

// Without a prototype, so that no inherited name ("constructor") is an algorithm.
const NAMES: Readonly<Record<Alg, true>> = Object.freeze({
  __proto__: null as never,
  HS256: true,
  HS384: true,
  HS512: true,
  RS256: true,
  RS384: true,
  RS512: true,
  PS256: true,
  PS384: true,
  PS512: true,
  ES256: true,
  ES384: true,
  ES512: true,
  ES256K: true,
  Ed25519: true,
  EdDSA: true,
  Ed448: true,
  "ML-DSA-44": true,
  "ML-DSA-65": true,
  "ML-DSA-87": true,
});

/** Every name that a key of this package can be bound to. */
export const ALGS: readonly Alg[] = Object.freeze(Object.keys(NAMES) as Alg[]);

/** True for the name of an algorithm, exactly as it is spelled there. */
export function isAlg(name: unknown): name is Alg {
  return typeof name === "string" && name in NAMES;
}
