/** An answer on a response of Node's `http`, which Express passes on. */
import type { ServerResponse } from "node:http";
import type { Answer } from "./answers.ts";

export function writeAnswer(response: ServerResponse, { status, headers, body }: Answer): void {
  response.statusCode = status;
  for (const [name, value] of headers) {
    // The application may have set cookies of its own.
    if (name === "set-cookie") response.appendHeader(name, value);
    else response.setHeader(name, value);
  }
  response.end(body);
}
