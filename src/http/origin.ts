/** Whether a request that carries a cookie was meant by its user: the `Origin` of RFC 6454 §7, and Fetch Metadata. */
import { tokenError } from "../errors.ts";
import { configError } from "../options.ts";
import { fieldValue, type HttpRequest } from "./exchange.ts";

/**
 * The origins of an option, as browsers write them.
 * @throws CONFIG unless it is a non-empty list of http or https origins: scheme, host and port, nothing else
 */
export function readOrigins(where: string, origins: unknown, option = "origins"): ReadonlySet<string> {
  if (!Array.isArray(origins) || origins.length === 0) {
    throw configError(where, `option "${option}" must be a list of origins, like ["https://shop.example"]`);
  }
  return new Set(origins.map((origin: unknown) => readOrigin(where, origin, option)));
}

/**
 * Refuses a request that another site may have made its user's browser send. `Origin` decides where there is one. Where
 * there is none, only what the browser itself calls same-origin passes: browsers send `Origin` with every post, so that
 * what has neither is a program, and a program can name an origin.
 * @throws ORIGIN
 */
export function checkOrigin(request: HttpRequest, origins: ReadonlySet<string>): void {
  const origin = fieldValue(request, "origin");
  if (origin === undefined) {
    if (fieldValue(request, "sec-fetch-site") === "same-origin") return;
    throw tokenError("ORIGIN", "the request has a cookie but no Origin: a program that is not a browser must send one");
  }
  if (!origins.has(origin)) throw tokenError("ORIGIN", 'the request\'s Origin is not in the option "origins"');
}

function readOrigin(where: string, origin: unknown, option: string): string {
  const url = typeof origin === "string" && URL.canParse(origin) ? new URL(origin) : undefined;
  // The origin of a file or of a sandboxed page is "null", and anybody can make one.
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.origin === origin) return origin;
  const example = url === undefined || url.origin === "null" ? "https://shop.example" : url.origin;
  throw configError(where, `option "${option}" must name origins as browsers write them, like "${example}"`);
}
