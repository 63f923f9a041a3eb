/** Signing a JWT: RFC 7519 §7.1. */

import { segmentOfText } from "../encoding/payload-text.ts";
import { ringInternals } from "../jwk/key-ring.ts";
import { signCompactAsync } from "../jws/sign.ts";
import { assemble, checkLength, checkProfile, complete } from "./assemble.ts";
import { type ReservedClaims, reservedInSessions, SESSION_MINT, type SessionMint } from "./session-mint.ts";
import { checkSignable, type SignClaims } from "./signable.ts";
import {
  type AnySignerOptions,
  readSignerSettings,
  type SignerOptions,
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
  const settings = readSignerSettings(options, ringInternals(options?.key)?.tokenLife);
  const source = signingSource(options.key, settings.typ);

  const sign = (payload: string): string => checkLength(source.current().sign(segmentOfText(payload)), settings);
  const signAsync = async (payload: string): Promise<string> => {
    const { key, header } = source.current();
    return checkLength(await signCompactAsync(key, header, segmentOfText(payload)), settings);
  };
  const mint = (claims: object, reserved: ReservedClaims, issuedAt: number): string => {
    checkSignable("claims", claims, reservedInSessions, settings.limits.maxDepth);
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
