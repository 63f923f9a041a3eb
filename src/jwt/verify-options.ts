/** What differs from call to call of one verifier. */
import { checkDefined, checkNames, configError, flagOption, textOption } from "../options.ts";
import { type Duration, durationOption } from "../time.ts";
import type { UsedTokens } from "./single-use.ts";

export interface VerifyOptions {
  /** The subject that the token must be of. */
  readonly subject?: string;
  /** The `jti` that it must have. */
  readonly jwtId?: string;
  /** The `nonce` that it must have. OpenID Connect Core §2. */
  readonly nonce?: string;
  /** Replaces the verifier's own. */
  readonly maxAge?: Duration;
  /**
   * Refuses with REVOCATIONS_STALE (503) wherever the revocation list is older than its bound, though an outage would
   * otherwise be lived through: for what must not be done with a revoked token. CONFIG without `revocations`.
   */
  readonly requireFresh?: boolean;
  /**
   * The RFC 7638 thumbprint of the key that the request has proved to hold, checked by you (or by a guard with `dpop`):
   * the token must be bound to it, `cnf.jkt`, and to nothing else. Without this, a token with `cnf` is PROOF_REQUIRED.
   */
  readonly provenKey?: string;
}

export interface VerifyAsyncOptions extends VerifyOptions {
  /** Single use: `jti` required, remembered until `exp`, in one atomic step after everything else held. @throws ALREADY_USED */
  readonly once?: UsedTokens;
}

/** The call's options, checked; absent means not asked. */
export interface Asked {
  readonly subject: string | undefined;
  readonly jwtId: string | undefined;
  readonly nonce: string | undefined;
  /** Seconds. */
  readonly maxAge: number | undefined;
  readonly requireFresh: boolean;
  readonly provenKey: string | undefined;
  readonly once: UsedTokens | undefined;
}

const NOTHING: Asked = /* @__PURE__ */ Object.freeze({
  subject: undefined,
  jwtId: undefined,
  nonce: undefined,
  maxAge: undefined,
  requireFresh: false,
  provenKey: undefined,
  once: undefined,
});
const SYNC_NAMES = ["subject", "jwtId", "nonce", "maxAge", "requireFresh", "provenKey"] as const;
const ASYNC_NAMES = [...SYNC_NAMES, "once"] as const;

/** @throws CONFIG for an option that is unknown, undefined or of the wrong type; for `once` in a synchronous call */
export function readAsked(options: VerifyAsyncOptions | undefined, mode: "sync" | "async"): Asked {
  if (options === undefined) return NOTHING;
  const where = mode === "sync" ? "verify" : "verifyAsync";
  if (mode === "sync" && typeof options === "object" && options !== null && "once" in options) {
    throw configError(where, 'option "once" asks a store: use verifyAsync');
  }
  const names = mode === "sync" ? SYNC_NAMES : ASYNC_NAMES;
  checkNames(where, options, names);
  checkDefined(where, options, names);
  const text = (name: "subject" | "jwtId" | "nonce" | "provenKey"): string | undefined =>
    options[name] === undefined ? undefined : textOption(where, name, options[name]);
  if (options.once !== undefined && typeof options.once?.markUsed !== "function") {
    throw configError(where, 'option "once" must be a store with markUsed');
  }
  return {
    subject: text("subject"),
    jwtId: text("jwtId"),
    nonce: text("nonce"),
    maxAge: options.maxAge === undefined ? undefined : durationOption(where, "maxAge", options.maxAge),
    requireFresh: flagOption(where, "requireFresh", options.requireFresh),
    provenKey: text("provenKey"),
    once: options.once,
  };
}
