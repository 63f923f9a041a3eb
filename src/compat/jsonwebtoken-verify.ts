/** jsonwebtoken's `verify`: shape, key, signature, claims, top to bottom. */
import type { KeyObject } from "node:crypto";
import { tokenError } from "../errors.ts";
import { algorithm } from "../jwa/algorithms.ts";
import { segmentsOf } from "../jws/compact.ts";
import { DEFAULT_LIMITS } from "../jws/limits.ts";
import { type OpenedJws, openJws } from "../jws/open.ts";
import { checkJudgedClaims } from "./jsonwebtoken-claims.ts";
import { readPayload } from "./jsonwebtoken-decode.ts";
import { asJsonWebTokenError, JsonWebTokenError } from "./jsonwebtoken-errors.ts";
import { algorithmsFor, checkFits, isAlgorithm, keyObject } from "./jsonwebtoken-key.ts";
import type {
  GetPublicKeyOrSecret,
  Jwt,
  JwtHeader,
  JwtPayload,
  PublicKey,
  Secret,
  VerifyCallback,
  VerifyOptions,
} from "./jsonwebtoken-types.ts";
import { checkVerifyOptions } from "./jsonwebtoken-verify-options.ts";

/**
 * The payload of a token whose signature and claims hold. A callback is called before this returns, unless the key comes
 * from a function.
 * @throws JsonWebTokenError, TokenExpiredError, NotBeforeError; with a callback they are its first argument
 */
export function verify(token: string, key: Secret | PublicKey, options: VerifyOptions & { complete: true }): Jwt;
export function verify(
  token: string,
  key: Secret | PublicKey,
  options?: VerifyOptions & { complete?: false },
): JwtPayload | string;
export function verify(token: string, key: Secret | PublicKey, options?: VerifyOptions): Jwt | JwtPayload | string;
export function verify(
  token: string,
  key: Secret | PublicKey | GetPublicKeyOrSecret,
  callback?: VerifyCallback<JwtPayload | string>,
): void;
export function verify(
  token: string,
  key: Secret | PublicKey | GetPublicKeyOrSecret,
  options: VerifyOptions & { complete: true },
  callback?: VerifyCallback<Jwt>,
): void;
export function verify(
  token: string,
  key: Secret | PublicKey | GetPublicKeyOrSecret,
  options?: VerifyOptions & { complete?: false },
  callback?: VerifyCallback<JwtPayload | string>,
): void;
export function verify(
  token: string,
  key: Secret | PublicKey | GetPublicKeyOrSecret,
  options?: VerifyOptions,
  callback?: VerifyCallback,
): void;
export function verify(
  token: string,
  key: Secret | PublicKey | GetPublicKeyOrSecret,
  optionsOrCallback?: VerifyOptions | VerifyCallback<never>,
  lastCallback?: VerifyCallback<never>,
): unknown {
  const isCallback = typeof optionsOrCallback === "function" && lastCallback === undefined;
  const options = (isCallback ? undefined : (optionsOrCallback as VerifyOptions | undefined)) ?? {};
  const callback = (isCallback ? optionsOrCallback : lastCallback) as VerifyCallback | undefined;
  const opened = attempt(() => open(token, options));
  if (typeof key === "function") {
    if (callback === undefined) {
      throw new JsonWebTokenError(
        "verify must be called asynchronous if secret or public key is provided as a callback",
      );
    }
    if (opened.error !== undefined) return callback(opened.error);
    return askForKey(key, opened.value, (found) => {
      answer(
        attempt(() => judge(opened.value, token, found(), options)),
        callback,
      );
    });
  }
  const judged = opened.error === undefined ? attempt(() => judge(opened.value, token, key, options)) : opened;
  if (callback !== undefined) return answer(judged, callback);
  if (judged.error !== undefined) throw judged.error;
  return judged.value;
}

type Outcome<T> = { readonly value: T; readonly error: undefined } | { readonly error: JsonWebTokenError };

function attempt<T>(run: () => T): Outcome<T> {
  try {
    return { value: run(), error: undefined };
  } catch (error) {
    return { error: asJsonWebTokenError(error) };
  }
}

function answer(outcome: Outcome<unknown>, callback: VerifyCallback): void {
  if (outcome.error === undefined) callback(null, outcome.value as JwtPayload);
  else callback(outcome.error);
}

function open(token: unknown, options: VerifyOptions): OpenedJws {
  checkVerifyOptions(options);
  if (token === undefined || token === null || token === "") throw new JsonWebTokenError("jwt must be provided");
  if (typeof token !== "string") throw new JsonWebTokenError("jwt must be a string");
  // A long token is refused without a look at its parts.
  const [header, , signature, ...more] = token.length <= DEFAULT_LIMITS.maxBytes ? segmentsOf(token) : [];
  if (header !== undefined && (signature === undefined || more.length > 0))
    throw new JsonWebTokenError("jwt malformed");
  if (header !== "" && signature === "") throw new JsonWebTokenError("jwt signature is required");
  return openJws(token, DEFAULT_LIMITS, {});
}

/** Asks the caller's function, whose answer counts once. */
function askForKey(
  getKey: GetPublicKeyOrSecret,
  opened: OpenedJws,
  next: (found: () => Secret | PublicKey) => void,
): void {
  let answered = false;
  getKey({ ...opened.header } as JwtHeader, (error, key) => {
    if (answered) return;
    answered = true;
    next(() => {
      if (error) throw new JsonWebTokenError(`error in secret or public key callback: ${error.message}`);
      return key as Secret | PublicKey;
    });
  });
}

function judge(
  opened: OpenedJws,
  token: string,
  key: Secret | PublicKey,
  options: VerifyOptions,
): Jwt | JwtPayload | string {
  checkSignature(opened, key, options);
  const payload = readPayload(opened.payload, opened.header.typ === "JWT");
  checkJudgedClaims(payload, options);
  if (options.complete !== true) return payload;
  return { header: opened.header as JwtHeader, payload, signature: segmentsOf(token)[2] ?? "" };
}

/** The key decides which algorithms there are; the token picks one of them. */
function checkSignature(opened: OpenedJws, input: Secret | PublicKey, options: VerifyOptions): void {
  if (input === undefined || input === null || input === "") {
    throw new JsonWebTokenError("secret or public key must be provided");
  }
  const { alg } = opened.header;
  const allowShort = options.allowInsecureKeySizes === true;
  const key: KeyObject = keyObject(input, "verify");
  const allowed: readonly string[] = options.algorithms ?? algorithmsFor(key, allowShort);
  if (options.algorithms === undefined && allowed.length === 0) explainUselessKey(key);
  if (!allowed.includes(alg) || !isAlgorithm(alg)) throw new JsonWebTokenError("invalid algorithm");
  checkFits(alg, key, "verify", allowShort);
  if (!algorithm(alg).verify(key, opened.signingInput, opened.signature)) {
    throw tokenError("SIGNATURE", "the signature is not that of this key");
  }
}

/** Without an allow-list, a key that fits nothing must not look like a token's fault. */
function explainUselessKey(key: KeyObject): void {
  const first = key.type === "secret" ? "HS256" : key.asymmetricKeyType === "ec" ? "ES256" : "RS256";
  checkFits(first, key, "verify", false);
}
