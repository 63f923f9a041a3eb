/** What a JWKS endpoint may answer that is no JWK Set: a bad answer costs a fetch, and is never read to its end. */
import type { RequestListener } from "node:http";
import { gzipSync } from "node:zlib";
import { describe, expect, it, test, vi } from "vitest";
import { generateKey } from "../../src/jwk/generate.ts";
import { exportJwk } from "../../src/jwk/jwk.ts";
import { jwksServer, publish, text } from "./jwks-server.ts";
import { refusalOf } from "./refusal.ts";
import { remote, tokenOf } from "./remote-issuer.ts";

const [key, rsa] = await Promise.all([generateKey("ES256"), generateKey("RS256", { modulusLength: 2048 })]);
const token = tokenOf(key);
const jwk = exportJwk(key);
const set = JSON.stringify({ keys: [jwk] });
const causeOf = (error: Error): string => String((error.cause as Error | undefined)?.message);

describe("an answer that is no JWK Set is an outage: the last keys serve on, and at start it is KEYS_UNAVAILABLE", () => {
  it.each<[string, RequestListener]>([
    ["500", text("", {}, 500)],
    ["404, with a set in it", text(set, {}, 404)],
    ["201, with a set in it", text(set, {}, 201)],
    ["204", text("", {}, 204)],
    ["304 to a request that named no tag", text("", { etag: '"1"' }, 304)],
    ["a page of HTML", text("<!doctype html><title>Sign in</title>", { "content-type": "text/html" })],
    ["a page of HTML that is called JSON", text("<html></html>")],
    ["nothing", text("")],
    ["JSON that is cut", text(set.slice(0, -10))],
    [
      "JSON that is cut by a closed connection",
      (_, response) => {
        response.writeHead(200, { "content-length": String(set.length) }).write(set.slice(0, 20));
        setImmediate(() => response.destroy());
      },
    ],
    ["a closed connection", (request) => void request.socket.destroy()],
    ["something else than HTTP", (request) => void request.socket.end("SSH-2.0-OpenSSH_9.6\r\n")],
    ["null", text("null")],
    ["an array", text(`[${JSON.stringify(jwk)}]`)],
    ["a JWK alone", text(JSON.stringify(jwk))],
    ["keys that are no array", text('{"keys":{}}')],
    ["keys that are no objects", text(JSON.stringify({ keys: [jwk, null] }))],
    ["no key", publish([])],
    ["no key that can be used", publish([{ kty: "EC" }, { kty: "oct", k: "AAAA" }, rsa])],
    ["1,000 keys", publish(Array.from({ length: 1000 }, (_, at) => ({ ...jwk, kid: `${at}` })))],
    ["257 keys", publish(Array.from({ length: 257 }, (_, at) => ({ ...jwk, kid: `${at}` })))],
    ["brackets without end", text("[".repeat(200_000))],
  ])("%s", async (_name, bad) => {
    const server = await jwksServer(bad);
    const { verify, time, events, verifier } = remote(server.url, { maxBytes: 1_000_000 });
    const error = await refusalOf(verifier.verifyAsync(token));
    expect(error).toMatchObject({ code: "KEYS_UNAVAILABLE", status: 503 });
    expect(events.at(-1)).toMatchObject({ type: "failed", stale: false });
    server.answer = publish([key]);
    time.advance(1);
    expect(await verify(token)).toBe(key.kid);
    server.answer = bad;
    time.advance(600);
    expect(await verify(token)).toBe(key.kid);
    expect(events.at(-1)).toMatchObject({ type: "failed", stale: true });
  });

  it("256 keys are as many as may be", async () => {
    const server = await jwksServer(
      publish(Array.from({ length: 256 }, (_, at) => (at === 200 ? jwk : { ...jwk, kid: `${at}` }))),
    );
    expect(await remote(server.url).verify(token)).toBe(key.kid);
  });
});

describe("redirects are not followed", () => {
  it.each([301, 302, 303, 307, 308])("%i", async (status) => {
    const target = await jwksServer(publish([key]));
    const server = await jwksServer(text("", { location: target.url }, status));
    const { verifier } = remote(server.url);
    const error = await refusalOf(verifier.verifyAsync(token));
    expect(error.code).toBe("KEYS_UNAVAILABLE");
    expect(causeOf(error)).toContain("redirects are not followed");
    expect(target.requests).toHaveLength(0);
  });

  it("nor spoken of where the answer is none", async () => {
    const server = await jwksServer(text("", {}, 304));
    expect(causeOf(await refusalOf(remote(server.url).verifier.verifyAsync(token)))).not.toContain("redirect");
  });
});

describe("a huge answer is not read to its end", () => {
  const MEGABYTE = Buffer.alloc(1 << 20, " ");

  it("10 MB in chunks, without a length: the download stops", async () => {
    let sent = 0;
    let closed = false;
    const server = await jwksServer((_request, response) => {
      response.on("close", () => {
        closed = true;
      });
      const more = (): void => {
        if (closed || sent === 10) return void response.end();
        sent += 1;
        if (response.write(MEGABYTE)) setImmediate(more);
        else response.once("drain", more);
      };
      more();
    });
    const error = await refusalOf(remote(server.url).verifier.verifyAsync(token));
    expect(causeOf(error)).toContain("longer than 262144 bytes");
    await vi.waitFor(() => expect(closed).toBe(true));
    console.log(`of 10 MB, the endpoint had handed over ${sent} MB when the download stopped`);
    expect(sent).toBeLessThan(10);
  });

  it("one that says its length", async () => {
    const server = await jwksServer(text(Buffer.concat(Array.from({ length: 10 }, () => MEGABYTE))));
    expect(causeOf(await refusalOf(remote(server.url).verifier.verifyAsync(token)))).toContain("longer than");
  });

  it("one that is small on the way and huge when it is unpacked", async () => {
    const bomb = gzipSync(Buffer.concat(Array.from({ length: 10 }, () => MEGABYTE)));
    expect(bomb.length).toBeLessThan(20_000);
    const server = await jwksServer(text(bomb, { "content-encoding": "gzip" }));
    expect(causeOf(await refusalOf(remote(server.url).verifier.verifyAsync(token)))).toContain("longer than");
  });

  it("to the byte: maxBytes is allowed, one more is not", async () => {
    const server = await jwksServer(text(set));
    expect(await remote(server.url, { maxBytes: set.length }).verify(token)).toBe(key.kid);
    expect(await remote(server.url, { maxBytes: set.length - 1 }).verify(token)).toBe("KEYS_UNAVAILABLE");
  });

  it("one that is packed and small is read", async () => {
    const server = await jwksServer(text(gzipSync(set), { "content-encoding": "gzip" }));
    expect(await remote(server.url).verify(token)).toBe(key.kid);
  });
});

describe("a slow endpoint is waited for no longer than timeoutMs", () => {
  it.each<[string, RequestListener]>([
    ["that never answers", () => {}],
    ["that sends its headers and no body", (_, response) => response.writeHead(200).flushHeaders()],
    [
      "that sends a byte now and then",
      (request, response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write(" "), 10);
        request.socket.on("close", () => clearInterval(timer));
      },
    ],
  ])("%s", async (_name, slow) => {
    const server = await jwksServer(slow);
    expect(await remote(server.url, { timeoutMs: 80 }).verify(token)).toBe("KEYS_UNAVAILABLE");
  });

  it("also where a fetch of one's own does not heed its signal", async () => {
    const { verify } = remote("https://issuer.example/jwks", { timeoutMs: 40, fetch: () => new Promise(() => {}) });
    expect(await verify(token)).toBe("KEYS_UNAVAILABLE");
  });
});

describe("an endpoint that is not there", () => {
  it("refuses the connection: KEYS_UNAVAILABLE, and keys when it is back", async () => {
    const server = await jwksServer(publish([key]));
    await server.stop();
    const { verify, time } = remote(server.url);
    expect(await verify(token)).toBe("KEYS_UNAVAILABLE");
    await server.start();
    time.advance(1);
    expect(await verify(token)).toBe(key.kid);
  });

  it("has no address: KEYS_UNAVAILABLE", async () => {
    expect(await remote("http://issuer.invalid/jwks").verify(token)).toBe("KEYS_UNAVAILABLE");
  });
});

test("a set is read whatever its content type, and its byte order mark", async () => {
  const server = await jwksServer(text(`\uFEFF${set}`, { "content-type": "text/plain" }));
  expect(await remote(server.url).verify(token)).toBe(key.kid);
});

test("an answer without a body, as a fetch of one's own may give, is no JWK Set", async () => {
  const { verify } = remote("https://issuer.example/jwks", { fetch: async () => new Response(null) });
  expect(await verify(token)).toBe("KEYS_UNAVAILABLE");
});
