/** The site on a real Express server, on a free port of this machine. */
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type express from "express";
import type { ErrorRequestHandler } from "express";
import { guard, sessionRoutes } from "../../src/http/express.ts";
import type { Received, Sent, Served } from "./frameworks.ts";
import type { Site } from "./site.ts";

export async function serveExpress(
  makeApp: typeof express,
  { guarded, sessions, cookie, login }: Site,
): Promise<Served> {
  const app = makeApp();
  const routes = sessionRoutes(sessions, { cookie });
  app.post("/login", (_request, response, next) => {
    login()
      .then((tokens) => routes.issue(response, tokens))
      .catch(next);
  });
  app.all("/refresh", routes.refresh);
  app.all("/logout", routes.logout);
  for (const [path, { verifier, options }] of Object.entries(guarded)) {
    const auth = guard(verifier, options);
    app.all(path, auth, (request, response) => {
      response.json({ sub: auth.of(request).claims.sub });
    });
  }
  const failed: ErrorRequestHandler = (_error, _request, response, _next) => {
    response.status(500).end("failed");
  };
  app.use(failed);

  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    send: (sent) => send(port, sent),
    close: async () => {
      server.close();
      await once(server, "close");
    },
  };
}

async function send(port: number, { method, path, headers, body }: Sent): Promise<Received> {
  // As a flat list, fields go out as they stand here, twice too. Node then adds none of its own.
  const fields = [["host", `127.0.0.1:${port}`], ["connection", "close"], ...headers].flat();
  const request = httpRequest({ host: "127.0.0.1", port, method, path, headers: fields });
  request.end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const answered = new Headers();
  for (let at = 0; at < response.rawHeaders.length; at += 2) {
    answered.append(String(response.rawHeaders[at]), String(response.rawHeaders[at + 1]));
  }
  return { status: response.statusCode ?? 0, headers: answered, body: await text(response) };
}
