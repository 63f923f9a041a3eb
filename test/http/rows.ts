/** One row of the table: a request, and what every framework answers to it. */
import type { Sent } from "./served.ts";
import type { World } from "./site.ts";

export interface Row {
  /** A rule. */
  readonly name: string;
  /** What the row needs of the world that its test opens. */
  readonly world?: () => World;
  readonly request: (world: World) => Sent | Promise<Sent>;
  readonly status: number;
  /** The whole WWW-Authenticate value; absent: there is none. */
  readonly challenge?: string;
  /** The whole body; a function where tokens are in it. */
  readonly body?: object | ((body: Readonly<Record<string, unknown>>) => void);
  /** What becomes of the refresh cookie; absent: it is not touched. */
  readonly cookie?: "set" | "cleared";
  /** Further fields of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

type Fields = Readonly<Record<string, string>>;

export const get = (path: string, headers: Fields = {}): Sent => ({
  method: "GET",
  path,
  headers: Object.entries(headers),
});

export const post = (path: string, headers: Fields = {}): Sent => ({ ...get(path, headers), method: "POST" });

/** The challenge of the guard. */
export function bearer(error?: string, description?: string, scope?: string): string {
  const parameters = ['realm="api"'];
  if (error !== undefined) parameters.push(`error="${error}"`, `error_description="${description}"`);
  if (scope !== undefined) parameters.push(`scope="${scope}"`);
  return `Bearer ${parameters.join(", ")}`;
}
