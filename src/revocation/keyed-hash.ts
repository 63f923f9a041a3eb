/** The hash that spreads names over a table by a key that nobody knows: no one can choose names which all meet in one place. */
import { getRandomValues } from "node:crypto";

/**
 * HalfSipHash-1-3, SipHash's form for words of 32 bits, with a random key. It decides where to look and nothing else: what
 * is found there is compared in full.
 */
export class KeyedHash {
  /** The two words of the hash that was computed last, so that computing one makes no object. */
  low = 0;
  high = 0;
  readonly #key0: number;
  readonly #key1: number;

  /** @param key two words of 32 bits; random where it is left out, as everywhere but in the tests of the hash itself */
  constructor([key0 = 0, key1 = 0]: Iterable<number> = getRandomValues(new Int32Array(2))) {
    this.#key0 = key0;
    this.#key1 = key1;
  }

  /** Hashes a word, and `count` words of `words` from `from` on, into `low` and `high`. */
  compute(first: number, words: Uint32Array, from: number, count: number): void {
    let v0 = this.#key0;
    let v1 = this.#key1 ^ 0xee;
    let v2 = this.#key0 ^ 0x6c796765;
    let v3 = this.#key1 ^ 0x74656462;
    // One round for each word, and three for each half of the result, in one loop: as calls they would cost more.
    for (let turn = -1; turn < count + 6; turn++) {
      const word = turn < 0 ? first : turn < count ? (words[from + turn] as number) | 0 : 0;
      if (turn === count) v2 ^= 0xee;
      if (turn === count + 3) {
        this.low = v1 ^ v3;
        v1 ^= 0xdd;
      }
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    this.high = v1 ^ v3;
  }
}
