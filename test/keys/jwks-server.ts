/** A JWKS endpoint on loopback: a real HTTP server whose answers, good and bad, a test chooses. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { exportJwk } from "../../src/jwk/jwk.ts";
import type { Key } from "../../src/jwk/key.ts";

export interface JwksServer {
  readonly url: string;
  /** The headers of every request so far. */
  readonly requests: readonly IncomingHttpHeaders[];
  /** What it answers from now on. */
  answer: RequestListener;
  /** Nobody listens at the address any more. */
  stop(): Promise<void>;
  /** At the same address. */
  start(): Promise<void>;
}

/** A server that stops when the test does. */
export async function jwksServer(answer: RequestListener): Promise<JwksServer> {
  const requests: IncomingHttpHeaders[] = [];
  const http = createServer((request, response) => {
    requests.push(request.headers);
    served.answer(request, response);
  });
  let port = 0;
  const start = async (): Promise<void> => {
    http.listen(port, "127.0.0.1");
    await once(http, "listening");
    ({ port } = http.address() as AddressInfo);
  };
  const stop = async (): Promise<void> => {
    if (!http.listening) return;
    http.close();
    http.closeAllConnections();
    await once(http, "close");
  };
  await start();
  onTestFinished(stop);
  const served: JwksServer = { url: `http://127.0.0.1:${port}/jwks`, requests, answer, stop, start };
  return served;
}

/** Answers some text. */
export function text(
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
  status = 200,
): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
  };
}

/** Answers a set of keys, or of JWKs as they are given. */
export function publish(keys: readonly unknown[], headers: Readonly<Record<string, string>> = {}): RequestListener {
  return text(JSON.stringify({ keys: keys.map(published) }), headers);
}

function published(key: unknown): unknown {
  return typeof key === "object" && key !== null && "canSign" in key ? exportJwk(key as Key) : key;
}
