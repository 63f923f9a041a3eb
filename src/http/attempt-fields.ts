/** The attempt of a refresh (see `Attempt`), as header fields or as parameters of a form. */
import { tokenError } from "../errors.ts";
import type { Attempt } from "../session/attempt.ts";
import { fieldValue, type HttpRequest } from "./exchange.ts";
import type { Form } from "./form.ts";

/** @throws REQUEST_INVALID for more than one of them */
export function readAttempt(request: HttpRequest, form?: Form): Attempt | undefined {
  const challenges = [fieldValue(request, "refresh-attempt-challenge"), form?.get("refresh_attempt_challenge")];
  const verifiers = [fieldValue(request, "refresh-attempt-verifier"), form?.get("refresh_attempt_verifier")];
  if ([...challenges, ...verifiers].filter((value) => value !== undefined).length > 1) {
    throw tokenError("REQUEST_INVALID", "a request has an attempt's challenge or its verifier, once, not both");
  }
  const challenge = challenges.find((value) => value !== undefined);
  const verifier = verifiers.find((value) => value !== undefined);
  if (verifier !== undefined) return { verifier };
  return challenge === undefined ? undefined : { challenge };
}
