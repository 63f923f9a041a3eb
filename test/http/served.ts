/** A site that a framework serves, as the tests talk to it. */
import type { Site } from "./site.ts";

/** A request as it goes on the wire; a field may come twice. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
}

export interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

export interface Served {
  send(request: Sent): Promise<Received>;
  close(): Promise<void>;
}

export type Framework = readonly [name: string, serve: (site: Site) => Promise<Served>];
