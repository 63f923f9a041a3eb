/** A request of the Fetch standard with its content. */
import { readPieces } from "../encoding/pieces.ts";
import { configError } from "../options.ts";
import { fromFetch } from "./exchange.ts";
import type { FormRequest } from "./form.ts";

export function formOf(request: Request): FormRequest {
  return Object.assign(fromFetch(request), { body: (mostBytes: number) => readBody(request, mostBytes) });
}

async function readBody(request: Request, mostBytes: number): Promise<Uint8Array | undefined> {
  if (request.bodyUsed)
    throw configError("createOauthHandlers", "the body was read already: pass the request as it came");
  return readPieces(request.body ?? [], mostBytes);
}
