/** The types of what a verifier proved; nothing else has them. */

import type { Alg } from "../jwa/algorithm.ts";
import type { Header } from "../jws/header.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** RFC 7519 §4.1. Times are NumericDate: seconds since 1970. */
export interface RegisteredClaims {
  readonly iss?: string | undefined;
  readonly sub?: string | undefined;
  readonly aud?: string | readonly string[] | undefined;
  readonly exp?: number | undefined;
  readonly nbf?: number | undefined;
  readonly iat?: number | undefined;
  readonly jti?: string | undefined;
}

export type RegisteredName = keyof RegisteredClaims;

/** Registered claims, those in R present. */
export type Present<R extends RegisteredName> = {
  readonly [K in R]: NonNullable<RegisteredClaims[K]>;
} & Omit<RegisteredClaims, R>;

type KnownKeys<T> = keyof { [K in keyof T as string extends K ? never : number extends K ? never : K]: 1 };

/** Registered claims that the schema does not mention are carried over; z.object() would drop `sub` and `exp`. */
export type WithSchema<R extends RegisteredName, Out> = Omit<Present<R>, KnownKeys<Out>> & Readonly<Out>;

export type ClaimsFrom<R extends RegisteredName, S> =
  S extends StandardSchema<infer _I, infer Out>
    ? WithSchema<R, Out>
    : Present<R> & { readonly [name: string]: unknown };

/**
 * The mark is a class method: structural (ESM and CJS copies agree) and dropped by object spread, so that a changed copy
 * is not "verified". It exists for the type checker alone.
 */
export declare abstract class VerifiedMark {
  protected constructor();
  "~verified"(): true;
}

export type VerifiedClaims<C = ClaimsFrom<"exp", undefined>> = C & VerifiedMark;

/** What a verifier proved: a fresh object at every call. */
export interface Verified<C = ClaimsFrom<"exp", undefined>> {
  readonly claims: VerifiedClaims<C>;
  readonly header: Header;
  /** The name of the key, not the key: this object gets logged. */
  readonly key: { readonly alg: Alg; readonly kid: string | undefined };
}
