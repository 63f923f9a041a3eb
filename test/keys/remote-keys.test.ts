/** Another issuer's keys: when they are fetched and how often. Against a real HTTP server. */
import { afterEach, describe, expect, it, test, vi } from "vitest";
import { generateKey } from "../../src/jwk/generate.ts";
import { exportJwk, importJwk } from "../../src/jwk/jwk.ts";
import { remoteKeys } from "../../src/jwk/remote-keys.ts";
import { jwksServer, publish, text } from "./jwks-server.ts";
import { forged, remote, tokenOf } from "./remote-issuer.ts";

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

test("it is frozen and shows nothing of its keys", async () => {
  const { keys } = remote("https://issuer.example/jwks");
  expect(Object.isFrozen(keys)).toBe(true);
  expect(JSON.stringify(keys)).toBe('{"~verifies":"async"}');
});
