/** The bearer guard for everything that speaks the Fetch standard's `Request` and `Response`: RFC 6750. */
import type { TokenError } from "../errors.ts";
import type { Verified } from "../jwt/verified.ts";
import type { AsyncVerifier } from "../jwt/verifier.ts";
import { bearerCheck, type GuardOptions } from "./bearer.ts";
import type { DpopOptions } from "./dpop-options.ts";
import { fromFetch } from "./exchange.ts";
import { toResponse } from "./fetch-response.ts";
import { type ProvenKey, proofCheck } from "./proof-check.ts";

/** `response` is what to answer: the status, the challenge, and nothing of the token. */
export type GuardResult<C> =
  | { readonly ok: true; readonly auth: Verified<C> }
  | { readonly ok: false; readonly error: TokenError; readonly response: Response };

/**
 * Asks every request for an access token that the verifier accepts: `Authorization: Bearer`, or the cookie named by
 * `cookie`, never the query or the body. It never rejects for a token's or a request's fault; what the verifier throws
 * beside TokenErrors, and `CONFIG`, it throws on.
 * @throws CONFIG for what is no verifier, and for an option that is unknown, undefined or malformed
 */
export function guard<C>(
  verifier: AsyncVerifier<C>,
  options?: GuardOptions<C>,
): (request: Request) => Promise<GuardResult<C>> {
  const check = bearerCheck(verifier, options);
  return async (request) => {
    const result = await check(fromFetch(request));
    if (result.ok) return { ok: true, auth: result.value };
    return { ok: false, error: result.error, response: toResponse(result.answer) };
  };
}

/** `response` is what to answer: the status, the challenge, and a nonce where one is asked for. */
export type ProofResult =
  | { readonly ok: true; readonly binding: ProvenKey }
  | { readonly ok: false; readonly error: TokenError; readonly response: Response };

/**
 * Asks a login for a DPoP proof, so that its session can be bound to the client's key:
 * `sessions.start({ subject, binding: result.binding })`. `required` is for guards alone: a login without a proof is always refused. RFC 9449.
 * @throws CONFIG for an option that is unknown, missing, undefined or malformed
 */
export function proofGuard(options: DpopOptions): (request: Request) => Promise<ProofResult> {
  const check = proofCheck(options);
  return async (request) => {
    const result = await check(fromFetch(request));
    if (result.ok) return { ok: true, binding: result.value };
    return { ok: false, error: result.error, response: toResponse(result.answer) };
  };
}
