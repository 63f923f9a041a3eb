/** Requests and replies of Fastify, which Nest's Fastify platform passes on. */
import type { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Answer } from "./answers.ts";
import { fromNode, type HttpRequest } from "./exchange.ts";
import type { Content } from "./form.ts";
import { nodeContent } from "./node-content.ts";

export function fromFastify({ method, originalUrl, headers, raw }: FastifyRequest): HttpRequest {
  return fromNode({ method, originalUrl, headers, rawHeaders: raw.rawHeaders });
}

/** Where no parser has read a body, it is the stream, or nothing where there was no need to look. */
export function fastifyContent({ body, raw }: FastifyRequest, mostBytes: number): Promise<Content | undefined> {
  const isStream = typeof (body as Readable | undefined)?.pipe === "function";
  return nodeContent(isStream ? (body as Readable) : raw, body, mostBytes);
}

/** Resolves when the answer has left, so that a hook which waits for it lets nothing run after it. */
export async function sendReply(reply: FastifyReply, { status, headers, body }: Answer): Promise<void> {
  reply.code(status);
  // Fastify keeps the cookies that the application has set, and adds this one.
  for (const [name, value] of headers) reply.header(name, value);
  // As bytes: text would get a charset, which application/json does not have (RFC 8259 §11).
  await reply.send(body === "" ? undefined : Buffer.from(body));
}
