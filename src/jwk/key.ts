/** A key bound to exactly one algorithm. What it holds is reachable only through this file. RFC 7517, RFC 8725 §3.1. */

import { createPublicKey, KeyObject } from "node:crypto";
import { tokenError } from "../errors.ts";
import type { Alg } from "../jwa/algorithm.ts";
import { algorithm } from "../jwa/algorithms.ts";
import { configError, isBytes } from "../options.ts";
import { checkKid } from "./kid.ts";
import { thumbprint } from "./thumbprint.ts";

/** A local key. "~…" members exist for the type checker and sort last in completion. */
export interface Key {
  readonly alg: Alg;
  /** Absent on a symmetric key unless declared: a random id differs in every process and after every restart. */
  readonly kid: string | undefined;
  readonly canSign: boolean;
  readonly "~signs": "sync";
  readonly "~verifies": "sync";
}

export interface KeyMaterial {
  /** The private key or the secret; undefined where the key only verifies. */
  readonly signing: KeyObject | undefined;
  /** The public key or the secret. */
  readonly verifying: KeyObject;
  /** Signs where the private half is, if that is not here. */
  readonly signElsewhere: ((input: Uint8Array) => Promise<Uint8Array>) | undefined;
  /** False for a secret whose owner allows it to sign and no more. */
  readonly mayVerify: boolean;
  /** False where the kid is the thumbprint that nobody asked for: such a key is a candidate for every token. */
  readonly kidDeclared: boolean;
}

// In the global registry, so that a key of the ESM copy serves the CJS copy and every subpath bundle.
const MATERIAL: unique symbol = Symbol.for("rejwt.key") as never;

class BoundKey implements Omit<Key, "~signs"> {
  readonly alg: Alg;
  readonly kid: string | undefined;
  readonly canSign: boolean;
  declare readonly [MATERIAL]: KeyMaterial;

  constructor(alg: Alg, kid: string | undefined, material: KeyMaterial) {
    this.alg = alg;
    this.kid = kid;
    this.canSign = material.signing !== undefined || material.signElsewhere !== undefined;
    // Not enumerable: a key that is logged or spread shows its name, never its content.
    Object.defineProperty(this, MATERIAL, { value: Object.freeze(material) });
    Object.freeze(this);
  }

  get "~signs"(): "sync" | "async" {
    return this[MATERIAL].signElsewhere === undefined ? "sync" : "async";
  }

  get "~verifies"(): "sync" {
    return "sync";
  }
}

/** What the owner of a key allows it to be used for. */
export interface Purpose {
  readonly maySign: boolean;
  readonly mayVerify: boolean;
}

const ANY_PURPOSE: Purpose = { maySign: true, mayVerify: true };

/**
 * Binds a KeyObject to an algorithm that it fits.
 * @param kid as declared, or undefined for the RFC 7638 thumbprint (none for a secret)
 * @param purpose what the owner of a private key or secret allows
 * @throws KEY_INVALID, KEY_WEAK, ALG_UNSUPPORTED; CONFIG for a kid that is not text of 1–256 characters
 */
export function createKey(alg: Alg, object: KeyObject, kid: string | undefined, purpose: Purpose = ANY_PURPOSE): Key {
  algorithm(alg).check(object);
  checkKid(kid);
  const isSecret = object.type === "secret";
  const verifying = object.type === "private" ? createPublicKey(object) : object;
  const signing = object.type === "public" || !purpose.maySign ? undefined : object;
  const name = kid ?? (isSecret ? undefined : thumbprint(verifying));
  return new BoundKey(alg, name, {
    signing,
    verifying,
    signElsewhere: undefined,
    mayVerify: purpose.mayVerify,
    kidDeclared: kid !== undefined,
  }) as Key;
}

/** The twin of a public key that signs through a function. Its kid, being published with it, counts as declared. */
export function createExternalKey(publicKey: Key, signElsewhere: NonNullable<KeyMaterial["signElsewhere"]>): unknown {
  const { verifying } = materialOf(publicKey);
  return new BoundKey(publicKey.alg, publicKey.kid, {
    signing: undefined,
    verifying,
    signElsewhere,
    mayVerify: true,
    kidDeclared: true,
  });
}

/** The same key with its kid, thumbprint or not, as its only name: it is published under it, and tokens carry it. */
export function withDeclaredKid<K extends Pick<Key, "alg" | "kid">>(key: K): K {
  const material = materialOf(key as unknown as Key);
  if (material.kidDeclared || key.kid === undefined) return key;
  return new BoundKey(key.alg, key.kid, { ...material, kidDeclared: true }) as unknown as K;
}

/** True for a key that this package made, in whatever copy of it. */
export function isKey(value: unknown): value is Key {
  return typeof value === "object" && value !== null && MATERIAL in value;
}

/** What a key holds. @throws CONFIG for anything that this package did not make, saying how to make it one */
export function materialOf(key: Key): KeyMaterial {
  if (!isKey(key)) throw configError("key", notAKey(key));
  return (key as unknown as BoundKey)[MATERIAL];
}

/** The private key or secret. @throws CONFIG for a key that only verifies, or that signs elsewhere */
export function signingHalf(key: Key): KeyObject {
  const { signing, signElsewhere } = materialOf(key);
  if (signing !== undefined) return signing;
  throw configError(
    "key",
    signElsewhere === undefined
      ? "this key can only verify: to sign, import the private key"
      : "the private half of this key is elsewhere: sign with signAsync",
  );
}

/** The public key or secret. @throws CONFIG for a secret that its owner allows to sign only */
export function verifyingHalf(key: Key): KeyObject {
  const { verifying, mayVerify } = materialOf(key);
  if (mayVerify) return verifying;
  throw configError("key", 'this key may only sign: its JWK has key_ops without "verify" (RFC 7517 §4.3)');
}

function notAKey(value: unknown): string {
  if (typeof value === "string" || isBytes(value)) {
    return "text and bytes are not keys: say what they are with secretKey(…), importPem(…) or importJwk(…)";
  }
  if (value instanceof KeyObject) {
    return "a KeyObject is bound to no algorithm: export it and pass it to importPem(…) or importJwk(…, { alg })";
  }
  if (value instanceof Promise) return "this is a promise: await generateKey(…)";
  if (typeof value === "object" && value !== null && "kty" in value) return "this is a JWK: pass it to importJwk(…)";
  return `a key made by secretKey, generateKey, importPem or importJwk is needed, not ${value === null ? "null" : typeof value}`;
}

/** The error for key data that the runtime could not read. Its own message may quote the data, so it is left out. */
export function unreadableKey(what: string, hint = ""): Error {
  return tokenError("KEY_INVALID", `${what} could not be read as a key${hint}`);
}
