/** The options of createAuthFetch, checked once, at creation. */
import type { Dpop } from "./dpop.ts";
import type { Platform } from "./platform.ts";

export interface AuthFetchOptions {
  /** Where `POST` exchanges the refresh cookie. In a page it may be relative. */
  readonly refreshUrl: string;
  /** Where `POST` ends the session. Default: `logout` beside `refreshUrl`. */
  readonly logoutUrl?: string;
  /**
   * Origins, beside the page's own, that may get the access token: `["https://api.example"]`. Outside a page, where there
   * is no own origin, the default is that of `refreshUrl`.
   */
  readonly origins?: readonly string[];
  /** Called once when the session is over: refused for good, or ended here or in another tab. Show the login. */
  readonly onSignedOut?: () => void;
  /** Default: the global one. Outside a browser it must keep the cookies, and send `Origin` to `refreshUrl`. */
  readonly fetch?: typeof fetch;
  /** For tokens that are bound to a key (RFC 9449): the maker of proofs that the login used. */
  readonly dpop?: Dpop;
  /**
   * Of one refresh request. Default 10000. Keep it below the server's `grace` (30 s by default): until a request is given up
   * here, a browser repeats it by itself where its connection is cut, and without the attempt's verifier.
   */
  readonly timeoutMs?: number;
}

export interface Settings {
  readonly refreshUrl: string;
  readonly logoutUrl: string;
  readonly origins: ReadonlySet<string>;
  readonly onSignedOut: () => void;
  readonly fetch: typeof fetch;
  readonly dpop: Dpop | undefined;
  readonly timeoutMs: number;
}

const NAMES = ["refreshUrl", "logoutUrl", "origins", "onSignedOut", "fetch", "dpop", "timeoutMs"];

/** @throws TypeError for an option that is unknown, missing, undefined or malformed */
export function readSettings(options: AuthFetchOptions, { origin }: Platform): Settings {
  if (typeof options !== "object" || options === null) throw problem("the options must be an object");
  for (const [name, value] of Object.entries(options)) {
    if (!NAMES.includes(name)) throw problem(`there is no option "${name}". The options are: ${NAMES.join(", ")}`);
    if (value === undefined) throw problem(`option "${name}" is undefined: leave it out, or give it a value`);
  }
  const { onSignedOut = () => {}, timeoutMs = 10_000, dpop } = options;
  for (const name of ["onSignedOut", "fetch"] as const) {
    if (options[name] !== undefined && typeof options[name] !== "function") {
      throw problem(`option "${name}" must be a function`);
    }
  }
  if (dpop !== undefined && typeof dpop?.proof !== "function") throw problem('option "dpop" must come from createDpop');
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > 120_000) {
    throw problem('option "timeoutMs" must be a whole number from 1 to 120000');
  }
  const refreshUrl = readUrl("refreshUrl", options.refreshUrl, origin);
  return {
    refreshUrl,
    logoutUrl: readUrl("logoutUrl", options.logoutUrl ?? "logout", refreshUrl),
    origins: readOrigins(options.origins ?? [], origin ?? new URL(refreshUrl).origin),
    onSignedOut,
    // Replaced later by tests and by tracing, and never called with a `this` of its own.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    dpop,
    timeoutMs,
  };
}

function readUrl(name: string, value: unknown, base: string | undefined): string {
  if (typeof value !== "string" || value === "" || !URL.canParse(value, base)) {
    throw problem(`option "${name}" must be a URL${base === undefined ? ", and absolute outside a page" : ""}`);
  }
  const url = new URL(value, base);
  if (!/^https?:$/.test(url.protocol)) throw problem(`option "${name}" must be an http or https URL`);
  url.hash = "";
  return url.href;
}

function readOrigins(origins: unknown, own: string): ReadonlySet<string> {
  if (!Array.isArray(origins)) throw problem('option "origins" must be a list of origins');
  for (const origin of origins as unknown[]) {
    if (typeof origin !== "string" || !URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw problem('option "origins" must name origins as browsers write them, like "https://api.example"');
    }
  }
  return new Set([own, ...(origins as string[])]);
}

function problem(what: string): TypeError {
  return new TypeError(`createAuthFetch: ${what}`);
}
