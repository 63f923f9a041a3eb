/** What a verifier knows of a token once its signature held, and the answer that it makes of it. */
import type { Key } from "../jwk/key.ts";
import type { Header } from "../jws/header.ts";
import type { Signed } from "./judge.ts";
import type { Verified, VerifiedClaims } from "./verified.ts";

/** A token whose signature held; its claims are not judged yet. */
export interface Proved extends Signed {
  readonly header: Header;
  readonly key: Key;
}

/** The answer: the names of the key, never the key. */
export function verified({ header, key }: Proved, claims: object): Verified<unknown> {
  // The mark exists for the type checker alone.
  return { claims: claims as VerifiedClaims<unknown>, header, key: { alg: key.alg, kid: key.kid } };
}
