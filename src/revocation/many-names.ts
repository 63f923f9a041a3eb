/**
 * Names, each with an end and with numbers, for millions of them: no object or string for each, exact, and no pause while
 * it grows. It is made of parts, and a part that is full becomes two (extendible hashing), so no step walks through all.
 */
import { KeyedHash } from "./keyed-hash.ts";
import { NamePart } from "./name-part.ts";
import { FORM_BITS, NameWords } from "./name-words.ts";

const MINUTE_MS = 60_000;
/** Ends are minutes since 1970, in the bits that a form leaves: up to the year 2097, and what ends later ends then. */
const LAST_MINUTE = 2 ** (32 - FORM_BITS) - 1;

/** What is longer is no entry: no token that is read has as long a name, and whoever writes entries stops at 1024. */
const MOST_CHARACTERS = 2 ** 20;

/** How many words of records one look for those that are over walks through. */
const WORDS_A_LOOK = 500_000;
/** Parts of up to so many records leave out what is over at once; larger ones when it is an eighth of them. */
const SMALL = 256;

export class ManyNames {
  readonly #hash = new KeyedHash();
  readonly #asked = new NameWords();
  /** By the low bits of a name's hash. A part that has fewer bits in common stands in several places. */
  #parts: NamePart[];
  #longest = 0;
  #size = 0;
  #nextLook = 0;
  #found: NamePart;
  #at = 0;

  constructor(columns: number) {
    this.#found = new NamePart(0, columns);
    this.#parts = [this.#found];
  }

  get size(): number {
    return this.#size;
  }

  find(name: string): boolean {
    if (this.#size === 0 || name.length > this.#longest) return false;
    return this.#look(name);
  }

  keep(name: string, untilMs: number): boolean {
    if (name.length > MOST_CHARACTERS) return false;
    const minute = Math.min(LAST_MINUTE, Math.max(0, Math.ceil(untilMs / MINUTE_MS)));
    if (!this.#look(name)) {
      this.#longest = Math.max(this.#longest, name.length);
      const { low, high } = this.#hash;
      while (!this.#found.hasRoom(this.#asked.count)) this.#makeRoom(low);
      this.#at = this.#found.add(this.#asked, high, minute);
      this.#size++;
      return true;
    }
    this.#found.endAt(this.#at, Math.max(this.#found.endOf(this.#at), minute));
    return false;
  }

  read(into: Uint32Array): void {
    this.#found.read(this.#at, into);
  }

  write(numbers: Uint32Array): void {
    this.#found.write(this.#at, numbers);
  }

  /** Looks through some of the parts for names whose end has come, and drops them; the next call goes on from there. */
  forget(nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    let words = WORDS_A_LOOK;
    for (let looks = this.#parts.length; looks > 0 && words > 0; looks--) {
      const index = this.#nextLook++ % this.#parts.length;
      const part = this.#parts[index] as NamePart;
      if (part.earliest > minute || index >>> part.bits > 0) continue;
      words -= part.length;
      const over = part.countOver(minute);
      if (part.count > SMALL && over * 8 < part.count) continue;
      const left = part.count - over;
      this.#replace(part, part.dealt(this.#hash, part.bits, left + (left >> 2), minute));
      this.#size -= over;
    }
  }

  #look(name: string): boolean {
    const asked = this.#asked;
    const hash = this.#hash;
    asked.read(name);
    hash.compute(asked.form, asked.words, 0, asked.count);
    this.#found = this.#parts[hash.low & (this.#parts.length - 1)] as NamePart;
    this.#at = this.#found.find(asked, hash.high);
    return this.#at > 0;
  }

  /** @param low the first word of the hash whose part is full */
  #makeRoom(low: number): void {
    const full = this.#found;
    const parts = full.grown(this.#hash);
    const [{ bits }] = parts as [NamePart];
    if (2 ** bits > this.#parts.length) this.#parts = [...this.#parts, ...this.#parts];
    this.#replace(full, parts);
    this.#found = this.#parts[low & (this.#parts.length - 1)] as NamePart;
  }

  #replace(part: NamePart, by: readonly NamePart[]): void {
    for (let index = this.#parts.indexOf(part); index < this.#parts.length; index += 2 ** part.bits) {
      this.#parts[index] = by[(index >>> part.bits) % by.length] as NamePart;
    }
  }
}
