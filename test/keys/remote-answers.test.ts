/** What a JWKS endpoint may answer, and what becomes of it: a bad answer costs a fetch, a bad key costs that key. */
import type { RequestListener } from "node:http";
import { gzipSync } from "node:zlib";
import { describe, expect, it, test, vi } from "vitest";
import { generateKey } from "../../src/jwk/generate.ts";
import { exportJwk, importJwk } from "../../src/jwk/jwk.ts";
import { publishedKeys } from "../../src/jwk/published-keys.ts";
import { jwksServer, publish, text } from "./jwks-server.ts";
import { refusalOf } from "./refusal.ts";
import { remote, tokenOf } from "./remote-issuer.ts";

const [key, other, rsa] = await Promise.all([
  generateKey("ES256"),
  generateKey("ES256"),
  generateKey("RS256", { modulusLength: 2048 }),
]);
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

describe("a good key beside a bad one keeps working, and the bad one is told of", () => {
  const otherJwk = exportJwk(other);
  it.each<[string, unknown[], RegExp]>([
    ["a private key", [exportJwk(other, { private: true })], /private half/],
    ["a private RSA key", [exportJwk(rsa, { private: true })], /private half/],
    ["a secret", [{ kty: "oct", k: "AAAA", kid: "1" }], /private half/],
    ["a secret with an empty k", [{ kty: "oct", k: "", kid: "1" }], /private half/],
    ["a kty that nobody knows", [{ kty: "LATTICE", kid: "1" }], /./],
    ["no kty", [{ kid: "1" }], /./],
    ["a kty that is a number", [{ kty: 5 }], /./],
    ["a curve that does not fit its alg", [{ ...otherJwk, alg: "ES384" }], /another algorithm/],
    ["an alg that contradicts its kty", [{ ...otherJwk, alg: "RS256" }], /another algorithm/],
    ["an alg that nobody asked for", [exportJwk(rsa)], /another algorithm/],
    ["alg none", [{ ...otherJwk, alg: "none" }], /another algorithm/],
    ["a key for encryption", [{ ...otherJwk, use: "enc" }], /./],
    ["a point that is not on its curve", [{ ...otherJwk, x: jwk.x }], /./],
    ["coordinates with padding", [{ ...otherJwk, x: `${String(otherJwk.x)}=` }], /./],
    ["a kid that is a number", [{ ...otherJwk, kid: 5 }], /./],
    ["a kid that is longer than a header may name", [{ ...otherJwk, kid: "k".repeat(257) }], /kid/],
    ["an empty object", [{}], /./],
    [
      "two keys of one kid",
      [
        { ...otherJwk, kid: "1" },
        { ...otherJwk, kid: "1" },
      ],
      /another key of the set has its kid/,
    ],
    [
      "more keys without kid than can be tried",
      Array.from({ length: 5 }, () => ({ ...otherJwk, kid: undefined })),
      /no kid/,
    ],
  ])("%s", async (_name, bad, why) => {
    const server = await jwksServer(publish([...bad, key]));
    const { verify, events } = remote(server.url);
    expect(await verify(token)).toBe(key.kid);
    expect(await verify(tokenOf(other))).toBe("KEY_UNKNOWN");
    const refused = events.filter((event) => event.type === "key-refused");
    expect(refused).toHaveLength(bad.length);
    for (const event of refused) expect(event.why).toMatch(why);
    expect(events.at(-1)).toEqual({ type: "loaded", keys: 1 });
  });

  it("no private member is in an event, though one was published", async () => {
    const leaked = exportJwk(other, { private: true });
    const server = await jwksServer(publish([leaked, key]));
    const { verify, events } = remote(server.url);
    await verify(token);
    expect(JSON.stringify(events)).not.toContain(leaked.d);
    expect(events[0]).toMatchObject({ type: "key-refused", kid: other.kid });
  });

  it("a leaked private key cannot sign for the issuer, not even when its public half stands there too", async () => {
    const server = await jwksServer(publish([exportJwk(other, { private: true }), other, key]));
    expect(await remote(server.url).verify(tokenOf(other))).toBe("KEY_UNKNOWN");
  });
});

describe("a set may hold", () => {
  it("keys that share a kid and not their type, or not their use", async () => {
    const named = { ...jwk, kid: "1" };
    const server = await jwksServer(
      publish([named, { ...exportJwk(rsa), kid: "1" }, { ...exportJwk(other), kid: "1", use: "enc" }]),
    );
    const { verify } = remote(server.url, { algs: ["ES256", "RS256"] });
    for (const pair of [key, rsa]) {
      const signing = importJwk({ ...exportJwk(pair, { private: true }), kid: "1" });
      expect(await verify(tokenOf(signing))).toBe("1");
    }
  });

  it("a few keys without kid: a token is tried with each", async () => {
    const bare = (pair: typeof key) => ({ ...exportJwk(pair), kid: undefined, alg: undefined, use: undefined });
    const server = await jwksServer(publish([bare(key), bare(other)]));
    const { verify } = remote(server.url);
    expect(await verify(token)).toBe(key.kid);
    expect(await verify(tokenOf(other))).toBe(other.kid);
  });

  it("an RSA key without alg: it is bound to those algs that were asked for, and no other", async () => {
    const bare = { ...exportJwk(rsa), alg: undefined };
    const server = await jwksServer(publish([bare]));
    const pss = importJwk({ ...exportJwk(rsa, { private: true }), alg: "PS256" });
    const { verify } = remote(server.url, { algs: ["RS256"] });
    expect(await verify(tokenOf(rsa))).toBe(rsa.kid);
    expect(await verify(tokenOf(pss))).toBe("ALG");
    const both = remote(server.url, { algs: ["RS256", "PS256"] });
    for (const signing of [rsa, pss]) expect(await both.verify(tokenOf(signing))).toBe(rsa.kid);
  });

  it("an RSA key with alg: it is bound to that, whatever else was asked for", async () => {
    const server = await jwksServer(publish([rsa]));
    const { verify } = remote(server.url, { algs: ["RS256", "PS256"] });
    const pss = importJwk({ ...exportJwk(rsa, { private: true }), alg: "PS256" });
    expect(await verify(tokenOf(pss))).toBe("ALG");
  });

  it("certificates and URLs, which are not read", async () => {
    const decoyed = { ...jwk, x5u: "https://evil.example", x5c: ["AAAA"], jku: "https://evil.example", unknown: {} };
    const server = await jwksServer(publish([decoyed]));
    expect(await remote(server.url).verify(token)).toBe(key.kid);
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

test("members that are no objects are left out, where a set holds them", () => {
  const refused: unknown[] = [];
  const keys = publishedKeys({ keys: [null, "key", [], jwk] }, ["ES256"], (one) => refused.push(one.kid));
  expect(keys.map(({ kid }) => kid)).toEqual([key.kid]);
  expect(refused).toEqual([undefined, undefined, undefined]);
});
