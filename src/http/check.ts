/** What a check of requests comes to, before any framework: something proved, or what to answer. */
import { isTokenError, type TokenError } from "../errors.ts";
import { type Answer, type RefusalContext, refusalAnswer } from "./answers.ts";
import type { HttpRequest } from "./exchange.ts";

export type CheckResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: TokenError; readonly answer: Answer };

/** Rejects with what is no TokenError, and with the programmer's mistakes. */
export type Check<T> = (request: HttpRequest) => Promise<CheckResult<T>>;

/** @param prove throws what it refuses, at once or later */
export function answering<T>(
  prove: (request: HttpRequest) => Promise<T>,
  contextOf: (request: HttpRequest) => RefusalContext,
): Check<T> {
  return async (request) => {
    try {
      return { ok: true, value: await prove(request) };
    } catch (error) {
      if (!isTokenError(error)) throw error;
      return { ok: false, error, answer: refusalAnswer(error, contextOf(request)) };
    }
  };
}
