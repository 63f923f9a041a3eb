/** Keys and signatures by WebCrypto: RFC 7518 §3 as browsers have it. The rules for keys are those of the package. */
import { encodeBase64url } from "../../src/encoding/base64url.ts";
import { encodeUtf8 } from "../../src/encoding/utf8.ts";
import { tokenError } from "../../src/errors.ts";
import type { Alg } from "../../src/jwa/algorithm.ts";

/** A key bound to one algorithm. */
export interface WebKey {
  readonly alg: Alg;
  readonly kid: string | undefined;
  readonly key: CryptoKey;
}

interface Row {
  /** What importKey is told. */
  readonly kind: RsaHashedImportParams | EcKeyImportParams | HmacImportParams | Algorithm;
  /** What sign and verify are told. */
  readonly how: AlgorithmIdentifier | RsaPssParams | EcdsaParams;
}

const hmac = (bits: string): Row => ({ kind: { name: "HMAC", hash: `SHA-${bits}` }, how: "HMAC" });
const rsa = (bits: string): Row => ({
  kind: { name: "RSASSA-PKCS1-v1_5", hash: `SHA-${bits}` },
  how: "RSASSA-PKCS1-v1_5",
});
const pss = (bits: string): Row => ({
  kind: { name: "RSA-PSS", hash: `SHA-${bits}` },
  how: { name: "RSA-PSS", saltLength: Number(bits) / 8 },
});
const ecdsa = (namedCurve: string, bits: string): Row => ({
  kind: { name: "ECDSA", namedCurve },
  how: { name: "ECDSA", hash: `SHA-${bits}` },
});

/** What every browser has; the rest is ALG_UNSUPPORTED here. */
const ROWS: Readonly<Partial<Record<Alg, Row>>> = {
  HS256: hmac("256"),
  HS384: hmac("384"),
  HS512: hmac("512"),
  RS256: rsa("256"),
  RS384: rsa("384"),
  RS512: rsa("512"),
  PS256: pss("256"),
  PS384: pss("384"),
  PS512: pss("512"),
  ES256: ecdsa("P-256", "256"),
  ES384: ecdsa("P-384", "384"),
  ES512: ecdsa("P-521", "512"),
  Ed25519: { kind: { name: "Ed25519" }, how: "Ed25519" },
  EdDSA: { kind: { name: "Ed25519" }, how: "Ed25519" },
};

export const WEB_ALGS: readonly Alg[] = Object.keys(ROWS) as Alg[];

const LEAST_RSA_BITS = 2048;

/** @throws KEY_WEAK for a secret shorter than the hash (RFC 7518 §3.2); KEY_INVALID; ALG_UNSUPPORTED */
export async function importSecret(bytes: Uint8Array<ArrayBuffer>, alg: Alg): Promise<WebKey> {
  if (!alg.startsWith("HS")) throw tokenError("KEY_INVALID", `${alg} needs a public key: a PEM or a JWK`);
  const least = Number(alg.slice(2)) / 8;
  if (bytes.length < least) {
    throw tokenError("KEY_WEAK", `${alg} needs a secret of at least ${least} bytes, this one has ${bytes.length}`);
  }
  return imported("raw", bytes, alg, undefined);
}

/** The public key of a PEM. @throws KEY_INVALID; KEY_WEAK; ALG_UNSUPPORTED */
export async function importPublicPem(pem: string, alg: Alg): Promise<WebKey> {
  const body = /-----BEGIN PUBLIC KEY-----([\s\S]+?)-----END PUBLIC KEY-----/.exec(pem)?.[1];
  if (body === undefined) throw tokenError("KEY_INVALID", "only a PEM with BEGIN PUBLIC KEY is read here");
  const bytes = Uint8Array.from(atob(body.replace(/\s/g, "")), (character) => character.charCodeAt(0));
  return imported("spki", bytes, alg, undefined);
}

/** The public half, or the secret, of a JWK. @throws KEY_INVALID; KEY_WEAK; ALG_UNSUPPORTED */
export async function importWebJwk(jwk: JsonWebKey & { readonly kid?: unknown }, alg: Alg): Promise<WebKey> {
  if (jwk.alg !== undefined && jwk.alg !== alg && ![jwk.alg, alg].every((name) => /^Ed(DSA|25519)$/.test(name))) {
    throw tokenError("KEY_INVALID", `the JWK is for another algorithm than ${alg}`);
  }
  if (jwk.use !== undefined && jwk.use !== "sig") throw tokenError("KEY_INVALID", "the JWK is not for signatures");
  const kid = typeof jwk.kid === "string" ? jwk.kid : undefined;
  if (jwk.kty === "oct") {
    const { key } = await importSecret(secretBytes(jwk.k ?? ""), alg);
    return { alg, kid, key };
  }
  const { kty, crv, x, y, n, e } = jwk;
  const members = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined);
  return imported("jwk", Object.fromEntries(members), alg, kid);
}

/** @param signature bytes of any length; one of the wrong length is false */
export async function holds({ alg, key }: WebKey, input: string, signature: Uint8Array<ArrayBuffer>): Promise<boolean> {
  return crypto.subtle.verify(rowOf(alg).how, key, signature, encodeUtf8(input) as Uint8Array<ArrayBuffer>);
}

/** A new pair for ES256, and a signature of it. */
export async function signExample(
  payload: object,
): Promise<{ readonly token: string; readonly publicJwk: JsonWebKey }> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const segment = (value: object): string => encodeBase64url(encodeUtf8(JSON.stringify(value)));
  const input = `${segment({ alg: "ES256", typ: "JWT" })}.${segment(payload)}`;
  const bytes = encodeUtf8(input) as Uint8Array<ArrayBuffer>;
  const signature = await crypto.subtle.sign(rowOf("ES256").how, privateKey, bytes);
  const { kty, crv, x = "", y = "" } = await crypto.subtle.exportKey("jwk", publicKey);
  return {
    token: `${input}.${encodeBase64url(new Uint8Array(signature))}`,
    publicJwk: { kty: kty ?? "", crv: crv ?? "", x, y },
  };
}

function secretBytes(k: string): Uint8Array<ArrayBuffer> {
  const base64 = k.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

async function imported(
  format: "raw" | "spki" | "jwk",
  data: Uint8Array<ArrayBuffer> | JsonWebKey,
  alg: Alg,
  kid: string | undefined,
): Promise<WebKey> {
  const { kind } = rowOf(alg);
  // The two forms of the call differ by the type of the data alone.
  const key = await crypto.subtle.importKey(format as "jwk", data as JsonWebKey, kind, false, ["verify"]).catch(() => {
    throw tokenError("KEY_INVALID", `the key cannot be read as one for ${alg}`);
  });
  const bits = (key.algorithm as Partial<RsaKeyAlgorithm>).modulusLength;
  if (bits !== undefined && bits < LEAST_RSA_BITS) {
    throw tokenError("KEY_WEAK", `${alg} needs an RSA key of at least ${LEAST_RSA_BITS} bits, this one has ${bits}`);
  }
  return { alg, kid, key };
}

function rowOf(alg: Alg): Row {
  const row = ROWS[alg];
  if (row === undefined) throw tokenError("ALG_UNSUPPORTED", `browsers have no ${alg}`);
  return row;
}
