/** Reading what another server answers, which may be too long, too late or never there. RFC 9110, RFC 9111. */
import { readPieces } from "../encoding/pieces.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What the work answers, or the signal's reason once it is aborted: a fetch of the caller's own may not heed it. */
export function orAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

/** A redirect that could be followed: another address is the caller's to choose. */
export function isRedirect({ status, type }: Response): boolean {
  return type === "opaqueredirect" || (status >= 300 && status < 400 && status !== 304);
}

/** RFC 9111 §1.2.2. */
export function readSeconds(digits: string | null | undefined): number | undefined {
  return typeof digits === "string" && /^\d{1,10}$/.test(digits) ? Number(digits) : undefined;
}

/** The body as text, or undefined where it is longer than `maxBytes`: then it is not read to its end. */
export async function readCapped(response: Response, maxBytes: number): Promise<string | undefined> {
  // Where it is left early, the body is cancelled, and with it the download.
  const bytes = await readPieces((response.body ?? []) as AsyncIterable<Uint8Array>, maxBytes);
  return bytes?.toString("utf8");
}
