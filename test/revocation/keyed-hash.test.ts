/** The hash of the table of names is HalfSipHash, by its published values and by its definition. */
import { expect, it, test } from "vitest";
import { KeyedHash } from "../../src/revocation/keyed-hash.ts";

/** The state, all of it in words of 32 bits. */
type State = [v0: number, v1: number, v2: number, v3: number];

const plus = (one: number, other: number): number => (one + other) % 2 ** 32;
const xor = (one: number, other: number): number => (one ^ other) >>> 0;
const rotated = (word: number, bits: number): number => ((word << bits) | (word >>> (32 - bits))) >>> 0;

/** One ARX step: `a` grows by `b`, and `b` is rotated and mixed with it. */
function step(state: State, a: 0 | 2, b: 1 | 3, bits: number): void {
  state[a] = plus(state[a], state[b]);
  state[b] = xor(rotated(state[b], bits), state[a]);
}

function rounds(state: State, count: number): void {
  for (let round = 0; round < count; round++) {
    step(state, 0, 1, 5);
    state[0] = rotated(state[0], 16);
    step(state, 2, 3, 8);
    step(state, 0, 3, 7);
    step(state, 2, 1, 13);
    state[2] = rotated(state[2], 16);
  }
}

/** HalfSipHash-c-d with 64 bits of output, of whole words: "SipHash: a fast short-input PRF", in its form for 32 bits. */
function halfSipHash([k0, k1]: readonly [number, number], words: readonly number[], c: number, d: number): number[] {
  const state: State = [k0, xor(k1, 0xee), xor(k0, 0x6c796765), xor(k1, 0x74656462)];
  for (const word of words) {
    state[3] = xor(state[3], word);
    rounds(state, c);
    state[0] = xor(state[0], word);
  }
  state[2] = xor(state[2], 0xee);
  rounds(state, d);
  const first = xor(state[1], state[3]);
  state[1] = xor(state[1], 0xdd);
  rounds(state, d);
  return [first, xor(state[1], state[3])];
}

/** The bytes 0, 1, 2 … as the words of a message, the last of which ends with its length. */
function message(length: number): number[] {
  const bytes = Buffer.alloc(4 * Math.floor(length / 4) + 4);
  for (let at = 0; at < length; at++) bytes[at] = at;
  bytes[bytes.length - 1] = length;
  return Array.from({ length: bytes.length / 4 }, (_, word) => bytes.readUInt32LE(4 * word));
}

test.each([
  [0, "218d1f59b9b83cc8"],
  [1, "be552412f8387315"],
  [3, "ce0f1a45f7060679"],
  [4, "d5e78a175be52ea1"],
  [8, "edfee820bce4858c"],
  [13, "5a2352d75a0c3744"],
])("the definition, with two rounds and four, gives the published value of %i bytes", (length, published) => {
  const bytes = Buffer.alloc(8);
  for (const [at, word] of halfSipHash([0x03020100, 0x07060504], message(length), 2, 4).entries()) {
    bytes.writeUInt32LE(word, 4 * at);
  }
  expect(bytes.toString("hex")).toBe(published);
});

it.each([[[0x03020100, 0x07060504]], [[0xffffffff, 0x80000000]], [[0, 0]]] as const)(
  "the table's hash is the definition's with one round and three, under the key %j",
  (key) => {
    const hash = new KeyedHash(key);
    for (const words of [[0], [5], [1, 2], [63, 0xffffffff, 0x80000000, 0x7fffffff], [62, 1, 2, 3, 4, 5, 6, 7]]) {
      const [first = 0, ...others] = words;
      // Of longer words than its own, from a place within them.
      hash.compute(first, Uint32Array.of(9, 9, ...others, 9), 2, others.length);
      expect([hash.low >>> 0, hash.high >>> 0]).toEqual(halfSipHash(key, words, 1, 3));
    }
  },
);
