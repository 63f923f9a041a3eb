/** `typ`, which keeps one kind of token from passing as another: RFC 7515 §4.1.9, RFC 8725 §3.11. */
import { tokenError } from "../errors.ts";

/** A media type as it is compared: lower case, with `application/` where there is no slash. RFC 7515 §4.1.9 */
export function mediaType(typ: string): string {
  const lower = typ.toLowerCase();
  return lower.includes("/") ? lower : `application/${lower}`;
}

/**
 * @param expected a media type as `mediaType` gives it; undefined asks for `JWT` or nothing; false for anything
 * @throws TYP
 */
export function checkTyp(typ: string | undefined, expected: string | false | undefined): void {
  if (expected === false) return;
  if (expected === undefined) {
    if (typ === undefined || mediaType(typ) === "application/jwt") return;
    throw tokenError("TYP", "the token's typ is not JWT: it was made for another purpose", { expected: "JWT" });
  }
  if (typ === undefined || mediaType(typ) !== expected) {
    throw tokenError("TYP", `the token's typ is not ${expected}: it was made for another purpose`, { expected });
  }
}
