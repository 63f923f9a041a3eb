/** Which keys are tried for a token: by alg, then by kid, at most four. */
import { describe, expect, it, test } from "vitest";
import type { Key } from "../../src/index.ts";
import { keySet } from "../../src/jwk/key-set.ts";
import { hs256, keyFor } from "../fixtures/keys.ts";
import { codeOf } from "../fixtures/refusals.ts";

const nameless = [1, 2, 3, 4].map((byte) => hs256(byte));
const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map((kid, at) => hs256(10 + at, kid)) as [Key, Key, Key, Key, Key];

describe("the candidates of a token", () => {
  it("are the keys of its alg alone", () => {
    const set = keySet("test", [a, keyFor("ES256", "a"), keyFor("RS256", "a")]);
    expect(set.candidates("HS256", undefined)).toEqual([a]);
    expect(set.candidates("RS256", "a").map(({ alg }) => alg)).toEqual(["RS256"]);
  });

  test.each(["none", "None", "", "HS384", "PS256", "constructor", "__proto__"])("are none for alg %j", (alg) => {
    expect(codeOf(() => keySet("test", [a, keyFor("RS256")]).candidates(alg, undefined))).toBe("ALG");
  });

  it("are those whose kid the token names, then those whose kid nobody declared", () => {
    const [one, two] = nameless as [Key, Key];
    const set = keySet("test", [one, a, two, b]);
    expect(set.candidates("HS256", "b")).toEqual([b, one, two]);
    expect(set.candidates("HS256", "z")).toEqual([one, two]);
  });

  it("are all keys where the token names no kid", () => {
    expect(keySet("test", [a, b]).candidates("HS256", undefined)).toEqual([a, b]);
  });

  it("are none where the kid matches nothing and every key declares one", () => {
    expect(codeOf(() => keySet("test", [a, b]).candidates("HS256", "z"))).toBe("KEY_UNKNOWN");
    expect(codeOf(() => keySet("test", [a, b]).candidates("HS256", ""))).toBe("KEY_UNKNOWN");
  });

  it("are at most four: a token without kid that five keys could have signed is refused", () => {
    expect(keySet("test", [a, b, c, d]).candidates("HS256", undefined)).toHaveLength(4);
    const five = keySet("test", [a, b, c, d, e]);
    expect(codeOf(() => five.candidates("HS256", undefined))).toBe("KEY_UNKNOWN");
    expect(five.candidates("HS256", "e")).toEqual([e]);
  });

  it("are at most four with a kid too", () => {
    expect(keySet("test", [...nameless.slice(0, 3), a]).candidates("HS256", "a")).toHaveLength(4);
    expect(codeOf(() => keySet("test", [...nameless, a]).candidates("HS256", "a"))).toBe("KEY_UNKNOWN");
  });

  it("prefer a key whose undeclared kid, its thumbprint, is named", () => {
    const [first, second] = [keyFor("ES256"), hs256(1)];
    expect(keySet("test", [first, second]).candidates("ES256", first.kid)).toEqual([first]);
  });

  it("know both names of EdDSA, by the new name's key alone", () => {
    const [ed, old] = [keyFor("Ed25519", "ed"), keyFor("EdDSA", "old")];
    const set = keySet("test", [ed, old, keyFor("Ed448", "long")]);
    expect(set.candidates("EdDSA", "ed")).toEqual([ed]);
    expect(set.candidates("EdDSA", undefined)).toHaveLength(3);
    expect(set.candidates("Ed25519", undefined)).toEqual([ed]);
    expect(codeOf(() => keySet("test", [old]).candidates("Ed25519", undefined))).toBe("ALG");
  });
});

describe("a set of keys", () => {
  it("has a key", () => {
    expect(codeOf(() => keySet("test", []))).toBe("CONFIG");
  });

  it("has no two keys of one alg and one declared kid, and may have them of two algs", () => {
    expect(codeOf(() => keySet("test", [a, hs256(99, "a")]))).toBe("CONFIG");
    expect(codeOf(() => keySet("test", [a, keyFor("ES256", "a")]))).toBe("accepted");
    expect(codeOf(() => keySet("test", [keyFor("Ed25519", "x"), keyFor("EdDSA", "x")]))).toBe("CONFIG");
  });

  it("has at most four keys of one alg without kid", () => {
    expect(codeOf(() => keySet("test", nameless))).toBe("accepted");
    expect(codeOf(() => keySet("test", [...nameless, a, b, c]))).toBe("accepted");
    expect(codeOf(() => keySet("test", [...nameless, hs256(5)]))).toBe("CONFIG");
  });
});
