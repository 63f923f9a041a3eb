/** What a token says of its own life: the claim `rv` of sessions, and how long it lives. */
import { tokenError } from "../errors.ts";
import type { Payload } from "../jwt/claim-checks.ts";
import { configError } from "../options.ts";
import { REVOCATION_MARGIN_MS } from "../store/revocation.ts";
import type { VouchedFor } from "./revoked-entries.ts";

/** What `verify` answers, around the claims. */
const RESULT = ["claims", "header", "key"];

/**
 * The claims that isRevoked is asked about. The whole result would match no entry, and nothing would ever be revoked.
 * @throws CONFIG for anything but claims
 */
export function verifiedPayload(claims: unknown): Payload {
  const isObject = typeof claims === "object" && claims !== null;
  if (!isObject || RESULT.every((name) => Object.hasOwn(claims, name))) {
    throw configError("isRevoked", "pass the claims of a verified token: isRevoked(verifier.verify(token).claims)");
  }
  return claims as Payload;
}

/**
 * The claim `rv`, or undefined where the token has none.
 * @throws CLAIM_INVALID where it is not what sessions write: then nothing could be said about its revocation
 */
export function readVouchedFor({ rv }: Payload, shards: number): VouchedFor | undefined {
  if (rv === undefined) return undefined;
  const { t, s, e, shard } = (rv ?? {}) as Partial<Record<keyof VouchedFor, unknown>>;
  if (!Number.isFinite(t) || !Number.isSafeInteger(s) || !Number.isSafeInteger(e) || !Number.isSafeInteger(shard)) {
    throw tokenError("CLAIM_INVALID", "the token's rv is not what sessions write", { claim: "rv" });
  }
  if ((shard as number) < 0 || (shard as number) >= shards) {
    throw tokenError("CLAIM_INVALID", "the token's rv names a shard that the revocation feed does not have", {
      claim: "rv",
    });
  }
  return rv as VouchedFor;
}

/**
 * A token that outlives the entries of the list would come back to life when they are forgotten. One that does not say
 * since when it lives is counted from now.
 * @param time seconds on the verifier's clock
 * @param longest seconds
 * @throws CLAIM_MISSING without exp; CLAIM_INVALID where it lives longer
 */
export function checkLife({ exp, iat }: Payload, rv: VouchedFor | undefined, time: number, longest: number): void {
  if (typeof exp !== "number") throw tokenError("CLAIM_MISSING", "the token has no exp", { claim: "exp" });
  const from = Math.min(rv?.t ?? time, typeof iat === "number" ? iat : time);
  if (exp - from > longest) {
    const problem = `the token lives longer than ${longest} s, for which revocations are kept: raise maxTokenLife of the feed`;
    throw tokenError("CLAIM_INVALID", problem, { claim: "exp" });
  }
}

/**
 * By its skew a verifier takes tokens for good beyond their end, and entries are kept for so long and no longer.
 * @param clockSkew seconds
 * @throws CONFIG
 */
export function checkSkew(clockSkew: number): void {
  if (clockSkew * 1000 <= REVOCATION_MARGIN_MS) return;
  const most = REVOCATION_MARGIN_MS / 1000;
  const problem = `option "clockSkew" must be at most ${most} s with \`revocations\`: tokens would outlive their entries`;
  throw configError("createVerifier", problem);
}
