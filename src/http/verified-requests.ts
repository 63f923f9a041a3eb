/** What a guard proved about the requests that it let pass, kept beside them: no request gets a new member. */
import type { Verified } from "../jwt/verified.ts";
import { configError } from "../options.ts";

export interface VerifiedRequests<C> {
  keep(request: object, auth: Verified<C>): void;
  /** @throws CONFIG for a request that this guard has not let pass */
  of(request: object): Verified<C>;
}

/** Forgets a request when everybody else does. */
export function verifiedRequests<C>(): VerifiedRequests<C> {
  const verified = new WeakMap<object, Verified<C>>();
  return {
    keep: (request, auth) => void verified.set(request, auth),
    of: (request) => {
      const auth = verified.get(request);
      if (auth === undefined) throw configError("guard.of", "this guard has not let this request pass: put it before");
      return auth;
    },
  };
}
