/** The TokenError that something throws; a test looks at its code. */
import { isTokenError, type TokenError } from "../../src/errors.ts";

/** @throws where nothing was refused, or with something else than a TokenError */
export function refusal(run: () => unknown): TokenError {
  try {
    run();
  } catch (error) {
    return expected(error);
  }
  throw new Error("nothing was refused");
}

export async function refusalOf(promise: Promise<unknown>): Promise<TokenError> {
  return promise.then(() => {
    throw new Error("nothing was refused");
  }, expected);
}

function expected(error: unknown): TokenError {
  if (isTokenError(error)) return error;
  throw error;
}
