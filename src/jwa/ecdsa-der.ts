/** X.509's spelling of an ECDSA signature, SEQUENCE { r INTEGER, s INTEGER }, and JWS's, r‖s. RFC 3279 §2.2.3, RFC 7518 §3.4. */

const SEQUENCE = 0x30;
const INTEGER = 0x02;

/**
 * r‖s, or undefined for anything but the one DER spelling of two positive integers that fit.
 * @param der as AWS KMS and Google Cloud KMS answer it
 * @param size of r and of s, in bytes
 */
export function rawFromDer(der: Uint8Array, size: number): Uint8Array | undefined {
  const sequence = readElement(der, 0, SEQUENCE);
  if (sequence === undefined || sequence.end !== der.length) return undefined;
  const r = readElement(der, sequence.start, INTEGER);
  const s = r && readElement(der, r.end, INTEGER);
  if (r === undefined || s === undefined || s.end !== der.length) return undefined;
  const raw = new Uint8Array(2 * size);
  const fits = placeInteger(der.subarray(r.start, r.end), raw.subarray(0, size));
  return fits && placeInteger(der.subarray(s.start, s.end), raw.subarray(size)) ? raw : undefined;
}

/**
 * The DER spelling of r‖s. Whether the integers are such as a signature has, the verifying runtime says.
 * @param raw r and s, of the same size, each at most 126 bytes
 */
export function derFromRaw(raw: Uint8Array): Uint8Array {
  const size = raw.length / 2;
  const r = significantFrom(raw, 0, size);
  const s = significantFrom(raw, size, raw.length);
  const content = integerSize(raw, r, size) + integerSize(raw, s, raw.length);
  const head = content < 0x80 ? 2 : 3;
  const der = new Uint8Array(head + content);
  der[0] = SEQUENCE;
  der[1] = 0x81;
  der[head - 1] = content;
  const second = writeInteger(der, head, raw, r, size);
  writeInteger(der, second, raw, s, raw.length);
  return der;
}

/** Where an integer's digits start. A zero keeps one. */
function significantFrom(raw: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end - 1 && raw[at] === 0) at++;
  return at;
}

/** Of the whole element: with a zero in front where the first bit would make it negative. X.690 §8.3. */
function integerSize(raw: Uint8Array, start: number, end: number): number {
  return 2 + end - start + (isNegative(raw, start) ? 1 : 0);
}

function isNegative(raw: Uint8Array, at: number): boolean {
  return (raw[at] ?? 0) >= 0x80;
}

/** @returns where the next element starts */
function writeInteger(der: Uint8Array, at: number, raw: Uint8Array, start: number, end: number): number {
  const size = integerSize(raw, start, end);
  der[at] = INTEGER;
  der[at + 1] = size - 2;
  // By the byte: for so few a copy of the engine's takes longer to call.
  for (let from = start, to = at + size - (end - start); from < end; from++, to++) der[to] = raw[from] as number;
  return at + size;
}

interface Element {
  readonly start: number;
  readonly end: number;
}

/** One element of a known type. Signatures are short: a length takes one byte, or two from 128 on. */
function readElement(der: Uint8Array, at: number, tag: number): Element | undefined {
  const short = der[at + 1];
  if (der[at] !== tag || short === undefined) return undefined;
  if (short < 0x80) return within(der, at + 2, short);
  const long = der[at + 2];
  return short === 0x81 && long !== undefined && long >= 0x80 ? within(der, at + 3, long) : undefined;
}

function within(der: Uint8Array, start: number, length: number): Element | undefined {
  return start + length <= der.length ? { start, end: start + length } : undefined;
}

/** Right-aligned. False for an integer that is zero, negative, padded, empty or too long. */
function placeInteger(digits: Uint8Array, into: Uint8Array): boolean {
  const [first = 0x80, second = 0] = digits;
  if (first >= 0x80 || (first === 0 && second < 0x80)) return false;
  const significant = first === 0 ? digits.subarray(1) : digits;
  if (significant.length > into.length) return false;
  into.set(significant, into.length - significant.length);
  return true;
}
