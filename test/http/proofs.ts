/** Clients' keys and the DPoP proofs that they make, good and spoiled. RFC 9449 §4.2. */
import { createHash } from "node:crypto";
import { exportJwk } from "../../src/jwk/jwk.ts";
import type { Key } from "../../src/jwk/key.ts";
import { materialOf } from "../../src/jwk/key.ts";
import { thumbprint } from "../../src/jwk/thumbprint.ts";
import { forge } from "../fixtures/tokens.ts";

export interface ProofChanges {
  readonly header?: object;
  readonly claims?: object;
  /** Signs in the key's place. */
  readonly signer?: Key;
}

export const jktOf = (key: Key): string => thumbprint(materialOf(key).verifying);
export const athOf = (token: string): string => createHash("sha256").update(token).digest("base64url");

/** @param seconds now */
export function proofOf(key: Key, htm: string, htu: string, seconds: number, changes: ProofChanges = {}): string {
  const { kty, crv, x, y, n, e } = exportJwk(key) as Record<string, string | undefined>;
  const claims = { jti: `proof ${counter++}`, htm, htu, iat: seconds, ...changes.claims };
  const header = { typ: "dpop+jwt", jwk: { kty, crv, x, y, n, e }, ...changes.header };
  return forge(changes.signer ?? key, claims, header);
}

let counter = 0;
