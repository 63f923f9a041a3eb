/** What becomes of each key of a published set: a bad key costs that key alone. */
import { describe, expect, it, test } from "vitest";
import { generateKey } from "../../src/jwk/generate.ts";
import { exportJwk, importJwk } from "../../src/jwk/jwk.ts";
import { publishedKeys } from "../../src/jwk/published-keys.ts";
import { jwksServer, publish } from "./jwks-server.ts";
import { remote, tokenOf } from "./remote-issuer.ts";

const [key, other, rsa] = await Promise.all([
  generateKey("ES256"),
  generateKey("ES256"),
  generateKey("RS256", { modulusLength: 2048 }),
]);
const token = tokenOf(key);
const jwk = exportJwk(key);

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

test("members that are no objects are left out, where a set holds them", () => {
  const refused: unknown[] = [];
  const keys = publishedKeys({ keys: [null, "key", [], jwk] }, ["ES256"], (one) => refused.push(one.kid));
  expect(keys.map(({ kid }) => kid)).toEqual([key.kid]);
  expect(refused).toEqual([undefined, undefined, undefined]);
});
