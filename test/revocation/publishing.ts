/** A server of a signed list, over a real socket, whose answers a test may replace. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Answerer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export interface Publishing {
  readonly url: string;
  /** The `If-None-Match` of each request, in their order. */
  readonly asked: (string | undefined)[];
  /** Answers from now on; undefined: the handler does. */
  answerWith(answerer: Answerer | undefined): void;
  /** What the handler answers, for a test to spoil. */
  ask(headers?: Readonly<Record<string, string>>): Promise<Response>;
  close(): Promise<void>;
}

export async function publish(handler: (request: Request) => Promise<Response>): Promise<Publishing> {
  const asked: (string | undefined)[] = [];
  let answerer: Answerer | undefined;
  const ask = (headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    handler(new Request("http://auth.example/revocations", { headers }));
  const server = createServer((request, response) => {
    const ifNoneMatch = request.headers["if-none-match"];
    asked.push(ifNoneMatch);
    const own: Answerer = async () => {
      const answer = await ask(ifNoneMatch === undefined ? {} : { "if-none-match": ifNoneMatch });
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
    };
    void (answerer ?? own)(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/revocations`,
    asked,
    answerWith: (next) => {
      answerer = next;
    },
    ask,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
