/** Keys as JSON: RFC 7517, RFC 7518 §6, RFC 8037 §2. */
import { createPrivateKey, createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { tokenError } from "../errors.ts";
import type { Alg } from "../jwa/algorithm.ts";
import { algorithm } from "../jwa/algorithms.ts";
import { checkDefined, checkNames, configError, flagOption } from "../options.ts";
import { boundAlg } from "./bound-alg.ts";
import { checkPurpose, readJwk } from "./jwk-members.ts";
import { createKey, type Key, materialOf, signingHalf, unreadableKey } from "./key.ts";
import { checkKid } from "./kid.ts";
import { plainRsa } from "./rsa-pss.ts";
import { refuseOtherKinds } from "./secret-key.ts";

/** RFC 7517 §4. Members that this package does not use are ignored; certificates and URLs in it are never read. */
export interface Jwk {
  readonly kty?: string | undefined;
  readonly alg?: string | undefined;
  readonly kid?: string | undefined;
  readonly use?: string | undefined;
  readonly key_ops?: readonly string[] | undefined;
  readonly [member: string]: unknown;
}

/** RFC 7517 §5. */
export interface Jwks {
  readonly keys: readonly Jwk[];
}

export interface ImportJwkOptions {
  /** Needed where the JWK has no `alg` and its curve leaves a choice. One that contradicts the JWK's is refused. */
  readonly alg?: Alg;
  /** Replaces the JWK's own. */
  readonly kid?: string;
}

/**
 * The key that a JWK spells: public, private or secret. A private one signs and verifies.
 * @throws KEY_INVALID, KEY_WEAK for a JWK that is malformed, inconsistent, too short, or for another use than signatures;
 *   CONFIG for wrong options or where `alg` is open; ALG_UNSUPPORTED
 */
export function importJwk(jwk: Jwk, options: ImportJwkOptions = {}): Key {
  checkNames("importJwk", options, ["alg", "kid"]);
  checkDefined("importJwk", options, ["alg", "kid"]);
  checkKid(options.kid);
  const members = readJwk(jwk);
  const alg = boundAlg(members, options.alg, (name) => algorithm(name).names);
  if (algorithm(alg).kty !== members.kty) {
    throw tokenError("KEY_INVALID", `${alg} needs a JWK with kty ${algorithm(alg).kty}`);
  }
  const key = createKey(alg, keyObject(members), options.kid ?? members.kid, checkPurpose(jwk, members));
  if (members.isPrivate) checkPair(alg, key, members);
  return key;
}

export interface ExportJwkOptions {
  /** Default false: the public half only. A secret has no public half, and needs true. */
  readonly private?: boolean;
}

/**
 * The JWK of a key, with `alg`, `use` and, where it has one, `kid`.
 * @throws CONFIG for a secret without `private: true`, or for `private` where there is no private half
 */
export function exportJwk(key: Key, options: ExportJwkOptions = {}): Jwk {
  checkNames("exportJwk", options, ["private"]);
  const isPrivate = flagOption("exportJwk", "private", options.private);
  const { verifying } = materialOf(key);
  if (verifying.type === "secret" && !isPrivate) {
    throw configError("exportJwk", "a secret has no public half: say { private: true } to export the secret itself");
  }
  const half = isPrivate ? signingHalf(key) : verifying;
  const named = key.kid === undefined ? {} : { kid: key.kid };
  return { ...(plainRsa(half).export({ format: "jwk" }) as Jwk), alg: key.alg, use: "sig", ...named };
}

function keyObject({ kty, isPrivate, data }: ReturnType<typeof readJwk>): KeyObject {
  if (kty === "oct") {
    const secret = Buffer.from(data.k as string, "base64url");
    refuseOtherKinds(secret);
    return createSecretKey(secret);
  }
  const input = { key: data as JsonWebKey, format: "jwk" } as const;
  try {
    return isPrivate ? createPrivateKey(input) : createPublicKey(input);
  } catch {
    throw unreadableKey("the JWK");
  }
}

/** A private half that does not belong to the public one would sign what nobody can verify. */
function checkPair(alg: Alg, key: Key, members: ReturnType<typeof readJwk>): void {
  const { signing, verifying } = materialOf(key);
  // The runtime makes an OKP key of its private member alone, and leaves a public one that is another's unseen.
  const isOwn = members.kty === "oct" || keyObject({ ...members, isPrivate: false }).equals(verifying);
  let agrees = isOwn;
  if (isOwn && signing !== undefined) {
    const { sign, verify } = algorithm(alg);
    try {
      agrees = verify(verifying, "rejwt", sign(signing, "rejwt"));
    } catch {
      agrees = false;
    }
  }
  if (!agrees) throw tokenError("KEY_INVALID", "the JWK's private and public members do not belong together");
}
