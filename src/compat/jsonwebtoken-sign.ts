/** jsonwebtoken's `sign`. */
import type { KeyObject } from "node:crypto";
import { isUint8Array } from "node:util/types";
import { encodeBase64url } from "../encoding/base64url.ts";
import { parseJsonObject } from "../encoding/json.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";
import { algorithm } from "../jwa/algorithms.ts";
import { joinCompact, signingInput } from "../jws/compact.ts";
import { parseHeader } from "../jws/header.ts";
import { DEFAULT_LIMITS } from "../jws/limits.ts";
import { now, systemClock } from "../time.ts";
import { checkFits, keyObject } from "./jsonwebtoken-key.ts";
import { checkClaims, checkSignOptions } from "./jsonwebtoken-sign-options.ts";
import { secondsOf } from "./jsonwebtoken-timespan.ts";
import type { Algorithm, PrivateKey, Secret, SignCallback, SignOptions } from "./jsonwebtoken-types.ts";

/**
 * A signed token; with a callback, signed off the event loop where the key is slow enough to gain from it.
 * @throws Error with jsonwebtoken's own words, or a TokenError that says how to mend the key
 */
export function sign(payload: string | Uint8Array | object, key: Secret | PrivateKey, options?: SignOptions): string;
export function sign(payload: string | Uint8Array | object, key: Secret | PrivateKey, callback: SignCallback): void;
export function sign(
  payload: string | Uint8Array | object,
  key: Secret | PrivateKey,
  options: SignOptions,
  callback: SignCallback,
): void;
export function sign(
  payload: string | Uint8Array | object,
  key: Secret | PrivateKey,
  optionsOrCallback?: SignOptions | SignCallback,
  lastCallback?: SignCallback,
): string | undefined {
  const isCallback = typeof optionsOrCallback === "function";
  const options = (isCallback ? undefined : optionsOrCallback) ?? {};
  const callback = isCallback ? optionsOrCallback : lastCallback;
  if (callback === undefined) {
    const { alg, object, input } = prepare(payload, key, options);
    return finish(input, algorithm(alg).sign(object, input));
  }
  const signed = async (): Promise<string> => {
    const { alg, object, input } = prepare(payload, key, options);
    return finish(input, await algorithm(alg).signAsync(object, input));
  };
  // Out of the promise, so that what the callback throws is the caller's, not an unhandled rejection.
  signed().then(
    (token) => process.nextTick(callback, null, token),
    (error: Error) => process.nextTick(callback, error),
  );
  return undefined;
}

interface Prepared {
  readonly alg: Algorithm;
  readonly object: KeyObject;
  readonly input: string;
}

function prepare(payload: unknown, key: unknown, options: SignOptions): Prepared {
  checkSignOptions(options, payload);
  const alg = options.algorithm ?? "HS256";
  if (key === undefined || key === null || key === "") throw new Error("secretOrPrivateKey must have a value");
  const object = keyObject(key, "sign");
  checkFits(alg, object, "sign", options.allowInsecureKeySizes === true);
  if (object.type === "public") throw new Error(`secretOrPrivateKey must be an asymmetric key when using ${alg}`);
  const bytes = typeof payload === "string" || isUint8Array(payload) ? rawBytes(payload) : claimBytes(payload, options);
  return { alg, object, input: signingInput(headerSegment(alg, options, payload), encodeBase64url(bytes)) };
}

function headerSegment(alg: Algorithm, options: SignOptions, payload: unknown): string {
  const isObject = typeof payload === "object" && !isUint8Array(payload);
  const header = { alg, typ: isObject ? "JWT" : undefined, kid: options.keyid, ...options.header };
  const segment = encodeBase64url(encodeUtf8(JSON.stringify(header)));
  // A header that verifiers would refuse is a mistake here and now.
  parseHeader(segment, DEFAULT_LIMITS.maxDepth);
  return segment;
}

function rawBytes(payload: string | Uint8Array): Uint8Array {
  if (typeof payload !== "string") return payload;
  if (!payload.isWellFormed()) throw new Error("the payload holds a lone surrogate, which UTF-8 cannot spell");
  return encodeUtf8(payload);
}

/** The claims as they are signed: the caller's, then those of the options. */
function claimBytes(payload: unknown, options: SignOptions): Uint8Array {
  checkClaims(payload, options);
  const claims: Record<string, unknown> = options.mutatePayload === true ? payload : { ...payload };
  const timestamp = (claims.iat as number | undefined) ?? Math.floor(now(systemClock));
  if (options.noTimestamp === true) delete claims.iat;
  else claims.iat = timestamp;
  if (options.notBefore !== undefined) claims.nbf = later("notBefore", options.notBefore, timestamp);
  if (options.expiresIn !== undefined) claims.exp = later("expiresIn", options.expiresIn, timestamp);
  for (const [name, claim] of OPTION_CLAIMS) if (options[name] !== undefined) claims[claim] = options[name];
  const bytes = encodeUtf8(JSON.stringify(claims));
  parseJsonObject(bytes, DEFAULT_LIMITS.maxDepth, "payload");
  return bytes;
}

const OPTION_CLAIMS = [
  ["audience", "aud"],
  ["issuer", "iss"],
  ["subject", "sub"],
  ["jwtid", "jti"],
] as const;

function later(name: string, span: number | string, timestamp: number): number {
  const seconds = secondsOf(span);
  if (seconds !== undefined) return Math.floor(timestamp + seconds);
  throw new Error(`"${name}" should be a number of seconds or string representing a timespan eg: "1d", "20h", 60`);
}

function finish(input: string, signature: Uint8Array): string {
  const token = joinCompact(input, encodeBase64url(signature));
  if (token.length <= DEFAULT_LIMITS.maxBytes) return token;
  throw new Error(
    `the token has ${token.length} bytes, and verifiers refuse over ${DEFAULT_LIMITS.maxBytes}: sign less`,
  );
}
