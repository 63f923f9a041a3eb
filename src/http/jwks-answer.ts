/** A key set published, before any framework: RFC 7517 §8.5, with the conditional requests of RFC 9110 §13.1.2. */
import type { KeyRing } from "../jwk/key-ring.ts";
import { checkFunction } from "../options.ts";
import { type Answer, methodAnswer } from "./answers.ts";
import { fieldValue, type HttpRequest } from "./exchange.ts";

/** @throws CONFIG for what is no key ring, and for a ring of secrets */
export function jwksAnswers(ring: KeyRing): (request: HttpRequest) => Answer {
  checkFunction("jwksHandler", "ring.jwksResponse", ring?.jwksResponse);
  // A ring of secrets is found out now, not by the first request.
  ring.jwks();
  return (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return methodAnswer("GET, HEAD");
    }
    const { status, headers, body } = ring.jwksResponse(fieldValue(request, "if-none-match"));
    return { status, headers: Object.entries(headers), body: request.method === "HEAD" ? "" : body };
  };
}
