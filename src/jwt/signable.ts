/** What may be signed: claims that JSON carries unchanged and that a verifier will read as they were meant. */
import type { JsonObject } from "../encoding/json.ts";
import { configError } from "../options.ts";

/** What JSON carries unchanged. `Date`, `bigint`, `Map`, functions become `never`; `unknown` is checked at run time. */
export type JsonSafe<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends
          | bigint
          | symbol
          | Date
          | ReadonlyMap<unknown, unknown>
          | ReadonlySet<unknown>
          | ((...a: never[]) => unknown)
      ? never
      : { readonly [K in keyof T]: JsonSafe<T[K]> };

/** Set by the signer; passing them is a compile error and CONFIG. */
export interface ManagedClaims {
  readonly iss?: never;
  readonly aud?: never;
  readonly exp?: never;
  readonly nbf?: never;
  readonly iat?: never;
}

export type SignClaims<C> = C extends readonly unknown[]
  ? never
  : { readonly [K in keyof C]: JsonSafe<C[K]> } & ManagedClaims & {
        readonly sub?: string | undefined;
        readonly jti?: string | undefined;
      };

export type Claims = Readonly<Record<string, unknown>>;

/**
 * Refuses claims that the signer sets itself, that are reserved, or that would not arrive as they are.
 * @param reservedName the first further name that is set and may not be
 * @throws CONFIG naming the path, never the value
 */
export function checkSignable(
  where: string,
  claims: unknown,
  reservedName: (claims: Claims) => string | undefined,
  maxDepth: number,
): asserts claims is JsonObject {
  if (!isPlainObject(claims)) throw configError(where, "the claims must be a plain object");
  const managed = managedName(claims);
  if (managed !== undefined) {
    throw configError(where, `"${managed}" is set by the signer: use its options, or those of this call`);
  }
  const taken = reservedName(claims);
  if (taken !== undefined) throw configError(where, `"${taken}" is reserved for sessions`);
  for (const name of ["sub", "jti"]) {
    const value = claims[name];
    if (value !== undefined && typeof value !== "string") throw configError(where, `"${name}" must be text`);
  }
  checkMembers(where, claims, "", maxDepth);
}

/** One line for each: a loop over their names takes a twentieth of a signature. */
function managedName({ iss, aud, exp, nbf, iat }: Claims): string | undefined {
  if (iss !== undefined) return "iss";
  if (aud !== undefined) return "aud";
  if (exp !== undefined) return "exp";
  if (nbf !== undefined) return "nbf";
  return iat === undefined ? undefined : "iat";
}

/** @returns what is wrong with a value, or undefined; what is in it is looked at by itself */
function problemOf(value: unknown): string | undefined {
  switch (typeof value) {
    case "boolean":
    case "object":
      return undefined;
    case "string":
      return value.isWellFormed() ? undefined : "holds a lone surrogate";
    case "number":
      return Number.isFinite(value) ? undefined : `is ${value}`;
    default:
      return `is ${typeof value}`;
  }
}

function checkValue(where: string, value: unknown, path: string, depthLeft: number): void {
  const problem = problemOf(value);
  if (problem !== undefined) {
    throw configError(where, `the claim ${path} ${problem}, which JSON does not carry unchanged`);
  }
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value) && !isPlainObject(value)) {
    throw configError(where, `the claim ${path} is not a plain object: spell it as text, a number or plain members`);
  }
  checkMembers(where, value, path, depthLeft);
}

function checkMembers(where: string, value: object, path: string, depthLeft: number): void {
  if (depthLeft === 0) throw configError(where, "the claims nest too deep, or in a circle");
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) checkValue(where, value[at], `${path}[${at}]`, depthLeft - 1);
    return;
  }
  for (const name of Object.keys(value)) {
    if (name === "__proto__" || !name.isWellFormed()) throw configError(where, "a claim has a name that is refused");
    const member = (value as Readonly<Record<string, unknown>>)[name];
    // JSON leaves out a member that is undefined, which is what its author means.
    if (member !== undefined) checkValue(where, member, path === "" ? name : `${path}.${name}`, depthLeft - 1);
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain && !Array.isArray(value) && typeof (value as { toJSON?: unknown }).toJSON !== "function";
}
