/** A request as every framework can show it: method, target and header fields, RFC 9110 §5.3. */

import { configError } from "../options.ts";

/** Without content, and no credential is ever taken from the target. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query as the client sent them, whatever a router has cut off since. RFC 9112 §3.2.1. */
  readonly target: string;
  /**
   * The values of a field, one for each line that the framework tells apart; lines that it has joined are one value.
   * @param name in lower case
   */
  values(name: string): readonly string[];
}

/** A `Request` of the Fetch standard. Its `Headers` join the lines of a field with a comma. @throws CONFIG for any other */
export function fromFetch(request: Request): HttpRequest {
  if (typeof request?.headers?.get !== "function") {
    throw configError(
      "rejwt/http",
      "a `Request` of the Fetch standard is needed; frameworks have entries of their own",
    );
  }
  return {
    method: request.method,
    // Asked for seldom, and parsing costs more than the rest.
    get target() {
      const { pathname, search } = new URL(request.url);
      return pathname + search;
    },
    values: (name) => {
      const value = request.headers.get(name);
      return value === null ? [] : [value];
    },
  };
}

/** What is read of Node's `IncomingMessage`, which Express and Koa pass on. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Where a framework keeps the target, since its routers cut prefixes off `url`. */
  readonly originalUrl?: string | undefined;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly rawHeaders?: readonly string[] | undefined;
}

/** A request of Node's `http`. */
export function fromNode(request: NodeRequest): HttpRequest {
  return {
    method: request.method ?? "",
    target: request.originalUrl ?? request.url ?? "",
    values: (name) => {
      // Node drops a second Authorization line from `headers`; only the raw ones tell that there was one.
      const raw = rawValues(request.rawHeaders ?? [], name);
      if (raw.length > 1 && name !== "cookie") return raw;
      const value = request.headers[name];
      if (value === undefined) return [];
      return typeof value === "string" ? [value] : value;
    },
  };
}

/** @param lines name, value, name, value … as they came */
function rawValues(lines: readonly string[], name: string): readonly string[] {
  const values: string[] = [];
  // Asked at every request: the length tells most names apart before anything is made.
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const line = lines[at] as string;
    if (line.length === name.length && line.toLowerCase() === name) values.push(lines[at + 1] as string);
  }
  return values;
}

/** All of a field as one value, as RFC 9110 §5.3 joins its lines: two where one belongs will then match nothing. */
export function fieldValue(request: HttpRequest, name: string): string | undefined {
  const values = request.values(name);
  return values.length === 0 ? undefined : values.join(", ");
}
