/**
 * The short way to a signature check, for tokens whose header was seen before. A verifier meets the same few headers over
 * and over, and to read one takes as long as a MAC: what the whole way found in it is remembered, for as long as the keys
 * stay as they are. Where the short way cannot be gone it says nothing, and the whole way says what is wrong.
 */
import type { KeyObject } from "node:crypto";
import { decodeBase64url } from "../encoding/base64url.ts";
import { textOfSegment } from "../encoding/payload-text.ts";
import type { Algorithm } from "../jwa/algorithm.ts";
import { algorithm } from "../jwa/algorithms.ts";
import { type Key, materialOf } from "../jwk/key.ts";
import type { KeySet } from "../jwk/key-set.ts";
import type { Header } from "./header.ts";
import type { OpenedJws } from "./open.ts";
import { signatureError } from "./verify.ts";

/** A token that is well formed but for its signature segment, with the one key that may have made it. */
export interface Recalled {
  readonly header: Header;
  /** Its text, from strict base64url and UTF-8. */
  readonly payload: string;
  readonly key: Key;
  readonly row: Algorithm;
  readonly verifying: KeyObject;
  readonly signingInput: string;
  /** Base64url, not looked at yet. */
  readonly signature: string;
}

export interface FamiliarHeaders {
  /** Undefined for anything but a token with a header that was learned under these keys. */
  recall(token: unknown): Recalled | undefined;
  /** Remembers the header of a token whose signature held, where there is nothing in it but plain values. */
  learn(opened: OpenedJws, candidates: readonly Key[], keys: KeySet): void;
}

/** So many headers are in use at once while keys take turns. */
const MAX_HEADERS = 4;

interface Known {
  /** The header segment and its dot. */
  readonly prefix: string;
  readonly header: Header;
  readonly key: Key;
  readonly row: Algorithm;
  readonly verifying: KeyObject;
  readonly keys: KeySet;
}

/**
 * @param maxBytes of a token
 * @param currentKeys the same object for as long as the keys stay the same
 */
export function familiarHeaders(maxBytes: number, currentKeys: () => KeySet): FamiliarHeaders {
  let known: readonly Known[] = [];
  return {
    recall(token) {
      if (typeof token !== "string" || token.length > maxBytes) return undefined;
      const found = startOf(token, known);
      if (found === undefined || found.keys !== currentKeys()) return undefined;
      const { prefix, key, row, verifying } = found;
      const last = token.lastIndexOf(".");
      if (last < prefix.length || last === token.length - 1) return undefined;
      // A further dot would be no base64url.
      const payload = textOfSegment(token.slice(prefix.length, last));
      if (payload === undefined) return undefined;
      return {
        header: { ...found.header },
        payload,
        key,
        row,
        verifying,
        signingInput: token.slice(0, last),
        signature: token.slice(last + 1),
      };
    },
    learn({ header, critical, signingInput }, candidates, keys) {
      const [key, ...others] = candidates;
      if (key === undefined || others.length > 0 || critical.length > 0 || !isPlain(header)) return;
      const prefix = ownCopy(signingInput.slice(0, signingInput.indexOf(".") + 1));
      const { verifying } = materialOf(key);
      known = [
        { prefix, header: header as Header, key, row: algorithm(key.alg), verifying, keys },
        ...known.slice(0, MAX_HEADERS - 1),
      ];
    },
  };
}

/** The last step, off the event loop where that gains anything. @throws as checkRecalled does */
export async function checkRecalledAsync(recalled: Recalled): Promise<Recalled> {
  const { row, verifying, signingInput, signature } = recalled;
  if (!row.offLoop) return checkRecalled(recalled);
  if (!(await row.verifyAsync(verifying, signingInput, decodeBase64url(signature)))) throw signatureError();
  return recalled;
}

/** The last step. @throws MALFORMED where the signature is misspelled, SIGNATURE where it is not the key's */
export function checkRecalled(recalled: Recalled): Recalled {
  const { row, verifying, signingInput, signature } = recalled;
  if (!row.verifyText(verifying, signingInput, signature)) throw signatureError();
  return recalled;
}

function startOf(token: string, known: readonly Known[]): Known | undefined {
  for (const one of known) if (token.startsWith(one.prefix)) return one;
  return undefined;
}

/** True where a shallow copy shares nothing. */
function isPlain(header: object): boolean {
  return Object.values(header).every((value) => typeof value !== "object" || value === null);
}

/** A slice would keep the whole token in memory. */
function ownCopy(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}
