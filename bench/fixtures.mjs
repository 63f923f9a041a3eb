/** What is signed and verified: keys of every algorithm, one payload, and the tokens that must be refused. */
import { createHmac, createSecretKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";

export const ALGS = ["HS256", "HS512", "RS256", "PS256", "ES256", "EdDSA"];
export const ISSUER = "https://auth.example";
export const AUDIENCE = "https://api.example";
export const LIFE = 900;

/** With `iss`, `aud`, `iat` and `exp` a payload of 229 bytes: an HS256 token of 387 characters. */
export const CLAIMS = {
  sub: "user_2Qx8ZtK1v7Y3",
  jti: "8f14e45f-ceea-467f-a8d5-0c2b1a9e7d43",
  role: "editor",
  scope: "read:documents write:documents",
};

/** @returns the registered claims as they are now */
export function registered() {
  const iat = Math.floor(Date.now() / 1000);
  return { iss: ISSUER, aud: AUDIENCE, iat, exp: iat + LIFE };
}

const GENERATE = {
  RS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync("ec", { namedCurve: "prime256v1" }),
  EdDSA: () => generateKeyPairSync("ed25519"),
};
GENERATE.PS256 = GENERATE.RS256;

/**
 * @typedef {object} Material
 * @property {string} alg
 * @property {Buffer} [secret] HMAC only
 * @property {import("node:crypto").KeyObject} privateKey the secret, for HMAC
 * @property {import("node:crypto").KeyObject} publicKey the secret, for HMAC
 * @property {string} [privatePem] not for HMAC
 * @property {string} [publicPem] not for HMAC
 */

/** New keys. @param {string} alg @returns {Material} */
export function material(alg) {
  if (alg.startsWith("HS")) {
    const secret = Buffer.from(randomBytes(Number(alg.slice(2)) / 8).toString("hex"));
    const key = createSecretKey(secret);
    return { alg, secret, privateKey: key, publicKey: key };
  }
  const { privateKey, publicKey } = GENERATE[alg]();
  return {
    alg,
    privateKey,
    publicKey,
    privatePem: privateKey.export({ format: "pem", type: "pkcs8" }),
    publicPem: publicKey.export({ format: "pem", type: "spki" }),
  };
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** How `node:crypto` signs, as its documentation says: the bare primitive. */
export function signPrimitive({ alg, privateKey }, input) {
  if (alg.startsWith("HS"))
    return createHmac(`sha${alg.slice(2)}`, privateKey)
      .update(input)
      .digest();
  const digest = alg === "EdDSA" ? null : "sha256";
  return sign(digest, Buffer.from(input), withOptions(alg, privateKey));
}

/** A key with the options that JWS asks for. RFC 7518 §3. */
export function withOptions(alg, key) {
  if (alg === "PS256") return { key, padding: 6, saltLength: 32 };
  return alg === "ES256" ? { key, dsaEncoding: "ieee-p1363" } : key;
}

/** A token that holds, with these claims laid over the usual ones. */
export function tokenOf(keys, claims = {}) {
  const input = `${encode({ alg: keys.alg, typ: "JWT" })}.${encode({ ...CLAIMS, ...registered(), ...claims })}`;
  return `${input}.${signPrimitive(keys, input).toString("base64url")}`;
}

/** Tokens that every verifier must refuse, by what is wrong with them. */
export function refusedTokens(keys) {
  const good = tokenOf(keys);
  const at = good.lastIndexOf(".") + 10;
  const now = Math.floor(Date.now() / 1000);
  return {
    "a bad signature": good.slice(0, at) + (good[at] === "A" ? "B" : "A") + good.slice(at + 1),
    "another's signature": tokenOf(material(keys.alg)),
    "an expired token": tokenOf(keys, { iat: now - 2000, exp: now - 1000 }),
    "a wrong issuer": tokenOf(keys, { iss: "https://evil.example" }),
    "a wrong audience": tokenOf(keys, { aud: "https://other.example" }),
  };
}

/** The same text, in strings that nobody has seen: V8 keeps what it has once worked out about a string. */
export function freshCopies(tokens) {
  const bytes = tokens.map((token) => Buffer.from(token, "latin1"));
  return (count) => Array.from({ length: count }, (_, at) => bytes[at % bytes.length].latin1Slice());
}
