/** Verifying a JWT, top to bottom: RFC 7519 §7.2, RFC 8725 §3. */
import { isTokenError, type TokenError } from "../errors.ts";
import { keySources, type VerifyingKeys } from "../jwk/key-sources.ts";
import { type OpenedJws, openJws } from "../jws/open.ts";
import { type CheckedJws, checkSignature, checkSignatureAsync } from "../jws/verify.ts";
import { claimsOf, claimsOfAsync } from "./judge.ts";
import { checkTyp } from "./media-type.ts";
import { type AnyVerifierOptions, readPolicy, type VerifierOptions } from "./policy.ts";
import type { StandardSchema } from "./standard-schema.ts";
import type { ClaimsFrom, RegisteredName, Verified, VerifiedClaims } from "./verified.ts";
import { refusal, withFacts } from "./verifier-facts.ts";
import { type Asked, readAsked, type VerifyAsyncOptions, type VerifyOptions } from "./verify-options.ts";

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: TokenError };

export interface AsyncVerifier<C = ClaimsFrom<"exp", undefined>> {
  /**
   * What the token proves. With a local asymmetric key the signature is checked off the event loop.
   * @throws TokenError of every kind; none but a TokenError, whatever the token
   */
  verifyAsync(token: string, options?: VerifyAsyncOptions): Promise<Verified<C>>;
  /** Every refusal and every outage comes back as `error` (look at `error.status`); only Misuse is thrown. */
  safeVerifyAsync(token: string, options?: VerifyAsyncOptions): Promise<Result<Verified<C>>>;
}

export interface Verifier<C = ClaimsFrom<"exp", undefined>> extends AsyncVerifier<C> {
  /** What the token proves. @throws TokenError of every kind; none but a TokenError, whatever the token */
  verify(token: string, options?: VerifyOptions): Verified<C>;
  /** Every refusal comes back as `error` (look at `error.status`); only Misuse is thrown. */
  safeVerify(token: string, options?: VerifyOptions): Result<Verified<C>>;
}

/** `type Auth = ClaimsOf<typeof verifier>` */
export type ClaimsOf<V> = V extends AsyncVerifier<infer C> ? C : never;

/**
 * A verifier of one policy. It verifies synchronously where its keys and its schema allow, and always asynchronously.
 * @throws CONFIG for an option that is unknown, missing, undefined or of the wrong type
 */
export function createVerifier<
  K extends VerifyingKeys,
  const R extends RegisteredName = never,
  S extends StandardSchema | undefined = undefined,
  SA extends StandardSchema | undefined = undefined,
>(
  options: VerifierOptions<K, R, S, SA>,
): [K["~verifies"]] extends ["sync"]
  ? [SA] extends [undefined]
    ? Verifier<ClaimsFrom<R | "exp", S>>
    : AsyncVerifier<ClaimsFrom<R | "exp", SA>>
  : AsyncVerifier<ClaimsFrom<R | "exp", SA extends StandardSchema ? SA : S>>;
export function createVerifier(options: AnyVerifierOptions): AsyncVerifier<unknown> {
  const policy = readPolicy(options);
  const keys = keySources("createVerifier", policy.keys);

  /** Before the signature: is this a token of the right kind at all? Nothing about its claims is looked at. */
  const open = (token: unknown): OpenedJws => {
    const opened = openJws(token, policy.limits, policy.crit);
    checkTyp(opened.header.typ, policy.typ);
    return opened;
  };

  const verifyAsync = async (token: unknown, asked: Asked): Promise<Verified<unknown>> => {
    const opened = open(token);
    const candidates = await keys.candidatesAsync(opened.header.alg, opened.header.kid);
    const checked = await checkSignatureAsync(opened, candidates.keys, policy.crit).catch((error: unknown) => {
      // A key that could not be fetched might have verified what the others did not.
      throw isTokenError(error) && error.code === "SIGNATURE" ? (candidates.outage ?? error) : error;
    });
    return verified(checked, await claimsOfAsync(checked, policy, asked));
  };

  const asynchronous: AsyncVerifier<unknown> = {
    verifyAsync: async (token, callOptions) => verifyAsync(token, readAsked(callOptions, "async")),
    safeVerifyAsync: async (token, callOptions) => {
      const asked = readAsked(callOptions, "async");
      return verifyAsync(token, asked).then((value) => ({ ok: true, value }), refusal);
    },
  };
  const { candidates } = keys;
  if (policy.schemaAsync !== undefined || candidates === undefined) return withFacts(asynchronous, policy);

  const verify = (token: unknown, asked: Asked): Verified<unknown> => {
    const opened = open(token);
    const checked = checkSignature(opened, candidates(opened.header.alg, opened.header.kid), policy.crit);
    return verified(checked, claimsOf(checked, policy, asked));
  };

  const synchronous: Verifier<unknown> = {
    ...asynchronous,
    verify: (token, callOptions) => verify(token, readAsked(callOptions, "sync")),
    safeVerify: (token, callOptions) => {
      const asked = readAsked(callOptions, "sync");
      try {
        return { ok: true, value: verify(token, asked) };
      } catch (error) {
        return refusal(error);
      }
    },
  };
  return withFacts(synchronous, policy);
}

function verified({ header, key }: CheckedJws, claims: object): Verified<unknown> {
  // The mark exists for the type checker alone.
  return { claims: claims as VerifiedClaims<unknown>, header, key: { alg: key.alg, kid: key.kid } };
}
