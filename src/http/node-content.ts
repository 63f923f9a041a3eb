/** The content of a request of Node's `http`: the bytes as they come, or what a framework's parser has left of them. */
import type { Readable } from "node:stream";
import { readPieces } from "../encoding/pieces.ts";
import { tokenError } from "../errors.ts";
import { configError } from "../options.ts";
import type { Content } from "./form.ts";

/**
 * @param parsed where the framework keeps what its parser made: an object, text or bytes
 * @returns undefined where it is longer than `mostBytes`
 * @throws REQUEST_INVALID where the client went away; CONFIG where somebody else has read it and left nothing
 */
export async function nodeContent(stream: Readable, parsed: unknown, mostBytes: number): Promise<Content | undefined> {
  // First, since the parsers of Express 4 leave an empty object where they have read nothing.
  if (!stream.readableDidRead) return readBytes(stream, mostBytes);
  if (typeof parsed === "string" || parsed instanceof Uint8Array) {
    const bytes = Buffer.from(parsed as Uint8Array);
    return bytes.length > mostBytes ? undefined : bytes;
  }
  if (typeof parsed === "object" && parsed !== null) {
    return Buffer.byteLength(JSON.stringify(parsed)) > mostBytes ? undefined : (parsed as Content);
  }
  throw configError("createOauthHandlers", "the body was read already, and no parser of forms has left what was in it");
}

async function readBytes(stream: Readable, mostBytes: number): Promise<Uint8Array | undefined> {
  try {
    // Destroying the stream would close the connection before the answer is written.
    return await readPieces(stream.iterator({ destroyOnReturn: false }), mostBytes);
  } catch (cause) {
    throw tokenError("REQUEST_INVALID", "the body ended before its end", { cause });
  }
}
