/**
 * Tokens that were verified before, so that the same token again costs no signature. Opt-in: it holds whole tokens in memory.
 * It answers for the signature alone: time, revocation, what the call asks and the key are checked anew at every hit.
 */
import type { Key } from "../jwk/key.ts";
import type { KeySet } from "../jwk/key-set.ts";
import type { Header } from "../jws/header.ts";
import type { CacheOptions } from "./cache-options.ts";
import type { Payload } from "./claim-checks.ts";
import { type Proved, verified } from "./proof.ts";
import type { Verified } from "./verified.ts";

/** A token that a verifier accepted, and what it answered. */
export interface CachedToken extends Proved {
  readonly token: string;
  readonly payload: string;
  readonly header: Header;
  readonly key: Key;
  /** The keys that it was verified under; undefined where they are another issuer's. */
  readonly keys: KeySet | undefined;
  /** Deeply frozen; undefined where a schema makes claims of its own at every call. */
  readonly answer: Verified<unknown> | undefined;
  /** Asked for since eviction last came by. */
  used: boolean;
}

export interface TokenCache {
  /** The entry of exactly this token, if there is one. */
  find(token: unknown): CachedToken | undefined;
  /**
   * Keeps a token that was just accepted.
   * @param claims what the verifier answers; frozen here, deeply, unless a schema made them
   * @returns the answer, in the same form as at later hits
   */
  keep(token: string, proved: Proved, claims: object, keys: KeySet | undefined): Verified<unknown>;
}

/** The end of a signature, which V8 hashes in a tenth of the time that a whole token takes; the rest is compared. */
const TAIL = 22;
/** What an entry takes beside its text: objects, their members, its place in the map. An estimate. */
const ENTRY_BYTES = 1024;

/** @param hasSchema claims are made anew at every call, of the payload's text */
export function tokenCache({ maxTokens, maxBytes }: Required<CacheOptions>, hasSchema: boolean): TokenCache {
  const entries = new Map<string, CachedToken>();
  let bytes = 0;

  const drop = (tail: string, entry: CachedToken): void => {
    entries.delete(tail);
    bytes -= sizeOf(entry);
  };
  /** First in, first out; who was asked for since it last came by stays for one round more. */
  const evict = (): void => {
    for (const [tail, entry] of entries) {
      drop(tail, entry);
      if (!entry.used) return;
      entry.used = false;
      entries.set(tail, entry);
      bytes += sizeOf(entry);
    }
  };

  return {
    find(token) {
      if (typeof token !== "string") return undefined;
      const entry = entries.get(token.slice(-TAIL));
      if (entry === undefined || entry.token !== token) return undefined;
      entry.used = true;
      return entry;
    },
    keep(token, proved, claims, keys) {
      const answer = hasSchema ? verified(proved, claims) : deeplyFrozen(verified(proved, claims));
      // Extensions must be asked at every call, so that a token with any goes the whole way.
      if (Object.hasOwn(proved.header, "crit")) return answer;
      const entry: CachedToken = {
        token,
        payload: hasSchema ? textOf(proved.payload) : "",
        header: deeplyFrozen(answer.header),
        claims: hasSchema ? undefined : (claims as Payload),
        key: proved.key,
        keys,
        answer: hasSchema ? undefined : answer,
        used: false,
      };
      const tail = token.slice(-TAIL);
      const before = entries.get(tail);
      if (before !== undefined) drop(tail, before);
      if (sizeOf(entry) > maxBytes) return answer;
      while (entries.size >= maxTokens || bytes + sizeOf(entry) > maxBytes) evict();
      entries.set(tail, entry);
      bytes += sizeOf(entry);
      return answer;
    },
  };
}

/** The token, its claims, which hold as much text again, and the payload's text for a schema. */
function sizeOf({ token, payload }: CachedToken): number {
  return ENTRY_BYTES + 2 * token.length + 2 * payload.length;
}

function textOf(payload: Uint8Array | string): string {
  return typeof payload === "string" ? payload : Buffer.from(payload).toString("utf8");
}

/** Frozen with all that is in it. It nests no deeper than `limits.maxDepth`. */
function deeplyFrozen<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === "object" && part !== null) deeplyFrozen(part);
  return Object.freeze(value);
}
