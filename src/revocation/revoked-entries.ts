/** The entries that one verifier holds, indexed by what they match. */
import type { Payload } from "../jwt/claim-checks.ts";
import type { Revocation } from "../store/revocation.ts";
import { Expiries } from "./expiries.ts";

/**
 * Seconds by which an issuer's clock may have lagged behind the store's. Tokens without `rv` go by `iat` alone, so those
 * of the seconds after a revocation are refused too, rather than one from before it be let through.
 */
const ISSUER_SKEW = 5;

/** What revokes everything of a subject, or of a shard, up to a moment. */
interface Cutoff {
  /** Tokens that froze a lower epoch. */
  epoch: number;
  /** Tokens that a store vouched for at this moment or earlier. Milliseconds. */
  vouchedAtMs: number;
  /** Tokens without `rv`, by `iat`: this moment, milliseconds. */
  issuedAtMs: number;
  untilMs: number;
}

/** `rv` of a session's access token, once it is known to have its types. */
export interface VouchedFor {
  /** Seconds, on the store's clock: when the session was last known to live. */
  readonly t: number;
  readonly s: number;
  readonly e: number;
  readonly shard: number;
}

/** Never forgets an entry before its end, whatever a feed does. */
export class RevokedEntries {
  readonly #tokens = new Map<string, number>();
  readonly #sessions = new Map<string, number>();
  readonly #subjects = new Map<string, Cutoff>();
  readonly #everyone = new Map<number, Cutoff>();
  readonly #keys = new Set<string>();
  readonly #expiries = new Expiries();

  get size(): number {
    return this.#tokens.size + this.#sessions.size + this.#subjects.size + this.#everyone.size + this.#keys.size;
  }

  /** True where the entry says something that no entry said before. */
  add(entry: Revocation): boolean {
    switch (entry.kind) {
      case "token":
        return this.#keep("token", this.#tokens, entry.jti, entry.untilMs);
      case "session":
        return this.#keep("session", this.#sessions, entry.sessionId, entry.untilMs);
      case "subject":
        this.#expiries.add(entry.untilMs, "subject", entry.subject);
        return cutOff(this.#subjects, entry.subject, entry);
      case "everyone":
        // One a shard: it stays, at no cost.
        return cutOff(this.#everyone, entry.shard, entry);
      case "key": {
        const { size } = this.#keys;
        return this.#keys.add(entry.kid).size > size;
      }
    }
  }

  /**
   * What revokes a token, or undefined. A token that a key signed, or whose `jti`, session, subject or shard was cut off.
   * @param kid of the key that signed; undefined where it has none, or where it is not asked
   */
  match(payload: Payload, rv: VouchedFor | undefined, kid: string | undefined): Revocation["kind"] | undefined {
    const { jti, sid, sub } = payload;
    if (typeof jti === "string" && this.#tokens.has(jti)) return "token";
    if (typeof sid === "string" && this.#sessions.has(sid)) return "session";
    if (typeof sub === "string" && isBefore(this.#subjects.get(sub), payload.iat, rv, rv?.s)) return "subject";
    if (this.#everyone.size > 0 && this.#isOfEveryone(payload.iat, rv)) return "everyone";
    return kid !== undefined && this.#keys.has(kid) ? "key" : undefined;
  }

  /** Drops what has reached its end. */
  forget(nowMs: number): void {
    for (const { kind, name } of this.#expiries.due(nowMs)) {
      const entries: Map<string, number | Cutoff> =
        kind === "token" ? this.#tokens : kind === "session" ? this.#sessions : this.#subjects;
      const entry = entries.get(name);
      const untilMs = typeof entry === "number" ? entry : entry?.untilMs;
      if (untilMs !== undefined && untilMs <= nowMs) entries.delete(name);
    }
  }

  #keep(kind: "token" | "session", entries: Map<string, number>, name: string, untilMs: number): boolean {
    const known = entries.get(name);
    if (known !== undefined && known >= untilMs) return false;
    entries.set(name, untilMs);
    this.#expiries.add(untilMs, kind, name);
    return known === undefined;
  }

  #isOfEveryone(iat: unknown, rv: VouchedFor | undefined): boolean {
    if (rv !== undefined) return isBefore(this.#everyone.get(rv.shard), iat, rv, rv.e);
    // Which shard its subject is in cannot be told from a token without `rv`: any will do.
    for (const cutoff of this.#everyone.values()) if (isBefore(cutoff, iat, undefined, undefined)) return true;
    return false;
  }
}

function cutOff<K>(
  cutoffs: Map<K, Cutoff>,
  key: K,
  entry: { readonly epoch: number | undefined; readonly atMs: number; readonly untilMs: number },
): boolean {
  const known = cutoffs.get(key) ?? { epoch: 0, vouchedAtMs: -1, issuedAtMs: -1, untilMs: 0 };
  const next: Cutoff = {
    epoch: Math.max(known.epoch, entry.epoch ?? 0),
    vouchedAtMs: Math.max(known.vouchedAtMs, entry.epoch === undefined ? entry.atMs : -1),
    issuedAtMs: Math.max(known.issuedAtMs, entry.atMs),
    untilMs: Math.max(known.untilMs, entry.untilMs),
  };
  cutoffs.set(key, next);
  return next.epoch > known.epoch || next.vouchedAtMs > known.vouchedAtMs || next.issuedAtMs > known.issuedAtMs;
}

function isBefore(
  cutoff: Cutoff | undefined,
  iat: unknown,
  rv: VouchedFor | undefined,
  epoch: number | undefined,
): boolean {
  if (cutoff === undefined) return false;
  if (rv !== undefined && epoch !== undefined) return epoch < cutoff.epoch || rv.t * 1000 <= cutoff.vouchedAtMs;
  return typeof iat !== "number" || iat <= Math.ceil(cutoff.issuedAtMs / 1000) + ISSUER_SKEW;
}
