/** An answer as a `Response` of the Fetch standard. */
import type { Answer } from "./answers.ts";

export function toResponse({ status, headers, body }: Answer): Response {
  // A 204 must have no body, not even an empty one.
  return new Response(body === "" ? null : body, { status, headers: headers.map(([name, value]) => [name, value]) });
}
