/** Talks to a server of this process, over real sockets. */
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Received, Sent, Served } from "./served.ts";

/** A server that listens. @param close how its framework closes it */
export function served(server: Server, close?: () => Promise<unknown>): Served {
  const { port } = server.address() as AddressInfo;
  return {
    send: (sent) => send(port, sent),
    close: async () => {
      if (close !== undefined) return void (await close());
      server.close();
      await once(server, "close");
    },
  };
}

async function send(port: number, { method, path, headers, body }: Sent): Promise<Received> {
  // As a flat list, fields go out as they stand here, twice too. Node then adds none of its own, where it has a length.
  const isChunked = headers.some(([name]) => name === "transfer-encoding");
  const length = method === "POST" && !isChunked ? [["content-length", String(Buffer.byteLength(body ?? ""))]] : [];
  const fields = [["host", `127.0.0.1:${port}`], ["connection", "close"], ...length, ...headers].flat();
  const request = httpRequest({ host: "127.0.0.1", port, method, path, headers: fields });
  request.end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const answered = new Headers();
  for (let at = 0; at < response.rawHeaders.length; at += 2) {
    answered.append(String(response.rawHeaders[at]), String(response.rawHeaders[at + 1]));
  }
  return { status: response.statusCode ?? 0, headers: answered, body: await text(response) };
}
