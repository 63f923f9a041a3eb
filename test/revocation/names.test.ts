/** The names of a list, from a few to many: exact, however alike they are, and none lost before its end. */
import { describe, expect, it } from "vitest";
import { KeyedHash } from "../../src/revocation/keyed-hash.ts";
import { NameWords } from "../../src/revocation/name-words.ts";
import { Names } from "../../src/revocation/names.ts";

const MINUTE_MS = 60_000;
const START_MS = Date.parse("2026-05-01T12:00:00Z");
const MANY = 60_000;

/** Of every form: an id, a UUID, an address, other scripts, and what is long. */
function name(number: number): string {
  const digits = String(number);
  switch (number % 6) {
    case 0:
      return digits.padStart(35, "A-_z");
    case 1:
      return `${digits.padStart(8, "0")}-0000-4000-8000-000000000000`;
    case 2:
      return `user-${digits}@mail.example`;
    case 3:
      return `名前 ${digits}`;
    case 4:
      return digits.padStart(62 + (number % 5), "-");
    default:
      return digits;
  }
}

function filled(count: number, endsMs: (number: number) => number): Names {
  const names = new Names();
  for (let number = 0; number < count; number++) {
    if (!names.keep(name(number), endsMs(number))) expect.unreachable(name(number));
  }
  return names;
}

describe.each([
  ["a few", 500],
  ["many", MANY],
])("%s names", (_, count) => {
  it("are found, and no other is", () => {
    const names = filled(count, () => START_MS + MINUTE_MS);
    expect(names.size).toBe(count);
    for (let number = 0; number < count; number++) {
      if (!names.find(name(number))) expect.unreachable(name(number));
      if (names.find(name(number + count))) expect.unreachable(name(number + count));
    }
  });

  it("are new once", () => {
    const names = filled(count, () => START_MS);
    for (let number = 0; number < count; number += 7) expect(names.keep(name(number), START_MS)).toBe(false);
    expect(names.size).toBe(count);
  });

  it("stay until their end, the latest that was said, and then leave", () => {
    const names = filled(count, (number) => START_MS + (number % 2 === 0 ? 10 : 30) * MINUTE_MS);
    for (let number = 0; number < 100; number += 2) names.keep(name(number), START_MS + 20 * MINUTE_MS);
    for (let number = 0; number < 100; number += 2) names.keep(name(number), START_MS);
    // A look goes through some of the parts.
    const forget = (minutes: number): void => {
      for (let looks = 0; looks < 10; looks++) names.forget(START_MS + minutes * MINUTE_MS);
    };
    forget(9);
    expect(names.size).toBe(count);
    forget(19);
    for (let number = 0; number < count; number++) {
      if (names.find(name(number)) !== (number % 2 === 1 || number < 100)) expect.unreachable(name(number));
    }
    expect(names.size).toBe(count / 2 + 50);
    forget(31);
    expect(names.size).toBe(0);
    expect(names.find(name(1))).toBe(false);
    expect(names.keep(name(1), START_MS + 60 * MINUTE_MS)).toBe(true);
    expect(names.find(name(1))).toBe(true);
  });

  it("keep their numbers, whole and with fractions, wherever they are moved to", () => {
    const names = new Names(3);
    const numbers = new Float64Array(3);
    const words = new Uint32Array(numbers.buffer);
    const numbersOf = (number: number): number[] => [number, START_MS + number, -1 - number / 8];
    for (let number = 0; number < count; number++) {
      names.keep(name(number), START_MS);
      numbers.set(numbersOf(number));
      names.write(words);
    }
    for (let number = 0; number < count; number++) {
      names.find(name(number));
      names.read(words);
      if (numbersOf(number).some((value, index) => value !== numbers[index])) expect.unreachable(name(number));
    }
  });
});

it("a name that nobody wrote a number for has zeros", () => {
  const names = new Names(1);
  names.keep("a", START_MS);
  const words = new Uint32Array(2).fill(7);
  names.read(words);
  expect([...words]).toEqual([0, 0]);
});

it("names of thousands of characters are split among parts before one is full", () => {
  const names = filled(MANY, () => START_MS);
  const long = (number: number): string => `${"/".repeat(6000)}${number}`;
  for (let number = 0; number < 3000; number++) names.keep(long(number), START_MS);
  expect(names.size).toBe(MANY + 3000);
  for (let number = 0; number < 3000; number++) {
    if (!names.find(long(number))) expect.unreachable(`long ${number}`);
  }
  expect(names.find(long(3000))).toBe(false);
});

it("what is longer than any token is no entry, and stops nothing", () => {
  const names = filled(MANY, () => START_MS);
  expect(names.keep("a".repeat(2 ** 20 + 1), START_MS)).toBe(false);
  expect(names.size).toBe(MANY);
});

describe("two names are never the same words", () => {
  const words = (text: string): string => {
    const read = new NameWords();
    read.read(text);
    return [read.form, ...read.words.subarray(0, read.count)].join(" ");
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
    ["\u0141", "A"],
  ])("%j and %j", (one, other) => {
    expect(words(one)).not.toBe(words(other));
    expect(words(one)).toBe(words(one));
  });
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
