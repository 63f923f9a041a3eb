/** A key of WebCrypto bound to exactly one algorithm. What it holds is reachable only through this file. RFC 7517, RFC 8725 §3.1. */
import { isTokenError, tokenError } from "../errors.ts";
import type { Alg } from "../jwa/algorithm.ts";
import { canonicalJwk } from "../jwk/canonical-jwk.ts";
import type { Purpose } from "../jwk/key.ts";
import { checkKid } from "../jwk/kid.ts";
import { configError, isBytes } from "../options.ts";
import { type KeyData, type WebAlgorithm, webAlgorithm } from "./algorithms.ts";
import { decodeBase64url, encodeBase64url } from "./base64url.ts";

export type CryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** A key for this module alone. "~…" members exist for the type checker and sort last in completion. */
export interface WebKey {
  readonly alg: Alg;
  /** As declared. A key pair without one signs with its RFC 7638 thumbprint, which WebCrypto tells only later. */
  readonly kid: string | undefined;
  readonly canSign: boolean;
  readonly "~web": true;
}

/** The key as WebCrypto has it, once it was asked for. */
export interface ReadyKey {
  readonly row: WebAlgorithm;
  readonly verifying: CryptoKey;
  readonly signing: CryptoKey | undefined;
  readonly signatureSize: number;
  /** Declared, or the thumbprint; undefined for a secret without one. */
  readonly kid: string | undefined;
}

interface Material {
  readonly purpose: Purpose;
  /** @throws KEY_INVALID, ALG_UNSUPPORTED where the runtime cannot take the key */
  ready(): Promise<ReadyKey>;
}

// In the global registry, so that a key of the ESM copy serves the CJS copy.
const MATERIAL: unique symbol = Symbol.for("rejwt.web-key") as never;

/** What a key is made of: the members of a JWK, or what tells them later. */
export interface KeySource {
  readonly alg: Alg;
  readonly kid: string | undefined;
  readonly isPrivate: boolean;
  readonly purpose: Purpose;
  /** @throws KEY_INVALID */
  data(): KeyData | Promise<KeyData>;
}

/** Binds a key to its algorithm. It is imported when it is first used, since WebCrypto takes its time. @throws CONFIG */
export function createWebKey({ alg, kid, isPrivate, purpose, data }: KeySource): WebKey {
  checkKid(kid);
  const row = webAlgorithm(alg);
  let ready: Promise<ReadyKey> | undefined;
  const material: Material = {
    purpose,
    ready: () => {
      ready ??= prepare(row, kid, isPrivate && purpose.maySign, isPrivate, data);
      return ready;
    },
  };
  const key = { alg, kid, canSign: isPrivate && purpose.maySign, "~web": true as const };
  // Not enumerable: a key that is logged or spread shows its name, never its content.
  return Object.freeze(Object.defineProperty(key, MATERIAL, { value: Object.freeze(material) }));
}

/** The key as WebCrypto has it. @throws KEY_INVALID, ALG_UNSUPPORTED; CONFIG for what this module did not make */
export function readyKey(key: WebKey): Promise<ReadyKey> {
  return materialOf(key).ready();
}

/** @throws CONFIG for what is no key, and for a secret that its owner allows to sign only */
export function checkVerifies(key: WebKey): void {
  if (materialOf(key).purpose.mayVerify) return;
  throw configError("key", 'this key may only sign: its JWK has key_ops without "verify" (RFC 7517 §4.3)');
}

/** @throws CONFIG for what is no key, and for a key that only verifies */
export function checkSigns(key: WebKey): void {
  materialOf(key);
  if (!key.canSign) throw configError("key", "this key can only verify: to sign, import the private key");
}

function materialOf(key: WebKey): Material {
  const material = (key as { readonly [MATERIAL]?: Material } | null | undefined)?.[MATERIAL];
  if (material === undefined) throw configError("key", notAKey(key));
  return material;
}

function notAKey(value: unknown): string {
  if (typeof value === "string" || isBytes(value)) {
    return "text and bytes are not keys: say what they are with secretKey(…), importPem(…) or importJwk(…)";
  }
  return 'a key made by secretKey, importPem or importJwk of "rejwt/web" is needed: other keys cannot cross';
}

async function prepare(
  row: WebAlgorithm,
  kid: string | undefined,
  signs: boolean,
  isPrivate: boolean,
  source: KeySource["data"],
): Promise<ReadyKey> {
  const data = await source();
  const named = kid ?? (row.kty === "oct" ? undefined : await thumbprint(data));
  const signatureSize = row.signatureSize(data);
  if (row.kty === "oct") {
    const secret = await importRaw(row, decodeBase64url(data.k ?? ""));
    return { row, verifying: secret, signing: signs ? secret : undefined, signatureSize, kid: named };
  }
  const verifying = await importPart(row, publicPart(data), "verify");
  const own = isPrivate ? await importPart(row, data, "sign") : undefined;
  if (own !== undefined) await checkPair(row, own, verifying);
  return { row, verifying, signing: signs ? own : undefined, signatureSize, kid: named };
}

const PRIVATE = ["d", "p", "q", "dp", "dq", "qi"];

function publicPart(data: KeyData): KeyData {
  return Object.fromEntries(Object.entries(data).filter(([name]) => !PRIVATE.includes(name)));
}

async function importRaw({ importing }: WebAlgorithm, secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", secret, importing as never, false, ["sign", "verify"]);
}

async function importPart(
  { importing, names }: WebAlgorithm,
  data: KeyData,
  use: "sign" | "verify",
): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey("jwk", { ...data }, importing as never, false, [use]);
  } catch (error) {
    // The runtime's own message may quote the key, so it is left out.
    if ((error as { readonly name?: unknown } | null)?.name === "NotSupportedError") {
      throw tokenError("ALG_UNSUPPORTED", `the WebCrypto of this runtime cannot use this ${names[0]} key`);
    }
    throw tokenError("KEY_INVALID", "the key could not be read as a key");
  }
}

/** A private half that does not belong to the public one would sign what nobody can verify. */
async function checkPair({ using }: WebAlgorithm, own: CryptoKey, other: CryptoKey): Promise<void> {
  const probe = new TextEncoder().encode("rejwt");
  let agrees: boolean;
  try {
    agrees = await crypto.subtle.verify(using, other, await crypto.subtle.sign(using, own, probe), probe);
  } catch (error) {
    if (isTokenError(error)) throw error;
    agrees = false;
  }
  if (!agrees) throw tokenError("KEY_INVALID", "the key's private and public members do not belong together");
}

async function thumbprint(data: KeyData): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonicalJwk(data)));
  return encodeBase64url(new Uint8Array(digest));
}
