/** Critical header extensions: RFC 7515 §4.1.11, RFC 7797 §6. */
import { tokenError } from "../errors.ts";
import { configError } from "../options.ts";
import type { Header, ParsedHeader } from "./header.ts";

/** One function for each extension that the application understands; it throws, at once, to refuse the token. */
export interface CritHandlers {
  readonly [name: string]: (value: unknown, header: Header) => void;
}

/**
 * RFC 7515 §4.1 and RFC 7518 §4: these are no extensions. `b64` (RFC 7797) would change what was signed: it has no place
 * in a JWT (RFC 7797 §7), and where it is not critical it means nothing.
 */
const NOT_EXTENSIONS: ReadonlySet<string> = new Set([
  ...["alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit"],
  ...["enc", "zip", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c", "b64"],
]);

/** Refuses handlers for names that cannot be extensions. @throws CONFIG */
export function checkCritHandlers(where: string, handlers: CritHandlers): void {
  for (const [name, handler] of Object.entries(handlers)) {
    if (NOT_EXTENSIONS.has(name)) throw configError(where, `option "crit": "${name}" cannot be a critical extension`);
    if (typeof handler !== "function") throw configError(where, `option "crit": "${name}" must be a function`);
  }
}

/**
 * The extensions that a header calls critical, every one understood.
 * @throws CRIT for a `crit` that is not an array of names, is empty, repeats a name, or names what is registered, absent
 *   from the header, or not understood
 */
export function criticalNames(header: ParsedHeader, handlers: CritHandlers): readonly string[] {
  if (!Object.hasOwn(header, "crit")) return [];
  const { crit } = header;
  if (!Array.isArray(crit) || crit.length === 0) throw tokenError("CRIT", "crit must be an array that is not empty");
  const seen = new Set<unknown>();
  for (const name of crit) {
    if (typeof name !== "string" || name === "") throw tokenError("CRIT", "crit must hold names");
    if (seen.has(name)) throw tokenError("CRIT", "crit repeats a name");
    if (NOT_EXTENSIONS.has(name)) throw tokenError("CRIT", "crit names a registered header member");
    if (!Object.hasOwn(header, name)) throw tokenError("CRIT", "crit names a member that the header does not have");
    if (!Object.hasOwn(handlers, name)) throw tokenError("CRIT", "the token needs an extension that is not understood");
    seen.add(name);
  }
  return crit as string[];
}

/** Asks the handler of every critical extension. @throws CRIT where one throws; CONFIG where one answers a promise */
export function runCritHandlers(names: readonly string[], header: Header, handlers: CritHandlers): void {
  for (const name of names) {
    const answer = ask(() => handlers[name]?.(header[name], header));
    // A refusal that comes later would come too late.
    if (answer instanceof Promise) {
      answer.catch(() => {});
      throw configError("crit", `the handler of "${name}" answered a promise: it must refuse or return at once`);
    }
  }
}

function ask(handler: () => unknown): unknown {
  try {
    return handler();
  } catch (cause) {
    throw tokenError("CRIT", "the handler of a critical extension refused the token", { cause });
  }
}
