/** The table of names, part by part: what a part holds and when it is full, and which parts let go of what is over. */
import { describe, expect, it, test } from "vitest";
import { KeyedHash } from "../../src/revocation/keyed-hash.ts";
import { ManyNames } from "../../src/revocation/many-names.ts";
import { NamePart } from "../../src/revocation/name-part.ts";
import { NameWords } from "../../src/revocation/name-words.ts";

const MINUTE_MS = 60_000;
const LAST_MINUTE = 2 ** 26 - 1;
const SPLIT = 32_768;

const read = (text: string): NameWords => {
  const words = new NameWords();
  words.read(text);
  return words;
};

/** A part with the hash that its names are found by. */
class Part {
  readonly hash = new KeyedHash([1, 2]);
  part: NamePart;

  constructor(part: NamePart) {
    this.part = part;
  }

  hashOf(name: NameWords): KeyedHash {
    this.hash.compute(name.form, name.words, 0, name.count);
    return this.hash;
  }

  add(text: string, minute = 10): number {
    const name = read(text);
    return this.part.add(name, this.hashOf(name).high, minute);
  }

  find(text: string): number {
    const name = read(text);
    return this.part.find(name, this.hashOf(name).high);
  }
}

const filled = (count: number, columns = 0, slots?: number): Part => {
  const part = new Part(new NamePart(0, columns, slots));
  for (let number = 0; number < count; number++) part.add(`n${number}`, number);
  return part;
};
const numbers = (count: number): number[] => Array.from({ length: count }, (_, number) => number);
const isHere = (part: Part, count: number): boolean[] => numbers(count).map((number) => part.find(`n${number}`) > 0);

describe("a part", () => {
  it("finds the names that were added, one after another, and no other", () => {
    const part = filled(12);
    // Each takes two words: its head, and its few characters.
    expect(numbers(12).map((number) => part.find(`n${number}`))).toEqual(numbers(12).map((number) => 1 + 2 * number));
    expect(part.find("n12")).toBe(0);
    expect([part.part.count, part.part.length]).toEqual([12, 25]);
  });

  it("goes by the name and not by its hash alone, nor by its words without its form", () => {
    const part = new Part(new NamePart(0, 0));
    const [one, other, longer] = [read("AB"), read("AC"), read("AAB")];
    const at = part.part.add(one, 7, 10);
    expect([part.part.find(one, 7), part.part.find(other, 7), part.part.find(longer, 7)]).toEqual([at, 0, 0]);
    const next = part.part.add(other, 7, 10);
    expect([part.part.find(one, 7), part.part.find(other, 7)]).toEqual([at, next]);
  });

  it("compares every word of a name", () => {
    const part = new Part(new NamePart(0, 0));
    part.part.add(read("aaaaabbbbbccccc"), 7, 10);
    for (const other of ["xaaaabbbbbccccc", "aaaaaxbbbbccccc", "aaaaabbbbbccccx"]) {
      expect(part.part.find(read(other), 7)).toBe(0);
    }
  });

  it("looks on from the last slot at the first", () => {
    const part = new Part(new NamePart(0, 0));
    const places = ["a", "b", "c"].map((text) => part.part.add(read(text), 15, 10));
    expect(["a", "b", "c"].map((text) => part.part.find(read(text), 15))).toEqual(places);
    expect(part.part.find(read("d"), 15)).toBe(0);
  });

  it("is full when three slots of four are in use", () => {
    expect([filled(11).part.hasRoom(1), filled(12).part.hasRoom(1)]).toEqual([true, false]);
    expect([filled(23, 0, 32).part.hasRoom(1), filled(24, 0, 32).part.hasRoom(1)]).toEqual([true, false]);
  });

  it("is full when a record would end after the last place that a slot can tell, its numbers included", () => {
    const most = 2 ** 22 - 1;
    const part = new NamePart(0, 0);
    expect([part.hasRoom(most - 2), part.hasRoom(most - 1)]).toEqual([true, false]);
    const ofTwo = new NamePart(0, 2);
    expect([ofTwo.hasRoom(most - 6), ofTwo.hasRoom(most - 5)]).toEqual([true, false]);
    ofTwo.add(read("a"), 1, 10);
    expect([ofTwo.hasRoom(most - 12), ofTwo.hasRoom(most - 11)]).toEqual([true, false]);
  });

  it("keeps each name's end, up to the last minute, and moves it without touching the name", () => {
    const part = new Part(new NamePart(0, 0));
    const [at, last] = [part.add("user-1@mail.example", 0), part.add("a", LAST_MINUTE)];
    expect([part.part.endOf(at), part.part.endOf(last)]).toEqual([0, LAST_MINUTE]);
    part.part.endAt(at, LAST_MINUTE);
    expect([part.part.endOf(at), part.find("user-1@mail.example"), part.find("a")]).toEqual([LAST_MINUTE, at, last]);
    part.part.endAt(at, 5);
    expect(part.part.endOf(at)).toBe(5);
  });

  it("knows its earliest end and how many have come", () => {
    const part = filled(10);
    expect(new NamePart(0, 0).earliest).toBe(Number.POSITIVE_INFINITY);
    expect(part.part.earliest).toBe(0);
    expect([-1, 0, 4, 9, 20].map((minute) => part.part.countOver(minute))).toEqual([0, 1, 5, 10, 10]);
    const later = new Part(new NamePart(0, 0));
    for (const minute of [9, 7, 8]) later.add(`m${minute}`, minute);
    expect(later.part.earliest).toBe(7);
  });

  it("keeps the numbers of each name, of every form, where it had to grow too", () => {
    const names = ["a", "abcdef", "user-1@mail.example", "/".repeat(301), "b"];
    const part = new Part(new NamePart(0, 2));
    const places = names.map((name) => part.add(name));
    const written = names.map((_, index) => Uint32Array.of(index, 2 ** 32 - 1, index + 1, 7));
    const into = new Uint32Array(4);
    for (const at of places) {
      part.part.read(at, into.fill(9));
      expect([...into]).toEqual([0, 0, 0, 0]);
    }
    for (const [index, at] of places.entries()) part.part.write(at, written[index] as Uint32Array);
    expect(names.map((name) => part.find(name))).toEqual(places);
    for (const [index, at] of places.entries()) {
      part.part.read(at, into);
      expect(into).toEqual(written[index]);
    }
  });
});

describe("a part that is dealt anew", () => {
  it("holds the same names, ends and numbers in one part, with room for as many as was said", () => {
    const old = new Part(new NamePart(3, 1));
    const names = ["a", "abcdef", "user-1@mail.example", "/".repeat(301), "b"];
    for (const [index, name] of names.entries()) old.part.write(old.add(name, 20 + index), Uint32Array.of(index, 5));
    const parts = old.part.dealt(old.hash, 3, 5, 19);
    expect(parts).toHaveLength(1);
    const dealt = new Part(parts[0] as NamePart);
    expect([dealt.part.bits, dealt.part.count, dealt.part.earliest, dealt.part.length]).toEqual([
      3,
      5,
      20,
      old.part.length,
    ]);
    const into = new Uint32Array(2);
    for (const [index, name] of names.entries()) {
      const at = dealt.find(name);
      dealt.part.read(at, into);
      expect([dealt.part.endOf(at), ...into]).toEqual([20 + index, index, 5]);
    }
  });

  it("leaves out what has its end by then", () => {
    const old = filled(10);
    const [part] = old.part.dealt(old.hash, 0, 10, 3);
    const dealt = new Part(part as NamePart);
    expect(isHere(dealt, 10)).toEqual(numbers(10).map((number) => number > 3));
    expect([dealt.part.count, dealt.part.earliest, dealt.part.length]).toEqual([6, 4, 13]);
  });

  test.each([
    [0, 12],
    [12, 12],
    [13, 24],
    [24, 24],
    [25, 48],
    [SPLIT, (SPLIT * 3) / 4],
  ])("for %i names has room for %i", (room, most) => {
    const [part] = new NamePart(0, 0).dealt(new KeyedHash(), 0, room, -1) as [NamePart];
    part.count = most - 1;
    expect(part.hasRoom(1)).toBe(true);
    part.count = most;
    expect(part.hasRoom(1)).toBe(false);
  });

  it("in two has each name where the next bit of its hash says", () => {
    const old = new Part(new NamePart(2, 0, 512));
    for (let number = 0; number < 200; number++) old.add(`n${number}`, number);
    const parts = old.part.dealt(old.hash, 3, 200, 49).map((part) => new Part(part));
    expect(parts.map(({ part }) => part.bits)).toEqual([3, 3]);
    for (let number = 0; number < 200; number++) {
      const name = read(`n${number}`);
      const bit = (old.hashOf(name).low >>> 2) & 1;
      const here = parts.map((part) => part.find(`n${number}`) > 0);
      expect(here).toEqual([number > 49 && bit === 0, number > 49 && bit === 1]);
    }
    expect(parts.reduce((sum, { part }) => sum + part.count, 0)).toBe(150);
  });

  it("because it was full stays one until it has 32768 slots, with twice the room, and then becomes two", () => {
    const small = filled(12);
    const [larger, ...none] = small.part.grown(small.hash) as [NamePart];
    expect(none).toEqual([]);
    expect(isHere(new Part(larger), 12)).toEqual(Array(12).fill(true));
    larger.count = 23;
    expect(larger.hasRoom(1)).toBe(true);

    const almost = new NamePart(0, 0, SPLIT / 2).grown(new KeyedHash());
    expect(almost.map(({ bits }) => bits)).toEqual([0]);
    const largest = filled(100, 0, SPLIT);
    const halves = largest.part.grown(largest.hash).map((part) => new Part(part));
    expect(halves.map(({ part }) => part.bits)).toEqual([1, 1]);
    const [one, other] = halves.map((part) => isHere(part, 100)) as [boolean[], boolean[]];
    expect(one.map((here, index) => here !== other[index])).toEqual(Array(100).fill(true));
    // Names whose end was before 1970 even, for nothing is left out here.
    expect(halves.reduce((sum, { part }) => sum + part.countOver(0), 0)).toBe(1);
  });
});

function many(count: number, endMs: (number: number) => number, columns = 0): ManyNames {
  const names = new ManyNames(columns);
  for (let number = 0; number < count; number++) names.keep(`n${number}`, endMs(number));
  return names;
}

describe("a table", () => {
  it("has no name at first, nor one that is longer than any of its own", () => {
    const names = new ManyNames(0);
    expect([names.find(""), names.find("a"), names.size]).toEqual([false, false, 0]);
    names.keep("ab", MINUTE_MS);
    names.keep("a", MINUTE_MS);
    expect([names.find("ab"), names.find("a"), names.find("b"), names.find("abc")]).toEqual([true, true, false, false]);
  });

  it("takes a name of a million characters, and none that is longer", () => {
    const names = new ManyNames(0);
    const longest = "a".repeat(2 ** 20);
    expect([names.keep(`${longest}a`, MINUTE_MS), names.size]).toEqual([false, 0]);
    expect([names.keep(longest, MINUTE_MS), names.find(longest), names.size]).toEqual([true, true, 1]);
  });

  it.each([
    ["its minute, whole", 10 * MINUTE_MS, 10],
    ["the minute that ends after it", 10 * MINUTE_MS + 1, 11],
    ["1970, where it was before", -5 * MINUTE_MS, 0],
    ["the last minute that a record can tell, where it is later", Number.MAX_SAFE_INTEGER, LAST_MINUTE],
    ["the last minute, where it has no end", Number.POSITIVE_INFINITY, LAST_MINUTE],
  ])("keeps a name until %s", (_, untilMs, minute) => {
    const names = new ManyNames(0);
    names.keep("a", untilMs);
    names.forget(minute * MINUTE_MS - 1);
    expect(names.size).toBe(1);
    names.forget(minute * MINUTE_MS);
    expect([names.size, names.find("a")]).toEqual([0, false]);
  });

  it("moves an end to later, never to earlier", () => {
    const names = new ManyNames(0);
    for (const minute of [5, 9, 7]) expect(names.keep("a", minute * MINUTE_MS)).toBe(minute === 5);
    names.forget(8 * MINUTE_MS);
    expect(names.size).toBe(1);
    names.forget(9 * MINUTE_MS);
    expect(names.size).toBe(0);
  });

  it("reads and writes the numbers of the name that was kept or found last", () => {
    const names = new ManyNames(1);
    const into = new Uint32Array(2);
    const numbersOf = (name: string): number[] => {
      expect(names.find(name)).toBe(true);
      names.read(into);
      return [...into];
    };
    names.keep("a", MINUTE_MS);
    names.write(Uint32Array.of(1, 2));
    names.keep("b", MINUTE_MS);
    names.write(Uint32Array.of(3, 4));
    names.keep("a", MINUTE_MS);
    names.write(Uint32Array.of(5, 6));
    expect([numbersOf("b"), numbersOf("a"), names.size]).toEqual([[3, 4], [5, 6], 2]);
  });

  it("gives a new name zeros, though a longer one was read before", () => {
    const names = new ManyNames(1);
    const into = Uint32Array.of(7, 7);
    names.keep("_______________", MINUTE_MS);
    names.keep("a", MINUTE_MS);
    names.read(into);
    expect([...into]).toEqual([0, 0]);
  });

  it.each([
    ["up to 256 names lets go of one at once", 256, 1, 255],
    ["more keeps what is over", 257, 1, 257],
    ["more keeps it until it is an eighth", 304, 37, 304],
    ["more lets go of an eighth", 304, 38, 266],
    ["whatever their number lets go of all", 300, 300, 0],
  ])("of %s", (_, count, over, left) => {
    const names = many(count, (number) => (number < over ? 10 : 20) * MINUTE_MS);
    names.forget(9 * MINUTE_MS);
    expect(names.size).toBe(count);
    names.forget(10 * MINUTE_MS);
    expect(names.size).toBe(left);
    for (let number = over; number < count; number++) if (!names.find(`n${number}`)) expect.unreachable(`n${number}`);
    expect(names.find("n0")).toBe(left === count);
  });

  it("that let go of names has room for new ones", () => {
    const names = many(200, (number) => (number < 150 ? 10 : 20) * MINUTE_MS);
    names.forget(10 * MINUTE_MS);
    for (let number = 0; number < 150; number++) expect(names.keep(`n${number}`, 20 * MINUTE_MS)).toBe(true);
    expect(names.size).toBe(200);
    names.forget(20 * MINUTE_MS);
    expect(names.size).toBe(0);
  });

  it("of several parts looks through some at each call, and goes on from there", () => {
    // Two parts of more than 500,000 words each.
    const count = (SPLIT * 3) / 4 + 100;
    const names = many(count, () => 10 * MINUTE_MS, 20);
    expect(names.size).toBe(count);
    names.forget(9 * MINUTE_MS);
    names.forget(10 * MINUTE_MS);
    expect(names.size).toBeGreaterThan(count / 3);
    expect(names.size).toBeLessThan((count * 2) / 3);
    names.forget(10 * MINUTE_MS);
    expect(names.size).toBe(0);
    expect(names.keep("n1", 20 * MINUTE_MS)).toBe(true);
  });

  it("of several parts passes by those in which nothing is over, and goes on to the next in the same call", () => {
    const count = (SPLIT * 3) / 4 + 100;
    const names = many(count, () => 10 * MINUTE_MS, 20);
    names.forget(10 * MINUTE_MS);
    const second = names.size;
    for (let number = 0; number < count; number++) {
      if (!names.find(`n${number}`)) names.keep(`n${number}`, 20 * MINUTE_MS);
    }
    expect(names.size).toBe(count);
    // Both are passed by, and the next call begins where this one did: at the second part.
    names.forget(9 * MINUTE_MS);
    names.forget(10 * MINUTE_MS);
    expect(names.size).toBe(count - second);
  });

  it("of several parts finds every name in its own", () => {
    const count = (SPLIT * 3) / 4 + 100;
    const names = many(count, (number) => (number % 2 === 0 ? 10 : 20) * MINUTE_MS);
    for (let number = 0; number < count; number++) if (!names.find(`n${number}`)) expect.unreachable(`n${number}`);
    expect(names.find(`n${count}`)).toBe(false);
    names.forget(10 * MINUTE_MS);
    expect(names.size).toBe(count / 2);
    for (let number = 0; number < count; number++) {
      if (names.find(`n${number}`) !== (number % 2 === 1)) expect.unreachable(`n${number}`);
    }
  });
});
