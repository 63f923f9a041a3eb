/** DER, as far as keys need it: X.690 §8, §10. */

export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
}

export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const OID = 0x06;
export const SEQUENCE = 0x30;

/** The elements that some bytes are made of, one after the other. Undefined for anything but DER. */
export function derElements(bytes: Uint8Array): readonly DerElement[] | undefined {
  const elements: DerElement[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0x80;
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    // 0x80 is BER's length that is not said; three bytes are more than any key has.
    if (first === 0x80 || lengthBytes > 3) return undefined;
    const start = at + 2 + lengthBytes;
    let length = first < 0x80 ? first : 0;
    for (let byte = at + 2; byte < start; byte++) length = length * 256 + (bytes[byte] ?? 0);
    if (start + length > bytes.length) return undefined;
    elements.push({ tag, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return elements;
}

/** The elements of the one SEQUENCE that some bytes are. Undefined for anything else. */
export function derSequence(bytes: Uint8Array): readonly DerElement[] | undefined {
  const [only, ...more] = derElements(bytes) ?? [];
  return only?.tag === SEQUENCE && more.length === 0 ? derElements(only.content) : undefined;
}
