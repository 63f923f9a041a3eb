/** The outage table of docs/guides/jwks-outages.md: every row is a test, and says what the test found. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, test } from "vitest";
import { generateKey } from "../../src/jwk/generate.ts";
import type { RemoteKeysOptions } from "../../src/jwk/remote-keys.ts";
import { type JwksServer, jwksServer, publish } from "./jwks-server.ts";
import { type Remote, remote, tokenOf } from "./remote-issuer.ts";

const [key, added] = await Promise.all([generateKey("ES256"), generateKey("ES256")]);
const HOUR = 3600;

interface Scene extends Remote {
  readonly server: JwksServer;
}

/** What happens between the fetch of the first keys and the two tokens. */
const rows: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  up: async ({ time }) => {
    time.advance(60);
  },
  "down for a second": async ({ server, time }) => {
    time.advance(60);
    await server.stop();
    time.advance(1);
  },
  "down for a second, just when the keys must be fetched again": async ({ server, time }) => {
    time.advance(600);
    await server.stop();
  },
  "down for an hour": async (scene) => {
    await scene.server.stop();
    await servesThrough(scene, HOUR);
  },
  "down for a day": async (scene) => {
    await scene.server.stop();
    await servesThrough(scene, 24 * HOUR);
  },
  "down for longer than a day": async ({ server, time }) => {
    await server.stop();
    time.advance(600 + 24 * HOUR);
  },
  "hanging for an hour": async (scene) => {
    scene.server.answer = () => {};
    await servesThrough(scene, HOUR);
  },
  "down at start": async ({ server, keys }) => {
    await server.stop();
    expect(await keys.preload()).toBe(false);
  },
  "down at start, then up": async ({ server, time, verify }) => {
    await server.stop();
    expect(await verify(tokenOf(key))).toBe("KEYS_UNAVAILABLE");
    await server.start();
    time.advance(1);
  },
  "back after an hour": async (scene) => {
    await scene.server.stop();
    await servesThrough(scene, HOUR);
    // Waits for the question under way: it could fail after the outage, and put off the next one.
    expect(await scene.keys.preload()).toBe(false);
    await scene.server.start();
    scene.time.advance(30);
  },
  "down for an hour, with `staleIfError: 0`": async ({ server, time }) => {
    await server.stop();
    time.advance(HOUR);
  },
};
const options: Readonly<Record<string, Partial<RemoteKeysOptions>>> = {
  "hanging for an hour": { timeoutMs: 50 },
  "down for an hour, with `staleIfError: 0`": { staleIfError: 0 },
};

/** Every ten minutes of an outage, a token of the old key is verified. */
async function servesThrough({ time, verify }: Scene, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 600) {
    time.advance(600);
    expect(await verify(tokenOf(key))).toBe(key.kid);
  }
}

interface Row {
  readonly name: string;
  readonly known: string;
  readonly since: string;
}

const guide = readFileSync(join(import.meta.dirname, "../../docs/guides/jwks-outages.md"), "utf8");
const table: readonly Row[] = [...guide.matchAll(/^\| (.+?) \| (.+?) \| (.+?) \| .+ \|$/gm)]
  .slice(1)
  .map(([, name = "", known = "", since = ""]) => ({ name, known, since }));

test("the table's rows and the tests' names agree", () => {
  expect(table.map(({ name }) => name)).toEqual(Object.keys(rows));
});

it.each(table)("$name: $known, $since", async ({ name, known, since }) => {
  const server = await jwksServer(publish([key]));
  const scene = { server, ...remote(server.url, options[name] ?? {}) };
  if (!name.includes("at start")) expect(await scene.verify(tokenOf(key))).toBe(key.kid);
  server.answer = publish([key, added]);
  await rows[name]?.(scene);
  const answers = await Promise.all([tokenOf(key), tokenOf(added)].map((token) => answerTo(scene, token)));
  expect(answers).toEqual([known, since]);
});

async function answerTo({ verifier }: Scene, token: string): Promise<string> {
  const result = await verifier.safeVerifyAsync(token);
  return result.ok ? "verified" : `\`${result.error.code}\` ${result.error.status}`;
}
