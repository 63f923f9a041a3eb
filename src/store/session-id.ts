/** The session id: an address that names every key a store needs, 26 bytes as base64url (RFC 4648 §5), 35 characters. */
import { decodeBase64url, encodeBase64url } from "../encoding/base64url.ts";

export const SESSION_ID_BYTES = 26;
export const SUBJECT_TAG_BYTES = 8;
export const SESSION_RANDOM_BYTES = 16;
/** The shard is an unsigned 16-bit number. */
export const MAX_SHARDS = 65_536;

const SESSION_ID_CHARACTERS = 35;
const TAG_AT = 2;
const RANDOM_AT = TAG_AT + SUBJECT_TAG_BYTES;

/** What a session id says of where its record is. Not secret, and proof of nothing. */
export interface SessionAddress {
  readonly shard: number;
  /** The keyed tag of the subject, base64url. */
  readonly tag: string;
}

/**
 * Writes a session id.
 * @param shard 0 … 65,535
 * @param tag 8 bytes
 * @param random 16 bytes, which make it unique
 */
export function formatSessionId(shard: number, tag: Uint8Array, random: Uint8Array): string {
  const bytes = Buffer.alloc(SESSION_ID_BYTES);
  bytes.writeUInt16BE(shard, 0);
  bytes.set(tag, TAG_AT);
  bytes.set(random, RANDOM_AT);
  return encodeBase64url(bytes);
}

/** The address within a session id, or undefined for anything that `formatSessionId` does not write. */
export function parseSessionId(text: unknown): SessionAddress | undefined {
  if (typeof text !== "string" || text.length !== SESSION_ID_CHARACTERS) return undefined;
  const bytes = decodeStrictly(text);
  if (bytes === undefined) return undefined;
  return {
    shard: new DataView(bytes.buffer, bytes.byteOffset).getUint16(0),
    tag: encodeBase64url(bytes.subarray(TAG_AT, RANDOM_AT)),
  };
}

function decodeStrictly(text: string): Uint8Array | undefined {
  try {
    return decodeBase64url(text);
  } catch {
    return undefined;
  }
}
