/** The name of a key: RFC 7517 §4.5, RFC 7515 §4.1.4. */
import { configError } from "../options.ts";

/** The longest `kid`, in a key and in a token's header. */
export const MAX_KID = 256;

/** @throws CONFIG unless the kid is undefined, or text that a token's header can hold */
export function checkKid(kid: unknown): void {
  if (kid !== undefined && (typeof kid !== "string" || kid === "" || kid.length > MAX_KID)) {
    throw configError("key", `option "kid" must be text of 1 to ${MAX_KID} characters`);
  }
}
