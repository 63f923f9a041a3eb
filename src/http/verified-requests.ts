/** What a guard proved about the requests that it let pass, kept beside them: no request gets a new member. */
import { configError } from "../options.ts";

export interface VerifiedRequests<T> {
  keep(request: object, proved: T): void;
  /** @throws CONFIG for a request that this guard has not let pass */
  of(request: object): T;
}

/** Forgets a request when everybody else does. */
export function verifiedRequests<T>(): VerifiedRequests<T> {
  const verified = new WeakMap<object, T>();
  return {
    keep: (request, proved) => void verified.set(request, proved),
    of: (request) => {
      const proved = verified.get(request);
      if (proved === undefined)
        throw configError("guard.of", "this guard has not let this request pass: put it before");
      return proved;
    },
  };
}
