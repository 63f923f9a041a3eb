/** Cookies as a server reads and writes them: RFC 6265 §4.1.1 and §5.4, and the name prefixes of RFC 6265bis §4.1.3. */
import { tokenError } from "../errors.ts";
import { tokenKind } from "../jwt/token-kind.ts";
import { checkDefined, checkNames, configError, textOption } from "../options.ts";
import { fieldValue, type HttpRequest } from "./exchange.ts";
import { readOrigins } from "./origin.ts";

/** Where browsers keep the refresh token. It is always `HttpOnly` and `Secure`, and never has a `Domain`. */
export interface CookieOptions {
  /**
   * Default `__Host-refresh`, which no other host and no other path can set or shadow; with a `path` the default is
   * `__Secure-refresh`. Chromium takes both from `http://localhost` too. For browsers that do not: develop with HTTPS, or
   * name it `refresh` there, which gives up the guarantee of the prefix but not `Secure`.
   */
  readonly name?: string;
  /** Must cover the routes of refresh and of logout. Default "/". Give the cookie another name when you change it. */
  readonly path?: string;
  /** Default "strict". "lax" changes little: both keep the cookie out of other sites' posts. */
  readonly sameSite?: "strict" | "lax";
  /**
   * Origins whose pages may post to refresh and logout: `["https://shop.example"]`. A program that is not a browser sends
   * one of them as `Origin` itself.
   */
  readonly origins: readonly string[];
}

/** The refresh cookie of one set of routes. */
export interface RefreshCookie {
  readonly origins: ReadonlySet<string>;
  /**
   * The distinct refresh tokens of a request: none, one, or more where another path or domain has a cookie of this name.
   * @throws REQUEST_INVALID for more than a browser would ever send
   */
  read(request: HttpRequest): readonly string[];
  /** A Set-Cookie value. @param seconds until the browser forgets it */
  set(token: string, seconds: number): string;
  /** The Set-Cookie value that removes it. */
  readonly cleared: string;
}

/** RFC 9110 §5.6.2 `token`: what a cookie's name may be. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 6265 §4.1.1 `cookie-octet`. */
const VALUE = /^[!#-+\--:<-[\]-~]*$/;
/** RFC 6265 §4.1.1 `path-value`, absolute: a browser takes its own default for any other. */
const PATH = /^\/[ -:<-~]*$/;

const SAME_SITE = { strict: "Strict", lax: "Lax" } as const;
const OPTIONAL = ["name", "path", "sameSite"] as const;
const MOST_TOKENS = 4;

/** @throws CONFIG for an option that is unknown, undefined or malformed, or that browsers would refuse the cookie for */
export function refreshCookie(where: string, options: CookieOptions): RefreshCookie {
  checkNames(where, options, [...OPTIONAL, "origins"]);
  checkDefined(where, options, OPTIONAL);
  const path = textOption(where, "path", options.path ?? "/");
  if (!PATH.test(path)) throw configError(where, 'option "path" must begin with "/", and be printable, without ";"');
  const name = readCookieName(where, "name", options.name ?? (path === "/" ? "__Host-refresh" : "__Secure-refresh"));
  // Browsers drop such a cookie without a word, whatever the case of the prefix.
  if (/^__host-/i.test(name) && path !== "/") {
    throw configError(where, `a cookie named "${name}" takes path "/" only. For another path name it "__Secure-…"`);
  }
  const { sameSite = "strict" } = options;
  if (sameSite !== "strict" && sameSite !== "lax") {
    throw configError(where, 'option "sameSite" must be "strict" or "lax": with "none" any site could post the cookie');
  }

  const attributes = `Path=${path}; HttpOnly; Secure; SameSite=${SAME_SITE[sameSite]}`;
  return Object.freeze<RefreshCookie>({
    origins: readOrigins(where, options.origins),
    read: (request) => refreshTokens(cookieValues(request, name)),
    set: (token, seconds) => {
      // What cannot stand in a cookie could end it, and begin an attribute.
      if (token === "" || !VALUE.test(token)) throw configError(where, "this refresh token cannot stand in a cookie");
      return `${name}=${token}; Max-Age=${Math.max(0, Math.floor(seconds))}; ${attributes}`;
    },
    cleared: `${name}=; Max-Age=0; ${attributes}`,
  });
}

/** The value of an option that names a cookie. @throws CONFIG */
export function readCookieName(where: string, option: string, value: unknown): string {
  const name = textOption(where, option, value);
  if (!NAME.test(name))
    throw configError(where, `option "${option}" must be a cookie name: no space, "=", ";" or quote`);
  return name;
}

/**
 * The distinct values of the cookies of a name, in the order in which they came; an empty one is none. Nothing is decoded:
 * tokens need no quotes and no percent signs.
 */
export function cookieValues(request: HttpRequest, name: string): readonly string[] {
  const pairs = (fieldValue(request, "cookie") ?? "").split(";");
  const values = pairs.flatMap((pair) => {
    const at = pair.indexOf("=");
    // A pair without "=" is a value without a name (RFC 6265bis §5.4), and none of ours.
    return at >= 0 && trimmed(pair.slice(0, at)) === name ? [trimmed(pair.slice(at + 1))] : [];
  });
  return [...new Set(values)].filter((value) => value !== "");
}

/**
 * Without the spaces and tabs around it, as browsers trim (RFC 6265 §5.2). `trim()` takes more: a no-break space before
 * `__Host-` makes another name to a browser, which any neighbouring host may set.
 */
function trimmed(text: string): string {
  let [start, end] = [0, text.length];
  while (isBlank(text[start])) start++;
  while (end > start && isBlank(text[end - 1])) end--;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === " " || character === "\t";
}

/** What looks like a refresh token, where anything does: a stray cookie of the name must not hide the real one. */
function refreshTokens(values: readonly string[]): readonly string[] {
  const tokens = values.filter((value) => tokenKind(value) === "refresh-token");
  if (tokens.length > MOST_TOKENS) throw tokenError("REQUEST_INVALID", "there are too many refresh cookies");
  return tokens.length > 0 ? tokens : values.slice(0, 1);
}
