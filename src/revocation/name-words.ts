/** A name as words of 32 bits, so that it is hashed, kept and compared without another string. Two names are never alike. */

/** Names of this form and up have their length in a word of its own, and two characters in each word after it. */
const LONG = 63;
const PER_WORD = 5;

/** Base64url (RFC 4648 §5): session ids and UUIDs have no other characters. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const NONE = 64;

/** The bits that a form takes. */
export const FORM_BITS = 6;

/** How many words a name of this form takes. @param next the first of them */
export function wordsOf(form: number, next: number): number {
  return form < LONG ? Math.ceil(form / PER_WORD) : 1 + Math.ceil(next / 2);
}

/** One name at a time, in words that are used again. */
export class NameWords {
  readonly #values: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
    const value = ALPHABET.indexOf(String.fromCharCode(code));
    return value < 0 ? NONE : value;
  });
  words: Uint32Array = new Uint32Array(64);
  count = 0;
  /** Below 63: so many characters of base64url, five in a word. 63: any others. */
  form = 0;

  read(name: string): void {
    if (name.length >= LONG || !this.#readShort(name)) this.#readLong(name);
  }

  #readShort(name: string): boolean {
    const { words } = this;
    const values = this.#values;
    const { length } = name;
    let count = 0;
    // What is not of base64url shows in these, once for all.
    let codes = 0;
    let seen = 0;
    for (let at = 0; at < length; at += PER_WORD) {
      let word = 0;
      const end = Math.min(at + PER_WORD, length);
      for (let index = at; index < end; index++) {
        const code = name.charCodeAt(index);
        const value = values[code & 127] as number;
        codes |= code;
        seen |= value;
        word = (word << 6) | value;
      }
      words[count++] = word;
    }
    this.count = count;
    this.form = length;
    return codes < 128 && seen < NONE;
  }

  #readLong(name: string): void {
    this.form = LONG;
    this.count = wordsOf(LONG, name.length);
    if (this.words.length < this.count) this.words = new Uint32Array(this.count);
    this.words[0] = name.length;
    for (let at = 0; at < name.length; at += 2) {
      // Past the end it is NaN, all of whose bits are 0 here.
      this.words[1 + (at >> 1)] = name.charCodeAt(at) | (name.charCodeAt(at + 1) << 16);
    }
  }
}
