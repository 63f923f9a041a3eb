/** A JWK's members, checked one by one before the runtime sees them: RFC 7517 §4, RFC 7518 §6, RFC 8037 §2. */
import { decodeBase64url } from "../encoding/base64url.ts";
import { tokenError } from "../errors.ts";
import type { Alg, KeyType } from "../jwa/algorithm.ts";
import type { Purpose } from "./key.ts";
import { MAX_KID } from "./kid.ts";

interface Members {
  readonly public: readonly string[];
  readonly private: readonly string[];
}

const MEMBERS: Readonly<Record<KeyType, Members>> = {
  oct: { public: [], private: ["k"] },
  RSA: { public: ["n", "e"], private: ["d", "p", "q", "dp", "dq", "qi"] },
  EC: { public: ["x", "y"], private: ["d"] },
  OKP: { public: ["x"], private: ["d"] },
  AKP: { public: ["pub"], private: ["priv"] },
};

/** For each curve, the algorithm that a JWK without `alg` can only mean, and the size of its coordinates in bytes. */
const CURVES: Readonly<Record<string, { readonly kty: KeyType; readonly alg: Alg; readonly size: number }>> = {
  "P-256": { kty: "EC", alg: "ES256", size: 32 },
  "P-384": { kty: "EC", alg: "ES384", size: 48 },
  "P-521": { kty: "EC", alg: "ES512", size: 66 },
  secp256k1: { kty: "EC", alg: "ES256K", size: 32 },
  Ed25519: { kty: "OKP", alg: "Ed25519", size: 32 },
  Ed448: { kty: "OKP", alg: "Ed448", size: 57 },
};

/** 32 bytes as base64url. */
const MAX_EXPONENT = 43;

export interface JwkMembers {
  readonly kty: KeyType;
  readonly alg: string | undefined;
  readonly kid: string | undefined;
  /** What the curve leaves no choice about. */
  readonly impliedAlg: Alg | undefined;
  /** A private half or a secret is there. */
  readonly isPrivate: boolean;
  /** Only the members that make the key; nothing else reaches the runtime. */
  readonly data: Readonly<Record<string, string>>;
}

/** Reads the members that make a key. @throws KEY_INVALID for one that is missing, misspelled or of the wrong size */
export function readJwk(jwk: unknown): JwkMembers {
  if (typeof jwk !== "object" || jwk === null || Array.isArray(jwk)) throw invalid("a JWK must be an object");
  const member = (name: string): unknown =>
    Object.hasOwn(jwk, name) ? (jwk as Record<string, unknown>)[name] : undefined;
  const kty = member("kty");
  if (typeof kty !== "string" || !Object.hasOwn(MEMBERS, kty)) {
    throw invalid(`a JWK's kty must be one of ${Object.keys(MEMBERS).join(", ")}`);
  }
  const { public: publicNames, private: privateNames } = MEMBERS[kty as KeyType];
  const isPrivate = privateNames.some((name) => member(name) !== undefined);
  if (kty === "oct" && !isPrivate) throw invalid("the JWK has no k");
  if (member("oth") !== undefined) throw invalid("RSA keys of more than two primes are not supported");
  const data: Record<string, string> = { kty };
  for (const name of isPrivate ? [...publicNames, ...privateNames] : publicNames) {
    data[name] = base64urlMember(name, member(name));
  }
  if (kty === "RSA") {
    // Before anybody makes a number of it, which takes seconds for a long one. Its bounds: rsa-numbers.ts.
    if ((data.e?.length ?? 0) > MAX_EXPONENT) throw invalid("the JWK's e is longer than 32 bytes");
    for (const name of Object.keys(data)) checkInteger(name, data[name]);
  }
  const curve = kty === "EC" || kty === "OKP" ? curveMember(kty, member("crv"), data) : undefined;
  const alg = textMember("alg", member("alg"));
  // An AKP's alg is part of the key itself.
  if (kty === "AKP" && alg !== undefined) data.alg = alg;
  return {
    kty: kty as KeyType,
    alg,
    kid: kidMember(member("kid")),
    impliedAlg: curve,
    isPrivate,
    data,
  };
}

/**
 * Whether the JWK may make signatures, and check them. RFC 7517 §4.2, §4.3. The public half of a key pair is another key
 * than the private one that these members are about, so a private JWK with `key_ops: ["sign"]` can be verified with; a
 * secret has no other half.
 * @throws KEY_INVALID for a key whose `use` or `key_ops` names another purpose
 */
export function checkPurpose(jwk: object, { kty, isPrivate }: Pick<JwkMembers, "kty" | "isPrivate">): Purpose {
  const { use, key_ops: operations } = jwk as { readonly use?: unknown; readonly key_ops?: unknown };
  if (use !== undefined && use !== "sig") throw invalid('the JWK\'s use is not "sig"');
  if (operations === undefined) return { maySign: isPrivate, mayVerify: true };
  const isList = Array.isArray(operations) && operations.every((operation) => typeof operation === "string");
  if (!isList || new Set(operations).size !== operations.length) {
    throw invalid("the JWK's key_ops must be an array of text without repetitions");
  }
  const maySign = isPrivate && operations.includes("sign");
  const mayVerify = operations.includes("verify");
  if (!maySign && !mayVerify) throw invalid("the JWK's key_ops allow neither sign nor verify");
  return { maySign, mayVerify: mayVerify || kty !== "oct" };
}

/** RFC 7518 §2, Base64urlUInt: no leading zeros, so that a number has one spelling and a key one thumbprint. */
function checkInteger(name: string, text: string | undefined): void {
  if (name !== "kty" && decodeBase64url(text ?? "")[0] === 0) throw invalid(`the JWK's ${name} has leading zeros`);
}

function curveMember(kty: KeyType, crv: unknown, data: Record<string, string>): Alg {
  const curve = typeof crv === "string" && Object.hasOwn(CURVES, crv) ? CURVES[crv] : undefined;
  if (curve === undefined || curve.kty !== kty) throw invalid(`a JWK of kty ${kty} cannot have this crv`);
  for (const [name, text] of Object.entries(data)) {
    if (name !== "kty" && decodeBase64url(text).length !== curve.size) {
      throw invalid(`the JWK's ${name} must be ${curve.size} bytes on this curve`);
    }
  }
  data.crv = crv as string;
  return curve.alg;
}

function base64urlMember(name: string, value: unknown): string {
  if (typeof value !== "string" || value === "") throw invalid(`the JWK's ${name} is missing or not text`);
  try {
    decodeBase64url(value);
  } catch {
    throw invalid(`the JWK's ${name} is not base64url`);
  }
  return value;
}

function textMember(name: string, value: unknown): string | undefined {
  if (value !== undefined && typeof value !== "string") throw invalid(`the JWK's ${name} must be text`);
  return value;
}

function kidMember(value: unknown): string | undefined {
  const kid = textMember("kid", value);
  if (kid === "" || (kid?.length ?? 0) > MAX_KID) throw invalid(`the JWK's kid must have 1 to ${MAX_KID} characters`);
  return kid;
}

function invalid(message: string): Error {
  return tokenError("KEY_INVALID", message);
}
