/** The names of a list, from a few to more than a Map is given, and the words that they are kept as. */
import { describe, expect, it, test } from "vitest";
import { KeyedHash } from "../../src/revocation/keyed-hash.ts";
import { NameWords } from "../../src/revocation/name-words.ts";
import { Names } from "../../src/revocation/names.ts";
import { describeNames, MINUTE_MS, START_MS } from "./names-of-every-form.ts";

describeNames("a few names", 500);

it("a name that nobody wrote a number for has zeros", () => {
  const names = new Names(1);
  names.keep("a", START_MS);
  const words = new Uint32Array(2).fill(7);
  names.read(words);
  expect([...words]).toEqual([0, 0]);
});

it("names keep their numbers and their ends when they become too many for a Map", () => {
  const count = 8200;
  const names = new Names(1);
  const words = new Uint32Array(2);
  for (let number = 0; number < count; number++) {
    names.keep(String(number), START_MS + (number % 2) * MINUTE_MS);
    names.write(words.fill(number));
  }
  names.forget(START_MS);
  expect(names.size).toBe(count / 2);
  for (let number = 0; number < count; number++) {
    if (names.find(String(number)) !== (number % 2 === 1)) expect.unreachable(String(number));
    if (number % 2 === 0) continue;
    names.read(words);
    if (words.some((word) => word !== number)) expect.unreachable(String(number));
  }
});

describe("names leave", () => {
  const SECOND_MS = 1000;

  it.each([
    ["at their very end while they are 8192", 8192, 0],
    ["at the end of that minute when there is one more", 8193, 8193],
  ])("%s", (_, count, left) => {
    const names = new Names();
    for (let number = 0; number < count; number++) names.keep(String(number), START_MS + SECOND_MS);
    names.forget(START_MS + SECOND_MS);
    expect(names.size).toBe(left);
    names.forget(START_MS + MINUTE_MS);
    expect(names.size).toBe(0);
  });

  it("not a millisecond before their end", () => {
    const names = new Names();
    names.keep("a", START_MS + 1);
    names.forget(START_MS);
    expect(names.size).toBe(1);
    names.forget(START_MS + MINUTE_MS);
    expect(names.size).toBe(0);
  });

  it("at the first look of a minute, and again when the clock was set back by more than that", () => {
    const names = new Names();
    names.forget(START_MS);
    names.keep("a", START_MS - 5 * MINUTE_MS);
    const sizeAfter = (ms: number): number => {
      names.forget(START_MS + ms);
      return names.size;
    };
    expect(sizeAfter(0)).toBe(1);
    expect(sizeAfter(MINUTE_MS - 1)).toBe(1);
    expect(sizeAfter(1 - MINUTE_MS)).toBe(1);
    expect(sizeAfter(-MINUTE_MS)).toBe(0);
    names.keep("a", START_MS - 5 * MINUTE_MS);
    expect(sizeAfter(-1)).toBe(1);
    expect(sizeAfter(0)).toBe(0);
  });
});

const read = (text: string): NameWords => {
  const words = new NameWords();
  words.read(text);
  return words;
};
const wordsOf = (name: NameWords): number[] => [...name.words.subarray(0, name.count)];

describe("two names are never the same words", () => {
  const words = (text: string): string => {
    const name = read(text);
    return [name.form, ...wordsOf(name)].join(" ");
  };
  it.each([
    ["a", "A"],
    ["a", "aA"],
    ["A", "AA"],
    ["", "A"],
    ["é", "e"],
    ["a b", "a b\0"],
    ["\0", "\0\0"],
    ["á", "a\u0301"],
    ["A".repeat(62), "A".repeat(63)],
    ["A".repeat(63), "A".repeat(64)],
    ["ab+", "ab-"],
    ["+", "/"],
    ["A+", "A/"],
    ["\u0141", "A"],
  ])("%j and %j", (one, other) => {
    expect(words(one)).not.toBe(words(other));
    expect(words(one)).toBe(words(one));
  });
});

const pair = (first: number, second = 0): number => first + second * 2 ** 16;

test.each<[string, number, number[]]>([
  ["", 0, []],
  ["_", 1, [63]],
  ["A-", 2, [62]],
  ["BAAAA", 5, [2 ** 24]],
  ["_____C", 6, [2 ** 30 - 1, 2]],
  ["+", 63, [1, 0x2b]],
  ["a+", 63, [2, pair(0x61, 0x2b)]],
  ["a b", 63, [3, pair(0x61, 0x20), pair(0x62)]],
  ["\u00e1\uffff", 63, [2, pair(0xe1, 0xffff)]],
  ["A".repeat(62), 62, Array(13).fill(0)],
  ["B".repeat(63), 63, [63, ...Array(31).fill(pair(0x42, 0x42)), pair(0x42)]],
])("%j has the form %i: as many characters of base64url, five in a word, or pairs of any", (text, form, words) => {
  const name = read(text);
  expect([name.form, wordsOf(name)]).toEqual([form, words]);
});

test("a name is read whole after a longer one, and one longer than any before", () => {
  const name = new NameWords();
  for (const text of ["+".repeat(126), "+".repeat(127), "ab", "/".repeat(5001), "c"]) {
    name.read(text);
    expect(wordsOf(name)).toEqual(wordsOf(read(text)));
    if (text.length > 2) expect(wordsOf(name)).toHaveLength(1 + Math.ceil(text.length / 2));
  }
});

it("the hash has a key of its own in every table, and goes by every word", () => {
  const of = (hash: KeyedHash, ...words: readonly number[]): string => {
    hash.compute(1, new Uint32Array(words), 0, words.length);
    return `${hash.low} ${hash.high}`;
  };
  const hash = new KeyedHash();
  expect(of(hash, 1, 2)).toBe(of(hash, 1, 2));
  expect(
    new Set([of(hash, 1, 2), of(hash, 2, 1), of(hash, 1), of(hash, 1, 2, 0), of(new KeyedHash(), 1, 2)]).size,
  ).toBe(5);
});
