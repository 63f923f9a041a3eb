/** A cache of tokens holds no more than it may, by count and by bytes, and keeps those that are asked for. */
import { describe, expect, it } from "vitest";
import { type TokenCache, tokenCache } from "../../src/jwt/token-cache.ts";
import { hs256 } from "../fixtures/keys.ts";

const KEY = hs256(1);
/** An entry takes 1024 bytes, and two for each character of the token and of a payload that is kept. */
const ENTRY = 1024 + 2 * 100;
const tokenOf = (name: string, length = 100): string => name.padStart(length, ".");
const keep = (cache: TokenCache, token: string, payload: string | Uint8Array = "{}"): void => {
  const proved = { token, payload, header: { alg: "HS256" }, key: KEY } as never;
  cache.keep(token, proved, {}, undefined);
};
const held = (cache: TokenCache, names: readonly string[], length = 100): string =>
  names.filter((name) => cache.find(tokenOf(name, length)) !== undefined).join("");

describe("by bytes", () => {
  it("holds what fits exactly, and not one more", () => {
    const cache = tokenCache({ maxTokens: 100, maxBytes: 3 * ENTRY }, false);
    for (const name of ["a", "b", "c"]) keep(cache, tokenOf(name));
    expect(cache.find(tokenOf("a"))).toBeDefined();
    // Not asked for, b goes first; a was asked for.
    keep(cache, tokenOf("d"));
    expect(held(cache, ["a", "b", "c", "d"])).toBe("acd");
  });

  it("keeps one entry that fits exactly, and none that is larger than all of it", () => {
    const exact = tokenCache({ maxTokens: 100, maxBytes: ENTRY }, false);
    keep(exact, tokenOf("a"));
    expect(held(exact, ["a"])).toBe("a");
    const short = tokenCache({ maxTokens: 100, maxBytes: ENTRY - 1 }, false);
    keep(short, tokenOf("a"));
    expect(held(short, ["a"])).toBe("");
  });

  it("counts the payload's text where a schema needs it, and only there", () => {
    const payload = "x".repeat(100);
    const withSchema = tokenCache({ maxTokens: 100, maxBytes: 2 * (ENTRY + 200) - 1 }, true);
    for (const name of ["a", "b"]) keep(withSchema, tokenOf(name), payload);
    expect(held(withSchema, ["a", "b"])).toBe("b");
    const without = tokenCache({ maxTokens: 100, maxBytes: 2 * ENTRY }, false);
    for (const name of ["a", "b"]) keep(without, tokenOf(name), payload);
    expect(held(without, ["a", "b"])).toBe("ab");
  });

  it("counts a token once that is kept again", () => {
    const cache = tokenCache({ maxTokens: 100, maxBytes: 2 * ENTRY }, false);
    for (const name of ["a", "a", "a", "b"]) keep(cache, tokenOf(name));
    expect(held(cache, ["a", "b"])).toBe("ab");
  });

  it("still counts right after many evictions, of tokens asked for too", () => {
    const cache = tokenCache({ maxTokens: 100, maxBytes: 3 * ENTRY }, false);
    const names = Array.from({ length: 60 }, (_, at) => `<${at}>`);
    for (const [at, name] of names.entries()) {
      keep(cache, tokenOf(name));
      if (at % 2 === 0) cache.find(tokenOf(name));
    }
    expect(names.filter((name) => cache.find(tokenOf(name)) !== undefined)).toHaveLength(3);
    // A larger one takes the place of two.
    keep(cache, tokenOf("large", 100 + ENTRY / 2));
    expect(cache.find(tokenOf("large", 100 + ENTRY / 2))).toBeDefined();
    expect(names.filter((name) => cache.find(tokenOf(name)) !== undefined)).toHaveLength(1);
  });
});

describe("by count", () => {
  it("who was asked for stays for one round more, and no longer", () => {
    const cache = tokenCache({ maxTokens: 2, maxBytes: 1_000_000 }, false);
    for (const name of ["a", "b"]) keep(cache, tokenOf(name));
    cache.find(tokenOf("a"));
    keep(cache, tokenOf("c"));
    keep(cache, tokenOf("d"));
    expect(held(cache, ["a", "b", "c", "d"])).toBe("cd");
  });
});

it("the payload's text is the same from bytes and from text", () => {
  const cache = tokenCache({ maxTokens: 2, maxBytes: 1_000_000 }, true);
  keep(cache, tokenOf("a"), '{"name":"Žofie"}');
  keep(cache, tokenOf("b"), Buffer.from('{"name":"Žofie"}'));
  for (const name of ["a", "b"]) expect(cache.find(tokenOf(name))?.payload).toBe('{"name":"Žofie"}');
});

it("what is no text is never found", () => {
  const cache = tokenCache({ maxTokens: 2, maxBytes: 1_000_000 }, false);
  keep(cache, tokenOf("a"));
  expect(cache.find(undefined)).toBeUndefined();
  expect(cache.find({ slice: () => tokenOf("a") })).toBeUndefined();
  expect(cache.find([tokenOf("a")])).toBeUndefined();
});
