/** Keys in DER as the members of a JWK: SPKI (RFC 5280 §4.1), PKCS#8 (RFC 5958), PKCS#1 (RFC 8017 §A.1), SEC 1 (RFC 5915), X.509. */
import type { KeyData } from "./algorithms.ts";
import { encodeBase64url } from "./base64url.ts";
import { BIT_STRING, type DerElement, derElements, derSequence, INTEGER, OCTET_STRING, OID, SEQUENCE } from "./der.ts";

const RSA = "2a864886f70d010101";
const EC = "2a8648ce3d0201";
const ED25519 = "2b6570";
const CURVES: Readonly<Record<string, string>> = {
  "2a8648ce3d030107": "P-256",
  "2b81040022": "P-384",
  "2b81040023": "P-521",
};

/** Undefined for what is none, or is of a type that WebCrypto lacks. */
export function publicKeyData(der: Uint8Array): KeyData | undefined {
  return spki(derSequence(der)) ?? rsaPublic(derSequence(der)) ?? certificate(der);
}

/** The same for a private key. One without its public half is a seed: only WebCrypto can tell the rest of it. */
export function privateKeyData(der: Uint8Array): KeyData | undefined {
  const elements = derSequence(der);
  return pkcs8(elements) ?? rsaPrivate(elements) ?? ecPrivate(elements, undefined);
}

/** True for the DER of any public key or certificate, whatever its algorithm. */
export function isPublicKeyDer(der: Uint8Array): boolean {
  const elements = derSequence(der);
  if (elements === undefined) return false;
  const [first, second, ...more] = elements;
  if (more.length === 0 && first?.tag === SEQUENCE && second?.tag === BIT_STRING) {
    return derElements(first.content)?.[0]?.tag === OID;
  }
  return rsaPublic(elements) !== undefined || subjectKey(der) !== undefined;
}

function spki(elements: readonly DerElement[] | undefined): KeyData | undefined {
  const [algorithm, key, ...more] = elements ?? [];
  if (algorithm?.tag !== SEQUENCE || key?.tag !== BIT_STRING || more.length > 0) return undefined;
  const { name, curve } = algorithmOf(algorithm);
  // A BIT STRING starts with the count of its unused bits, which keys do not have.
  if (key.content[0] !== 0) return undefined;
  const bits = key.content.subarray(1);
  if (name === RSA) return rsaPublic(derSequence(bits));
  if (name === EC) return ecPoint(curve, bits);
  return name === ED25519 ? { kty: "OKP", crv: "Ed25519", x: encodeBase64url(bits) } : undefined;
}

function rsaPublic(elements: readonly DerElement[] | undefined): KeyData | undefined {
  const [n, e, ...more] = elements ?? [];
  if (n?.tag !== INTEGER || e?.tag !== INTEGER || more.length > 0) return undefined;
  return { kty: "RSA", n: integer(n), e: integer(e) };
}

/** RFC 5280 §4.1: the certificate's dates, names and issuer are not looked at. */
function certificate(der: Uint8Array): KeyData | undefined {
  const key = subjectKey(der);
  return key === undefined ? undefined : spki(derElements(key.content));
}

function subjectKey(der: Uint8Array): DerElement | undefined {
  const [signed, algorithm, signature, ...more] = derSequence(der) ?? [];
  if (signed?.tag !== SEQUENCE || algorithm?.tag !== SEQUENCE || signature?.tag !== BIT_STRING || more.length > 0) {
    return undefined;
  }
  const fields = derElements(signed.content) ?? [];
  // Serial number, signature, issuer, validity, subject, and then the key; a version may stand before.
  const key = fields[fields[0]?.tag === 0xa0 ? 6 : 5];
  return key?.tag === SEQUENCE ? key : undefined;
}

function pkcs8(elements: readonly DerElement[] | undefined): KeyData | undefined {
  const [version, algorithm, key] = elements ?? [];
  if (version?.tag !== INTEGER || algorithm?.tag !== SEQUENCE || key?.tag !== OCTET_STRING) return undefined;
  const { name, curve } = algorithmOf(algorithm);
  if (name === RSA) return rsaPrivate(derSequence(key.content));
  if (name === EC) return ecPrivate(derSequence(key.content), curve);
  if (name !== ED25519) return undefined;
  const [seed] = derElements(key.content) ?? [];
  return seed?.tag === OCTET_STRING ? { kty: "OKP", crv: "Ed25519", d: encodeBase64url(seed.content) } : undefined;
}

const RSA_MEMBERS = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];

function rsaPrivate(elements: readonly DerElement[] | undefined): KeyData | undefined {
  const [version, ...numbers] = elements ?? [];
  if (version?.content[0] !== 0 || numbers.length !== 8 || numbers.some(({ tag }) => tag !== INTEGER)) return undefined;
  return {
    kty: "RSA",
    ...Object.fromEntries(numbers.map((number, at) => [RSA_MEMBERS[at], integer(number)])),
  };
}

function ecPrivate(elements: readonly DerElement[] | undefined, named: string | undefined): KeyData | undefined {
  const [version, secret, ...optional] = elements ?? [];
  if (version?.tag !== INTEGER || version.content[0] !== 1 || secret?.tag !== OCTET_STRING) return undefined;
  const inside = (tag: number): DerElement | undefined =>
    derElements(optional.find((element) => element.tag === tag)?.content ?? new Uint8Array())?.[0];
  const curve = named ?? CURVES[hexOf(inside(0xa0)?.content)];
  const point = inside(0xa1)?.content.subarray(1);
  if (curve === undefined || point === undefined) return undefined;
  const data = ecPoint(curve, point);
  return data && { ...data, d: encodeBase64url(secret.content) };
}

/** SEC 1 §2.3.3, not compressed. */
function ecPoint(curve: string | undefined, point: Uint8Array): KeyData | undefined {
  if (curve === undefined || point[0] !== 4 || point.length % 2 !== 1) return undefined;
  const size = (point.length - 1) / 2;
  const [x, y] = [point.subarray(1, 1 + size), point.subarray(1 + size)];
  return { kty: "EC", crv: curve, x: encodeBase64url(x), y: encodeBase64url(y) };
}

function algorithmOf({ content }: DerElement): { readonly name: string; readonly curve: string | undefined } {
  const [name, parameters] = derElements(content) ?? [];
  return { name: hexOf(name?.content), curve: CURVES[hexOf(parameters?.content)] };
}

/** DER puts a zero before a number whose first bit is set; JWK has none. */
function integer({ content }: DerElement): string {
  return encodeBase64url(content[0] === 0 ? content.subarray(1) : content);
}

function hexOf(bytes: Uint8Array | undefined): string {
  return Array.from(bytes ?? [], (byte) => byte.toString(16).padStart(2, "0")).join("");
}
