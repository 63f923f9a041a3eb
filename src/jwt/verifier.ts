/** Verifying a JWT, top to bottom: RFC 7519 §7.2, RFC 8725 §3. */
import { isTokenError, type TokenError } from "../errors.ts";
import type { KeySet } from "../jwk/key-set.ts";
import { keySources, type VerifyingKeys } from "../jwk/key-sources.ts";
import { checkRecalled, checkRecalledAsync, familiarHeaders } from "../jws/familiar.ts";
import { type OpenedJws, openJws } from "../jws/open.ts";
import { checkSignature, checkSignatureAsync } from "../jws/verify.ts";
import { claimsOf, claimsOfAsync } from "./judge.ts";
import { checkTyp } from "./media-type.ts";
import { type AnyVerifierOptions, readPolicy, type VerifierOptions } from "./policy.ts";
import { type Proved, verified } from "./proof.ts";
import type { StandardSchema } from "./standard-schema.ts";
import { type CachedToken, tokenCache } from "./token-cache.ts";
import type { ClaimsFrom, RegisteredName, Verified } from "./verified.ts";
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

  const { current } = keys;
  const familiar = current && familiarHeaders(policy.limits.maxBytes, current);
  const cache =
    policy.cache && tokenCache(policy.cache, policy.schema !== undefined || policy.schemaAsync !== undefined);

  const check = (token: unknown): Proved => {
    const recalled = familiar?.recall(token);
    if (recalled !== undefined) return checkRecalled(recalled);
    const opened = open(token);
    const set = (current as () => KeySet)();
    const candidates = set.candidates(opened.header.alg, opened.header.kid);
    const checked = checkSignature(opened, candidates, policy.crit);
    familiar?.learn(opened, candidates, set);
    return checked;
  };

  const checkAsync = async (token: unknown): Promise<Proved> => {
    const recalled = familiar?.recall(token);
    // Awaited here: a promise that is returned costs three turns of the queue, at every request.
    if (recalled !== undefined) return await checkRecalledAsync(recalled);
    const opened = open(token);
    const set = current?.();
    const candidates = await keys.candidatesAsync(opened.header.alg, opened.header.kid);
    const checked = await checkSignatureAsync(opened, candidates.keys, policy.crit).catch((error: unknown) => {
      // A key that could not be fetched might have verified what the others did not.
      throw isTokenError(error) && error.code === "SIGNATURE" ? (candidates.outage ?? error) : error;
    });
    if (set !== undefined) familiar?.learn(opened, candidates.keys, set);
    return checked;
  };

  /** A token of the cache is as good as its key: a key that is gone, or was replaced, takes its tokens along. */
  const cached = (token: unknown): CachedToken | undefined => {
    const hit = cache?.find(token);
    return hit !== undefined && hit.keys === current?.() ? hit : undefined;
  };
  const cachedAsync = async (token: unknown): Promise<CachedToken | undefined> => {
    const hit = cached(token);
    if (hit === undefined || current !== undefined) return hit;
    const accepted = await keys.candidatesAsync(hit.header.alg, hit.header.kid);
    return accepted.keys.includes(hit.key) ? hit : undefined;
  };

  const verifyAsync = async (token: unknown, callOptions?: VerifyAsyncOptions): Promise<Verified<unknown>> => {
    const asked = readAsked(callOptions, "async");
    const hit = cache && (await cachedAsync(token));
    if (hit !== undefined) return again(hit, await claimsOfAsync(hit, policy, asked));
    const set = current?.();
    const proved = await checkAsync(token);
    const claims = await claimsOfAsync(proved, policy, asked);
    return cache === undefined ? verified(proved, claims) : cache.keep(token as string, proved, claims, set);
  };

  const asynchronous: AsyncVerifier<unknown> = {
    verifyAsync,
    safeVerifyAsync: (token, callOptions) =>
      verifyAsync(token, callOptions).then((value) => ({ ok: true, value }), refusal),
  };
  if (policy.schemaAsync !== undefined || current === undefined) return withFacts(asynchronous, policy);

  const verify = (token: unknown, asked: Asked): Verified<unknown> => {
    const hit = cache && cached(token);
    if (hit !== undefined) return again(hit, claimsOf(hit, policy, asked));
    const set = cache && current();
    const proved = check(token);
    const claims = claimsOf(proved, policy, asked);
    return cache === undefined ? verified(proved, claims) : cache.keep(token as string, proved, claims, set);
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

/** The answer for a token of the cache, its claims judged anew. */
function again(hit: CachedToken, claims: object): Verified<unknown> {
  return hit.answer ?? verified(hit, claims);
}
