/** Fetching keys leaves nothing behind that would keep a process from ending: no timer, no connection. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { generateKey } from "../../src/jwk/generate.ts";
import { jwksServer, publish, text } from "./jwks-server.ts";
import { issuer, tokenOf } from "./remote-issuer.ts";

const run = promisify(execFile);
const key = await generateKey("ES256");

/** @returns what it printed before it ended by itself, within seconds */
async function verifyAndEnd(url: string, more: Record<string, string> = {}): Promise<string> {
  const env = { URL: url, TOKEN: tokenOf(key), ISSUER: issuer, ...more };
  const program = join(import.meta.dirname, "verify-and-end.mjs");
  const { stdout } = await run(process.execPath, [program], { env, timeout: 10_000 });
  return stdout;
}

it("a process that has verified ends, though the server would keep the connection open", async () => {
  const server = await jwksServer(publish([key], { "keep-alive": "timeout=600", connection: "keep-alive" }));
  expect(await verifyAndEnd(server.url)).toBe("verified\n");
});

it("a process whose fetch failed ends, and does not wait for the time to try again", async () => {
  const server = await jwksServer(text("", {}, 500));
  expect(await verifyAndEnd(server.url)).toBe("KEYS_UNAVAILABLE\n");
});

it("a process that closes its keys ends, though the endpoint never answers", async () => {
  const server = await jwksServer(() => {});
  expect(await verifyAndEnd(server.url, { CLOSE: "200" })).toBe("KEYS_UNAVAILABLE\n");
});
