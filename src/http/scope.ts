/** What a token allows: the `scope` of RFC 8693 §4.2 and RFC 9068 §2.2.3, or `scp` as other issuers write it. */
import { tokenError } from "../errors.ts";
import { configError } from "../options.ts";

/** RFC 6749 §3.3 `scope-token`. */
const SCOPE_TOKEN = /^[!#-[\]-~]+$/;

/** The option as a list. @throws CONFIG for none, or for what RFC 6749 §3.3 allows in no scope */
export function readScope(where: string, scope: string | readonly string[]): readonly string[] {
  const names: readonly unknown[] = typeof scope === "string" ? wordsOf(scope) : Array.isArray(scope) ? [...scope] : [];
  if (names.length === 0 || !names.every((name) => typeof name === "string" && SCOPE_TOKEN.test(name))) {
    throw configError(where, 'option "scope" must name at least one scope: text, or a list of texts without spaces');
  }
  return names as readonly string[];
}

/** @throws SCOPE unless the claims hold every name, exactly */
export function checkScope(claims: object, names: readonly string[]): void {
  if (names.length === 0) return;
  const { scope, scp } = claims as { readonly scope?: unknown; readonly scp?: unknown };
  const held = new Set<unknown>([...textScopes(scope), ...(Array.isArray(scp) ? scp : textScopes(scp))]);
  if (names.every((name) => held.has(name))) return;
  throw tokenError("SCOPE", "the token lacks a scope", { expected: names.join(" ") });
}

function textScopes(claim: unknown): readonly string[] {
  return typeof claim === "string" ? wordsOf(claim) : [];
}

function wordsOf(text: string): readonly string[] {
  return text.split(" ").filter((word) => word !== "");
}
