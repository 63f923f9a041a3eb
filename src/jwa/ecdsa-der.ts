/** From X.509's spelling of an ECDSA signature to JWS's: SEQUENCE { r INTEGER, s INTEGER } to r‖s. RFC 3279 §2.2.3, RFC 7518 §3.4. */

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
