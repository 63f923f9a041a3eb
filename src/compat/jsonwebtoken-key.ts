/** What jsonwebtoken takes as a key, as a KeyObject that fits the algorithm. */
import { createPrivateKey, createPublicKey, createSecretKey, KeyObject } from "node:crypto";
import { isUint8Array } from "node:util/types";
import { isTokenError, tokenError } from "../errors.ts";
import { algorithm } from "../jwa/algorithms.ts";
import { refuseOtherKinds } from "../jwk/secret-key.ts";
import type { Algorithm } from "./jsonwebtoken-types.ts";

export const ALGORITHMS: readonly Algorithm[] = [
  ...(["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] as const),
  ...(["ES256", "ES384", "ES512"] as const),
];

/** True for an algorithm that jsonwebtoken has; `none` is not one here. */
export function isAlgorithm(name: unknown): name is Algorithm {
  return (ALGORITHMS as readonly unknown[]).includes(name);
}

export type KeyRole = "sign" | "verify";

/**
 * A key as jsonwebtoken takes it. Text and bytes are PEM where they say so, else a secret.
 * @throws KEY_INVALID
 */
export function keyObject(input: unknown, role: KeyRole): KeyObject {
  const key = input instanceof KeyObject ? input : read(input, role);
  return role === "verify" && key.type === "private" ? createPublicKey(key) : key;
}

function read(input: unknown, role: KeyRole): KeyObject {
  if (typeof input === "string" || isUint8Array(input)) {
    const bytes = Buffer.from(input as Uint8Array);
    if (!bytes.includes("-----BEGIN ")) {
      refuseOtherKinds(bytes);
      return createSecretKey(bytes);
    }
    return parse(bytes, role);
  }
  return parse(input as Parameters<typeof createPrivateKey>[0], role);
}

function parse(input: Parameters<typeof createPrivateKey>[0], role: KeyRole): KeyObject {
  try {
    return role === "sign" ? createPrivateKey(input) : createPublicKey(input as Buffer);
  } catch {
    // The runtime's message may quote the key.
    throw tokenError("KEY_INVALID", `${nameOf(role)} is not valid key material`);
  }
}

/** jsonwebtoken's name of the parameter. */
export function nameOf(role: KeyRole): string {
  return role === "sign" ? "secretOrPrivateKey" : "secretOrPublicKey";
}

/**
 * Refuses a key that the algorithm may not use.
 * @param allowShort lets an HMAC secret be shorter than the hash; nothing else is let off
 * @throws KEY_INVALID, KEY_WEAK
 */
export function checkFits(alg: Algorithm, key: KeyObject, role: KeyRole, allowShort: boolean): void {
  const isHmac = algorithm(alg).kty === "oct";
  if (isHmac !== (key.type === "secret")) {
    const kind = isHmac ? "a symmetric" : "an asymmetric";
    throw tokenError("KEY_INVALID", `${nameOf(role)} must be ${kind} key when using ${alg}`);
  }
  try {
    algorithm(alg).check(key);
  } catch (error) {
    const isShortSecret = isHmac && isTokenError(error) && error.code === "KEY_WEAK";
    if (!(isShortSecret && allowShort && key.symmetricKeySize !== 0)) throw error;
  }
}

/** The algorithms that a key is for, whatever a token says. */
export function algorithmsFor(key: KeyObject, allowShort: boolean): readonly Algorithm[] {
  return ALGORITHMS.filter((alg) => {
    try {
      checkFits(alg, key, "verify", allowShort);
      return true;
    } catch {
      return false;
    }
  });
}
