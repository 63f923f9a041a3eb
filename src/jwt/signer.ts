/** Signing a JWT: RFC 7519 §7.1. */
import { randomUUID } from "node:crypto";
import { encodeBase64url } from "../encoding/base64url.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";
import { signCompact, signCompactAsync } from "../jws/sign.ts";
import { configError } from "../options.ts";
import { now } from "../time.ts";
import { PROFILES } from "./profile.ts";
import { RESERVED_NAMES, type ReservedClaims, SESSION_MINT, type SessionMint } from "./session-mint.ts";
import { checkSignable, type SignClaims } from "./signable.ts";
import {
  type AnySignerOptions,
  readSignerSettings,
  readSignOptions,
  type SignerOptions,
  type SignerSettings,
  type SigningKey,
  type SignOptions,
} from "./signer-options.ts";
import { signingSource } from "./signing-source.ts";

export interface AsyncSigner {
  /**
   * A signed token. With an asymmetric key it is signed off the event loop.
   * @param claims what JSON carries unchanged; `iss`, `aud`, `exp`, `nbf` and `iat` come from the options
   * @throws CONFIG for claims or options that cannot be signed
   */
  signAsync<C extends object>(claims: C & SignClaims<C>, options?: SignOptions): Promise<string>;
}

export interface Signer extends AsyncSigner {
  /**
   * A signed token.
   * @param claims what JSON carries unchanged; `iss`, `aud`, `exp`, `nbf` and `iat` come from the options
   * @throws CONFIG for claims or options that cannot be signed
   */
  sign<C extends object>(claims: C & SignClaims<C>, options?: SignOptions): string;
}

/**
 * A signer of one key and one policy.
 * @throws CONFIG for an option that is unknown, missing, undefined or of the wrong type, and for a key that only verifies
 */
export function createSigner<K extends SigningKey>(
  options: SignerOptions<K>,
): [K["~signs"]] extends ["sync"] ? Signer : AsyncSigner;
export function createSigner(options: AnySignerOptions): AsyncSigner {
  const settings = readSignerSettings(options);
  const source = signingSource(options.key, settings.typ);

  const sign = (payload: object): string => {
    const { key, header } = source.current();
    return checkLength(signCompact(key, header, encodePayload(payload)), settings);
  };
  const signAsync = async (payload: object): Promise<string> => {
    const { key, header } = source.current();
    return checkLength(await signCompactAsync(key, header, encodePayload(payload)), settings);
  };
  const mint = (claims: object, reserved: ReservedClaims, issuedAt: number): object => {
    checkSignable("claims", claims, [...RESERVED_NAMES, "sub", "jti", "cnf"], settings.limits.maxDepth);
    return complete({ ...claims, ...reserved }, settings, issuedAt);
  };

  const sessionMint: SessionMint = Object.freeze({
    expiresIn: settings.expiresIn,
    synchronous: source.synchronous,
    checkReady: () => {
      source.current();
      // What a session writes without `claims()` lacks what the profile asks for, unless it asks for nothing more.
      checkProfile({ sub: "", jti: "" }, settings);
    },
    sign: (claims: object, reserved: ReservedClaims, issuedAt: number) => sign(mint(claims, reserved, issuedAt)),
    signAsync: async (claims: object, reserved: ReservedClaims, issuedAt: number) =>
      signAsync(mint(claims, reserved, issuedAt)),
  });

  const asynchronous: AsyncSigner = {
    signAsync: async (claims, callOptions) => signAsync(assemble("signAsync", claims, callOptions, settings)),
  };
  const synchronous: Signer = {
    ...asynchronous,
    sign: (claims, callOptions) => sign(assemble("sign", claims, callOptions, settings)),
  };
  const signer = source.synchronous ? synchronous : asynchronous;
  Object.defineProperty(signer, SESSION_MINT, { value: sessionMint });
  return Object.freeze(signer);
}

/** The payload of one call: the caller's claims, then the registered ones. */
function assemble(where: string, claims: unknown, options: SignOptions | undefined, settings: SignerSettings): object {
  checkSignable(where, claims, RESERVED_NAMES, settings.limits.maxDepth);
  const named = settings.profile === undefined || claims.jti !== undefined ? claims : { ...claims, jti: randomUUID() };
  const issuedAt = Math.floor(now(settings.clock));
  return complete(named, readSignOptions(where, options, settings), issuedAt);
}

/** Lays the registered claims over the others. RFC 7519 §4.1. */
function complete(claims: object, settings: SignerSettings, issuedAt: number): object {
  const { issuer, audience, expiresIn, notBefore } = settings;
  checkProfile(claims, settings);
  return {
    ...claims,
    iss: issuer,
    aud: audience,
    iat: issuedAt,
    nbf: notBefore === undefined ? undefined : issuedAt + notBefore,
    exp: expiresIn === undefined ? undefined : issuedAt + expiresIn,
  };
}

/** @throws CONFIG where the claims lack one that the profile asks for and the signer does not set */
function checkProfile(claims: object, { profile }: SignerSettings): void {
  if (profile === undefined) return;
  const set = ["iss", "aud", "iat", "exp"];
  for (const name of PROFILES[profile].required) {
    if (!set.includes(name) && (claims as Record<string, unknown>)[name] === undefined) {
      throw configError("sign", `profile "${profile}" asks for the claim "${name}" (RFC 9068 §2.2)`);
    }
  }
}

function encodePayload(payload: object): string {
  return encodeBase64url(encodeUtf8(JSON.stringify(payload)));
}

/** @throws CONFIG for a token that verifiers would refuse as TOO_LARGE */
function checkLength(token: string, { limits }: SignerSettings): string {
  if (token.length <= limits.maxBytes) return token;
  throw configError(
    "sign",
    `the token has ${token.length} bytes, and verifiers refuse over ${limits.maxBytes}: ` +
      "sign less, or raise limits.maxBytes here and there",
  );
}
