/** Another issuer's keys: when they are fetched, how often, and how long they are kept. Against a real HTTP server. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, describe, expect, it, test, vi } from "vitest";
import { generateKey } from "../../src/jwk/generate.ts";
import { exportJwk, importJwk } from "../../src/jwk/jwk.ts";
import { type RemoteKeys, remoteKeys } from "../../src/jwk/remote-keys.ts";
import { createVerifier } from "../../src/jwt/verifier.ts";
import { jwksServer, publish, text } from "./jwks-server.ts";
import { refusalOf } from "./refusal.ts";
import { forged, issuer, remote, tokenOf } from "./remote-issuer.ts";

const [key, next] = await Promise.all([generateKey("ES256"), generateKey("ES256")]);
const token = tokenOf(key);

afterEach(() => vi.unstubAllGlobals());

describe("keys are fetched", () => {
  it("when the first token needs them, and not again", async () => {
    const server = await jwksServer(publish([key]));
    const { verify, events } = remote(server.url);
    expect(server.requests).toHaveLength(0);
    for (let count = 0; count < 5; count += 1) expect(await verify(token)).toBe(key.kid);
    expect(server.requests).toHaveLength(1);
    expect(events).toEqual([{ type: "loaded", keys: 1 }]);
  });

  it("once for 200 verifications at the same time, and once when they have become stale", async () => {
    const server = await jwksServer(publish([key]));
    const { verify, time } = remote(server.url);
    const crowd = () => Promise.all(Array.from({ length: 200 }, () => verify(token)));
    expect(new Set(await crowd())).toEqual(new Set([key.kid]));
    expect(server.requests).toHaveLength(1);
    time.advance(600);
    expect(new Set(await crowd())).toEqual(new Set([key.kid]));
    expect(server.requests).toHaveLength(2);
  });

  it("once when 200 verifications at the same time fail", async () => {
    const server = await jwksServer(text("", {}, 500));
    const { verify } = remote(server.url);
    const codes = await Promise.all(Array.from({ length: 200 }, () => verify(token)));
    expect(new Set(codes)).toEqual(new Set(["KEYS_UNAVAILABLE"]));
    expect(server.requests).toHaveLength(1);
  });

  it("by preload, before any token comes", async () => {
    const server = await jwksServer(publish([key]));
    const { keys, verify } = remote(server.url);
    expect(await keys.preload()).toBe(true);
    expect(await verify(token)).toBe(key.kid);
    expect(server.requests).toHaveLength(1);
  });

  it("with the headers that were given, and jose's accept", async () => {
    const server = await jwksServer(publish([key]));
    await remote(server.url, { headers: { authorization: "Bearer 1" } }).verify(token);
    expect(server.requests[0]).toMatchObject({ authorization: "Bearer 1", accept: expect.stringContaining("json") });
  });

  it("by the global fetch of the moment, so that tests may replace it", async () => {
    const { verify } = remote("https://issuer.example/jwks");
    vi.stubGlobal("fetch", async () => Response.json({ keys: [exportJwk(key)] }));
    expect(await verify(token)).toBe(key.kid);
  });

  it("from a URL as an object, and one that is changed later is not followed", async () => {
    const server = await jwksServer(publish([key]));
    const url = new URL(server.url);
    const keys = remoteKeys(url, { algs: ["ES256"], allowHttp: true });
    url.port = "1";
    expect(await keys.preload()).toBe(true);
  });
});

describe("a rotating issuer", () => {
  it("is followed: an unknown kid fetches, once the cooldown has passed", async () => {
    const server = await jwksServer(publish([key]));
    const { verify, time } = remote(server.url);
    expect(await verify(token)).toBe(key.kid);
    server.answer = publish([key, next]);
    time.advance(29.999);
    expect(await verify(tokenOf(next))).toBe("KEY_UNKNOWN");
    time.advance(0.001);
    expect(await verify(tokenOf(next))).toBe(next.kid);
    expect(await verify(token)).toBe(key.kid);
    expect(server.requests).toHaveLength(2);
  });

  it("that drops a key: its tokens are refused after the next fetch", async () => {
    const server = await jwksServer(publish([key, next]));
    const { verify, time } = remote(server.url);
    expect(await verify(token)).toBe(key.kid);
    server.answer = publish([next]);
    time.advance(599.999);
    expect(await verify(token)).toBe(key.kid);
    time.advance(0.001);
    expect(await verify(token)).toBe("KEY_UNKNOWN");
  });

  it("that brings an algorithm which the set did not have before", async () => {
    const server = await jwksServer(publish([key]));
    const ed25519 = await generateKey("Ed25519");
    const { verify, time } = remote(server.url, { algs: ["ES256", "Ed25519"] });
    expect(await verify(token)).toBe(key.kid);
    server.answer = publish([key, ed25519]);
    expect(await verify(tokenOf(ed25519))).toBe("ALG");
    time.advance(30);
    expect(await verify(tokenOf(ed25519))).toBe(ed25519.kid);
  });

  it("whose tokens name no kid is followed when the keys are stale", async () => {
    const anonymous = (pair: typeof key) => ({ ...exportJwk(pair), kid: undefined });
    const server = await jwksServer(publish([anonymous(key)]));
    const { verify, time } = remote(server.url);
    const nameless = importJwk({ ...exportJwk(next, { private: true }), kid: undefined });
    expect(await verify(token)).toBe(key.kid);
    server.answer = publish([anonymous(key), anonymous(next)]);
    time.advance(600);
    expect(await verify(tokenOf(nameless))).toBe(next.kid);
  });
});

describe("made-up tokens cost the issuer nothing", () => {
  it("10,000 unknown kids cause one fetch in each cooldown", async () => {
    const server = await jwksServer(publish([key]));
    const { verify, time } = remote(server.url);
    expect(await verify(token)).toBe(key.kid);
    for (let count = 0; count < 10_000; count += 1) {
      expect(await verify(forged(`kid-${count}`))).toBe("KEY_UNKNOWN");
      // A hundred a second: 100 s, so three cooldowns of 30 s.
      time.advance(0.01);
    }
    console.log(`10,000 unknown kids in 100 s: ${server.requests.length - 1} requests after the first`);
    expect(server.requests).toHaveLength(1 + 3);
    expect(await verify(token)).toBe(key.kid);
  });

  it("1,000 unknown kids at the same time cause one", async () => {
    const server = await jwksServer(publish([key]));
    const { verify, time } = remote(server.url);
    await verify(token);
    time.advance(30);
    const codes = await Promise.all(Array.from({ length: 1000 }, (_, at) => verify(forged(`kid-${at}`))));
    expect(new Set(codes)).toEqual(new Set(["KEY_UNKNOWN"]));
    expect(server.requests).toHaveLength(2);
  });

  it("an alg that the verifier does not accept causes none, not even the first", async () => {
    const server = await jwksServer(publish([key]));
    const { verify } = remote(server.url);
    expect(await verify(forged("1", "RS256"))).toBe("ALG");
    expect(await verify(forged("1", "none" as never))).toBe("ALG");
    expect(await verify("no token")).toBe("MALFORMED");
    expect(server.requests).toHaveLength(0);
  });

  it("a bad signature under a known kid causes none", async () => {
    const server = await jwksServer(publish([key]));
    const { verify, time } = remote(server.url);
    await verify(token);
    time.advance(60);
    expect(await verify(forged(key.kid as string))).toBe("SIGNATURE");
    expect(server.requests).toHaveLength(1);
  });
});

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

describe("after a failed fetch", () => {
  it("the next ones wait 1, 2, 4, 8, 16 and then 30 s, and a success forgets it", async () => {
    const server = await jwksServer(text("", {}, 500));
    const { verify, time } = remote(server.url);
    expect(await verify(token)).toBe("KEYS_UNAVAILABLE");
    for (const wait of [1, 2, 4, 8, 16, 30, 30]) {
      const before = server.requests.length;
      time.advance(wait - 0.001);
      expect(await verify(token)).toBe("KEYS_UNAVAILABLE");
      expect(server.requests).toHaveLength(before);
      time.advance(0.001);
      expect(await verify(token)).toBe("KEYS_UNAVAILABLE");
      expect(server.requests).toHaveLength(before + 1);
    }
    server.answer = publish([key]);
    time.advance(30);
    expect(await verify(token)).toBe(key.kid);
    server.answer = text("", {}, 500);
    time.advance(600);
    expect(await verify(token)).toBe(key.kid);
    const before = server.requests.length;
    time.advance(1);
    expect(await verify(token)).toBe(key.kid);
    await vi.waitFor(() => expect(server.requests).toHaveLength(before + 1));
  });

  it("preload tells that it failed, and hammers no more than tokens do", async () => {
    const server = await jwksServer(text("", {}, 500));
    const { keys, time } = remote(server.url);
    expect(await keys.preload()).toBe(false);
    expect(await keys.preload()).toBe(false);
    expect(server.requests).toHaveLength(1);
    server.answer = publish([key]);
    time.advance(1);
    expect(await keys.preload()).toBe(true);
  });

  it("the error is an outage with its cause, and says nothing of the token", async () => {
    const server = await jwksServer(text("", {}, 503));
    const { verifier } = remote(server.url);
    const error = await refusalOf(verifier.verifyAsync(token));
    expect(error).toMatchObject({ code: "KEYS_UNAVAILABLE", status: 503, retryable: true });
    expect((error.cause as Error).message).toContain("503");
    expect(error.message).not.toContain(token);
  });

  it("older keys serve at once while an endpoint that hangs is asked again", async () => {
    const server = await jwksServer(publish([key]));
    const { verify, time, next: event } = remote(server.url, { timeoutMs: 60 });
    await verify(token);
    server.answer = () => {};
    time.advance(600);
    // The first to find out waits for the timeout.
    expect(await verify(token)).toBe(key.kid);
    time.advance(30);
    const failed = event("failed");
    let waited = false;
    void failed.then(() => {
      waited = true;
    });
    expect(await verify(token)).toBe(key.kid);
    expect(waited).toBe(false);
    await failed;
  });
});

describe("close", () => {
  it("fetches no more: what needs a fetch is KEYS_UNAVAILABLE, what does not is verified", async () => {
    const server = await jwksServer(publish([key]));
    const { keys, verify, time } = remote(server.url);
    await verify(token);
    keys.close();
    time.advance(60);
    expect(await verify(token)).toBe(key.kid);
    expect(await verify(forged("unknown"))).toBe("KEYS_UNAVAILABLE");
    expect(await keys.preload()).toBe(false);
    time.advance(600);
    expect(await verify(token)).toBe(key.kid);
    time.advance(86_400);
    expect(await verify(token)).toBe("KEYS_UNAVAILABLE");
    expect(server.requests).toHaveLength(1);
  });

  it("before the first fetch leaves none", async () => {
    const server = await jwksServer(publish([key]));
    const { keys, verify } = remote(server.url);
    keys.close();
    keys.close();
    expect(await verify(token)).toBe("KEYS_UNAVAILABLE");
    expect(server.requests).toHaveLength(0);
  });

  it("ends a fetch that is under way", async () => {
    const server = await jwksServer(() => {});
    const { keys, verify } = remote(server.url, { timeoutMs: 60_000 });
    const verdict = verify(token);
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    keys.close();
    expect(await verdict).toBe("KEYS_UNAVAILABLE");
  });
});

describe("events", () => {
  it("go to the channel too, with the URL", async () => {
    const messages: unknown[] = [];
    const listener = (message: unknown): unknown => messages.push(message);
    subscribe("rejwt:jwks", listener);
    const server = await jwksServer(publish([key]));
    await remote(server.url).verify(token);
    unsubscribe("rejwt:jwks", listener);
    expect(messages).toEqual([{ type: "loaded", keys: 1, url: server.url }]);
  });

  it.each<[string, () => void]>([
    [
      "throws",
      () => {
        throw new Error("listener");
      },
    ],
    ["rejects", (async () => Promise.reject(new Error("listener"))) as () => void],
  ])("a listener that %s decides nothing about tokens", async (_name, onEvent) => {
    const server = await jwksServer(publish([key, { kty: "unknown" }]));
    const { verify, time } = remote(server.url, { onEvent });
    expect(await verify(token)).toBe(key.kid);
    server.answer = text("", {}, 500);
    time.advance(600);
    expect(await verify(token)).toBe(key.kid);
  });

  it("tell whether older keys serve on", async () => {
    const server = await jwksServer(publish([key]));
    const { verify, time, events } = remote(server.url, { staleIfError: "1h" });
    await verify(token);
    server.answer = text("", {}, 500);
    time.advance(600);
    await verify(token);
    time.advance(3600);
    await verify(token);
    expect(events).toMatchObject([
      { type: "loaded" },
      { type: "failed", stale: true },
      { type: "failed", stale: false },
    ]);
  });
});

test("the names EdDSA and Ed25519 of one key are both read with either, or with both", async () => {
  const pair = await generateKey("Ed25519");
  const old = importJwk({ ...exportJwk(pair, { private: true }), alg: "EdDSA" });
  const bare = { ...exportJwk(pair), alg: undefined };
  for (const [algs, published, verified] of [
    [["Ed25519"], bare, [pair, old]],
    [["Ed25519"], exportJwk(old), [pair, old]],
    [["EdDSA"], bare, [old]],
    [["EdDSA", "Ed25519"], bare, [pair, old]],
    [["Ed25519", "EdDSA"], exportJwk(pair), [pair, old]],
    [["Ed25519", "EdDSA", "Ed448"], exportJwk(old), [pair, old]],
  ] as const) {
    const server = await jwksServer(publish([published]));
    const { verify } = remote(server.url, { algs: algs as never });
    for (const signing of verified) expect(await verify(tokenOf(signing))).toBe(pair.kid);
  }
});

describe("remote and local keys in one verifier", () => {
  const local = importJwk({ ...exportJwk(next, { private: true }), kid: "local" });
  const both = (keys: RemoteKeys, own = local) =>
    createVerifier({ keys: [own, keys], issuer, audience: false, expiry: "optional" });

  it("are both asked", async () => {
    const server = await jwksServer(publish([key]));
    const keys = remoteKeys(server.url, { algs: ["ES256"], allowHttp: true });
    const verifier = both(keys);
    expect((await verifier.verifyAsync(token)).key.kid).toBe(key.kid);
    expect((await verifier.verifyAsync(tokenOf(local))).key.kid).toBe("local");
    expect((await refusalOf(verifier.verifyAsync(forged("unknown")))).code).toBe("KEY_UNKNOWN");
    expect((await refusalOf(verifier.verifyAsync(forged("unknown", "RS256")))).code).toBe("ALG");
  });

  it("an outage is not the token's fault, and local keys serve through it", async () => {
    const server = await jwksServer(text("", {}, 500));
    const verifier = both(remoteKeys(server.url, { algs: ["ES256"], allowHttp: true }));
    expect((await refusalOf(verifier.verifyAsync(token))).code).toBe("KEYS_UNAVAILABLE");
    expect((await verifier.verifyAsync(tokenOf(local))).key.kid).toBe("local");
    expect((await refusalOf(verifier.verifyAsync(forged("1", "RS256")))).code).toBe("ALG");
  });

  it("an outage is not the token's fault either where a local key without kid was tried in vain", async () => {
    const server = await jwksServer(text("", {}, 500));
    const verifier = both(remoteKeys(server.url, { algs: ["ES256"], allowHttp: true }), next);
    expect((await refusalOf(verifier.verifyAsync(token))).code).toBe("KEYS_UNAVAILABLE");
    expect((await verifier.verifyAsync(tokenOf(next))).key.kid).toBe(next.kid);
  });
});

test("it is frozen and shows nothing of its keys", async () => {
  const { keys } = remote("https://issuer.example/jwks");
  expect(Object.isFrozen(keys)).toBe(true);
  expect(JSON.stringify(keys)).toBe('{"~verifies":"async"}');
});
