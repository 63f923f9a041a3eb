/** What there is instead of a token, in one sentence. */
import type { Inspection } from "../jwt/inspect.ts";

export function whyNotAToken({ findings }: Inspection): string {
  const codes = findings.map(({ code }) => code);
  if (codes.includes("pem")) {
    return "this is a PEM key or certificate, not a token. If it is a private key and anybody may have seen it, replace it";
  }
  if (codes.includes("empty")) return "there is nothing here, or it is longer than 1 MiB: is it the right text?";
  return "this is not a token: a signed one is three base64url texts with dots between, and begins with eyJ";
}
