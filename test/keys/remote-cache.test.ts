/** How long fetched keys are kept: Cache-Control, ETag, and maxAge above both. */
import { describe, expect, it } from "vitest";
import { generateKey } from "../../src/jwk/generate.ts";
import { exportJwk } from "../../src/jwk/jwk.ts";
import { jwksServer, publish, text } from "./jwks-server.ts";
import { remote, tokenOf } from "./remote-issuer.ts";

const [key, next] = await Promise.all([generateKey("ES256"), generateKey("ES256")]);
const token = tokenOf(key);

describe("Cache-Control", () => {
  it.each([
    ["says nothing: maxAge", {}, 600],
    ["allows longer: maxAge", { "cache-control": "public, max-age=86400" }, 600],
    ["allows less: so long", { "cache-control": "max-age=120" }, 120],
    ["allows less, in quotes and capitals", { "cache-control": 'Max-Age="120"' }, 120],
    ["allows less than the cooldown: the cooldown", { "cache-control": "max-age=5" }, 30],
    ["forbids keeping: the cooldown", { "cache-control": "no-store" }, 30],
    ["asks to come back each time: the cooldown", { "cache-control": "public, no-cache, max-age=600" }, 30],
    ["makes no sense: maxAge", { "cache-control": "max-age=soon" }, 600],
    ["is for shared caches: maxAge", { "cache-control": "s-maxage=60" }, 600],
    ["allows less, and a cache on the way has had it for a while", { "cache-control": "max-age=120", age: "50" }, 70],
    ["allows less, and a cache on the way has had it for too long", { "cache-control": "max-age=120", age: "500" }, 30],
    ["comes with an age that makes no sense", { "cache-control": "max-age=120", age: "old" }, 120],
  ])("%s", async (_name, headers, seconds) => {
    const server = await jwksServer(publish([key], headers as Record<string, string>));
    const { verify, time } = remote(server.url);
    await verify(token);
    time.advance(seconds - 0.001);
    await verify(token);
    expect(server.requests).toHaveLength(1);
    time.advance(0.001);
    await verify(token);
    expect(server.requests).toHaveLength(2);
  });

  it("never makes keys older than a maxAge that is shorter than the cooldown", async () => {
    const server = await jwksServer(publish([key], { "cache-control": "max-age=600" }));
    const { verify, time } = remote(server.url, { maxAge: "10s" });
    await verify(token);
    time.advance(10);
    await verify(token);
    expect(server.requests).toHaveLength(2);
  });
});

describe("ETag", () => {
  const tagged =
    (keys: unknown[], etag: string, headers = {}): Parameters<typeof jwksServer>[0] =>
    (request, response) => {
      if (request.headers["if-none-match"] === etag) return void response.writeHead(304, { etag, ...headers }).end();
      publish(keys, { etag, ...headers })(request, response);
    };

  it("is sent back, and a 304 keeps the keys for as long again", async () => {
    const server = await jwksServer(tagged([key], '"1"'));
    const { verify, time, events } = remote(server.url);
    await verify(token);
    time.advance(600);
    expect(await verify(token)).toBe(key.kid);
    time.advance(599);
    expect(await verify(token)).toBe(key.kid);
    expect(server.requests.map((headers) => headers["if-none-match"])).toEqual([undefined, '"1"']);
    expect(events).toEqual([
      { type: "loaded", keys: 1 },
      { type: "loaded", keys: 1 },
    ]);
  });

  it("of a changed set brings the change", async () => {
    const server = await jwksServer(tagged([key], '"1"'));
    const { verify, time } = remote(server.url);
    await verify(token);
    server.answer = tagged([next], 'W/"2"');
    time.advance(600);
    expect(await verify(tokenOf(next))).toBe(next.kid);
    time.advance(600);
    expect(await verify(tokenOf(next))).toBe(next.kid);
    expect(server.requests.map((headers) => headers["if-none-match"])).toEqual([undefined, '"1"', 'W/"2"']);
  });

  it("that the endpoint gives up is sent no more", async () => {
    const server = await jwksServer(tagged([key], '"1"'));
    const { verify, time } = remote(server.url);
    await verify(token);
    server.answer = publish([key]);
    time.advance(600);
    await verify(token);
    time.advance(600);
    await verify(token);
    expect(server.requests.map((headers) => headers["if-none-match"])).toEqual([undefined, '"1"', undefined]);
  });

  it("a 304 without Cache-Control leaves what the 200 said; with one, it is what counts", async () => {
    const server = await jwksServer((request, response) => {
      if (request.headers["if-none-match"] === undefined)
        return publish([key], { etag: '"1"', "cache-control": "max-age=60" })(request, response);
      const headers = server.requests.length === 2 ? {} : { "cache-control": "max-age=120" };
      response.writeHead(304, headers).end();
    });
    const { verify, time } = remote(server.url);
    await verify(token);
    for (const [wait, requests] of [
      [60, 2],
      [59, 2],
      [1, 3],
      [119, 3],
      [1, 4],
    ] as const) {
      time.advance(wait);
      expect(await verify(token)).toBe(key.kid);
      expect(server.requests).toHaveLength(requests);
    }
  });

  it("of a set that could not be used is not sent: a cut set must not be confirmed for ever", async () => {
    const body = JSON.stringify({ keys: [exportJwk(key)] });
    const server = await jwksServer((request, response) => {
      const known = request.headers["if-none-match"] === '"1"';
      const cut = server.requests.length === 1;
      text(known ? "" : body.slice(0, cut ? 40 : undefined), { etag: '"1"' }, known ? 304 : 200)(request, response);
    });
    const { verify, time } = remote(server.url);
    expect(await verify(token)).toBe("KEYS_UNAVAILABLE");
    time.advance(1);
    expect(await verify(token)).toBe(key.kid);
  });
});
