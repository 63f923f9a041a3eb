/** The options that say where another server is: checked once, at creation. */
import { configError } from "../options.ts";

/** @throws CONFIG unless the URL is https (or http, where that is allowed) and holds no password */
export function urlOption(where: string, given: string | URL, allowHttp: boolean): URL {
  const text = given instanceof URL ? given.href : given;
  if (typeof text !== "string" || !URL.canParse(text)) throw configError(where, "the URL cannot be parsed");
  const url = new URL(text);
  if (url.protocol !== "https:" && !(allowHttp && url.protocol === "http:")) {
    throw configError(where, "the URL must be https: (or http: with allowHttp, for a network that you trust)");
  }
  if (url.username !== "" || url.password !== "") {
    throw configError(where, 'the URL holds a password: send it with option "headers"');
  }
  return url;
}

/** @throws CONFIG. The runtime's own error would show the value, which may be a password */
export function headersOption(
  where: string,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  try {
    return Object.fromEntries(new Headers(given));
  } catch {
    throw configError(where, 'option "headers" must be an object of header names and values');
  }
}
