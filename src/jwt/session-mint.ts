/** How sessions reach a signer: with the reserved claims, at the store's time. Internal to the package. */
import { configError } from "../options.ts";
import type { Claims } from "./signable.ts";

/** The claims that only sessions write; `sign` and `claims()` may not. */
export interface ReservedClaims {
  readonly sub: string;
  /** The session id. */
  readonly sid: string;
  readonly jti: string;
  /** When, by the store, the session was last known to live, and the epochs frozen into it. */
  readonly rv: {
    /** Seconds since 1970, with milliseconds, on the store's clock. */
    readonly t: number;
    /** The family's epoch of its subject. */
    readonly s: number;
    /** The family's epoch of everyone. */
    readonly e: number;
    readonly shard: number;
  };
  /** RFC 9449 §6.1: the thumbprint of the DPoP key that the session is bound to. */
  readonly cnf?: { readonly jkt: string };
}

/** The first claim that `sign` must refuse, if one is set: revocation trusts what they say. */
export function reservedName({ sid, rv }: Claims): string | undefined {
  if (sid !== undefined) return "sid";
  return rv === undefined ? undefined : "rv";
}

/** The first that `claims()` must refuse, if one is set: every session's token has its own. */
export function reservedInSessions(claims: Claims): string | undefined {
  return reservedName(claims) ?? ["sub", "jti", "cnf"].find((name) => claims[name] !== undefined);
}

export interface SessionMint {
  /** Seconds that an access token lives, or undefined where the signer was made with `expiresIn: false`. */
  readonly expiresIn: number | undefined;
  /** True where signing needs no waiting, so that it may follow the commit. */
  readonly synchronous: boolean;
  /** Throws now what signing would throw later: no key due, claims that the profile asks for and nobody writes. */
  checkReady(): void;
  /** @param issuedAt seconds, the store's time: becomes `iat`, and `exp` with `expiresIn` added */
  sign(claims: object, reserved: ReservedClaims, issuedAt: number): string;
  signAsync(claims: object, reserved: ReservedClaims, issuedAt: number): Promise<string>;
}

// In the global registry, so that a signer of the ESM copy serves sessions of the CJS copy.
export const SESSION_MINT: unique symbol = Symbol.for("rejwt.session-mint") as never;

/** The mint of a signer that `createSigner` made. @throws CONFIG for anything else */
export function sessionMintOf(signer: unknown): SessionMint {
  const mint = (signer as { readonly [SESSION_MINT]?: SessionMint } | null | undefined)?.[SESSION_MINT];
  if (mint === undefined) throw configError("createSessions", 'option "signer" must come from createSigner');
  return mint;
}
