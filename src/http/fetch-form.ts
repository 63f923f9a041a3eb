/** A request of the Fetch standard with its content. */
import { configError } from "../options.ts";
import { fromFetch } from "./exchange.ts";
import type { FormRequest } from "./form.ts";

export function formOf(request: Request): FormRequest {
  return Object.assign(fromFetch(request), { body: (mostBytes: number) => readBody(request, mostBytes) });
}

/** Stops reading at the limit: what is longer is never held. */
async function readBody(request: Request, mostBytes: number): Promise<Uint8Array | undefined> {
  if (request.bodyUsed)
    throw configError("createOauthHandlers", "the body was read already: pass the request as it came");
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > mostBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
