/**
 * One part of a table of names: a few thousand records, one after another in one array, and an index of where each begins.
 * A record is a head (the minute of its end, and the form of its name), the name, and its numbers, two words each.
 */
import type { KeyedHash } from "./keyed-hash.ts";
import { FORM_BITS, type NameWords, wordsOf } from "./name-words.ts";

const LEAST_SLOTS = 16;
/** A part that has as many is split, so that nothing that walks through one takes longer than some milliseconds. */
const MOST_SLOTS = 32_768;
/** Where a record begins takes 22 bits of a slot. The others are bits of the name's hash: most names that are not meant differ. */
const PLACE = 0x3fffff;

export class NamePart {
  /** How many bits of their hashes its names have in common. */
  readonly bits: number;
  /** No record ends in a minute before this one. */
  earliest: number = Number.POSITIVE_INFINITY;
  count = 0;
  readonly #columns: number;
  /** 0: free. A record never begins at 0. */
  readonly #slots: Uint32Array;
  #records: Uint32Array;
  #used = 1;

  constructor(bits: number, columns: number, slots: number = LEAST_SLOTS, words = 64) {
    this.bits = bits;
    this.#columns = columns;
    this.#slots = new Uint32Array(slots);
    this.#records = new Uint32Array(words);
  }

  /** The words that all its records take. */
  get length(): number {
    return this.#used;
  }

  /** Where the record of a name begins; 0 where there is none. @param hash the second word of the name's */
  find({ form, words, count }: NameWords, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] as number;
      if (entry === 0) return 0;
      const at = entry & PLACE;
      if (((entry ^ hash) & ~PLACE) === 0 && this.#isOf(at, form, words, count)) return at;
    }
  }

  #isOf(at: number, form: number, words: Uint32Array, count: number): boolean {
    const records = this.#records;
    if (((records[at] as number) & ((1 << FORM_BITS) - 1)) !== form) return false;
    for (let index = 0; index < count; index++) if (records[at + 1 + index] !== words[index]) return false;
    return true;
  }

  /** Whether a name of so many words still fits: three slots of four are in use at most. */
  hasRoom(count: number): boolean {
    return (this.count + 1) * 4 <= this.#slots.length * 3 && this.#used + this.#lengthOf(count) <= PLACE;
  }

  /** Adds a name that is not here, and answers where. Its numbers are 0. */
  add({ form, words, count }: NameWords, hash: number, minute: number): number {
    const at = this.#claim(hash, this.#lengthOf(count), minute);
    this.#records[at] = ((minute << FORM_BITS) | form) >>> 0;
    for (let index = 0; index < count; index++) this.#records[at + 1 + index] = words[index] as number;
    return at;
  }

  endOf(at: number): number {
    return (this.#records[at] as number) >>> FORM_BITS;
  }

  /** Sets an end, to what it was or to later: `earliest` does not follow it. */
  endAt(at: number, minute: number): void {
    const head = this.#records[at] as number;
    this.#records[at] = ((minute << FORM_BITS) | (head & ((1 << FORM_BITS) - 1))) >>> 0;
  }

  /** The numbers of a record: copies them to `into`, or from it. */
  read(at: number, into: Uint32Array): void {
    const from = this.#numbersAt(at);
    for (let index = 0; index < into.length; index++) into[index] = this.#records[from + index] as number;
  }

  write(at: number, numbers: Uint32Array): void {
    this.#records.set(numbers, this.#numbersAt(at));
  }

  /** How many records' ends have come. */
  countOver(minute: number): number {
    let over = 0;
    for (let at = 1; at < this.#used; at = this.#next(at)) if (this.endOf(at) <= minute) over++;
    return over;
  }

  /** The same with room for more. */
  grown(hash: KeyedHash): NamePart[] {
    if (this.#slots.length < MOST_SLOTS) return this.dealt(hash, this.bits, this.count * 2, -1);
    return this.dealt(hash, this.bits + 1, this.count, -1);
  }

  /**
   * Its records in new parts: one, or two by the next bit of their hashes.
   * @param room for how many records each is made
   * @param minute what has its end by then is left out
   */
  dealt(hash: KeyedHash, bits: number, room: number, minute: number): NamePart[] {
    let slots = LEAST_SLOTS;
    while (slots < MOST_SLOTS && slots * 3 < room * 4) slots *= 2;
    const parts = Array.from({ length: bits - this.bits + 1 }, () => {
      return new NamePart(bits, this.#columns, slots, Math.ceil(this.#used / (bits - this.bits + 1)) + 64);
    });
    for (let at = 1; at < this.#used; ) {
      const next = this.#next(at);
      if (this.endOf(at) > minute) {
        const name = this.#numbersAt(at) - at - 1;
        hash.compute((this.#records[at] as number) & ((1 << FORM_BITS) - 1), this.#records, at + 1, name);
        const part = parts[bits === this.bits ? 0 : (hash.low >>> this.bits) & 1] as NamePart;
        const to = part.#claim(hash.high, next - at, this.endOf(at));
        for (let index = 0; index < next - at; index++) part.#records[to + index] = this.#records[at + index] as number;
      }
      at = next;
    }
    return parts;
  }

  /** A free slot and so many words. */
  #claim(hash: number, length: number, minute: number): number {
    const at = this.#used;
    this.#used += length;
    if (this.#used > this.#records.length) {
      // By an eighth: half of it unused on average, and copying words costs next to nothing.
      const larger = new Uint32Array(this.#used + (this.#used >> 3) + 16);
      larger.set(this.#records);
      this.#records = larger;
    }
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = (hash & ~PLACE) | at;
    this.count++;
    this.earliest = Math.min(this.earliest, minute);
    return at;
  }

  #lengthOf(nameWords: number): number {
    return 1 + nameWords + 2 * this.#columns;
  }

  #numbersAt(at: number): number {
    const form = (this.#records[at] as number) & ((1 << FORM_BITS) - 1);
    return at + 1 + wordsOf(form, this.#records[at + 1] as number);
  }

  #next(at: number): number {
    return this.#numbersAt(at) + 2 * this.#columns;
  }
}
