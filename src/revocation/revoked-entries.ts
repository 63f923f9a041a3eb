/** The entries that one verifier holds, indexed by what they match. */
import type { Payload } from "../jwt/claim-checks.ts";
import type { Revocation, RevokedEveryone, RevokedSubject } from "../store/revocation.ts";
import { Names } from "./names.ts";

/**
 * Seconds by which an issuer's clock may have lagged behind the store's. Tokens without `rv` go by `iat` alone, so those
 * of the seconds after a revocation are refused too, rather than one from before it be let through.
 */
const ISSUER_SKEW = 5;

/** What revokes everything of a subject, or of a shard, up to a moment. */
interface Cutoff {
  /** Tokens that froze a lower epoch. */
  readonly epoch: number;
  /** Tokens that a store vouched for at this moment or earlier. Milliseconds. */
  readonly vouchedAtMs: number;
  /** Tokens without `rv`, by `iat`: this moment, milliseconds. */
  readonly issuedAtMs: number;
}

const NO_CUTOFF: Cutoff = { epoch: 0, vouchedAtMs: -1, issuedAtMs: -1 };
const CUTOFF_NUMBERS = 3;

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
  readonly #tokens = new Names();
  readonly #sessions = new Names();
  readonly #subjects = new Names(CUTOFF_NUMBERS);
  /** By shard. */
  readonly #everyone = new Map<number, Cutoff & { readonly untilMs: number }>();
  readonly #keys = new Set<string>();
  readonly #numbers = new Float64Array(CUTOFF_NUMBERS);
  readonly #words = new Uint32Array(this.#numbers.buffer);

  get size(): number {
    return this.#tokens.size + this.#sessions.size + this.#subjects.size + this.#everyone.size + this.#keys.size;
  }

  /** True where the entry says something that no entry said before. */
  add(entry: Revocation): boolean {
    switch (entry.kind) {
      case "token":
        return this.#tokens.keep(entry.jti, entry.untilMs);
      case "session":
        return this.#sessions.keep(entry.sessionId, entry.untilMs);
      case "subject":
        return this.#cutOffSubject(entry);
      case "everyone": {
        const known = this.#everyone.get(entry.shard) ?? { ...NO_CUTOFF, untilMs: 0 };
        const next = cutOff(known, entry);
        this.#everyone.set(entry.shard, { ...next, untilMs: Math.max(known.untilMs, entry.untilMs) });
        return isMore(next, known);
      }
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
    if (typeof jti === "string" && this.#tokens.find(jti)) return "token";
    if (typeof sid === "string" && this.#sessions.find(sid)) return "session";
    if (typeof sub === "string" && this.#subjects.find(sub) && isBefore(this.#foundCutoff(), payload.iat, rv, rv?.s)) {
      return "subject";
    }
    if (this.#everyone.size > 0 && this.#isOfEveryone(payload.iat, rv)) return "everyone";
    return kid !== undefined && this.#keys.has(kid) ? "key" : undefined;
  }

  /** Drops what has reached its end, some of it at a time. */
  forget(nowMs: number): void {
    for (const names of [this.#tokens, this.#sessions, this.#subjects]) names.forget(nowMs);
    for (const [shard, { untilMs }] of this.#everyone) if (untilMs <= nowMs) this.#everyone.delete(shard);
  }

  #cutOffSubject(entry: RevokedSubject): boolean {
    const isNew = this.#subjects.keep(entry.subject, entry.untilMs);
    const known = isNew ? NO_CUTOFF : this.#foundCutoff();
    const next = cutOff(known, entry);
    this.#numbers.set([next.epoch, next.vouchedAtMs, next.issuedAtMs]);
    this.#subjects.write(this.#words);
    return isMore(next, known);
  }

  /** That of the subject that was found last. */
  #foundCutoff(): Cutoff {
    this.#subjects.read(this.#words);
    const [epoch = 0, vouchedAtMs = 0, issuedAtMs = 0] = this.#numbers;
    return { epoch, vouchedAtMs, issuedAtMs };
  }

  #isOfEveryone(iat: unknown, rv: VouchedFor | undefined): boolean {
    if (rv !== undefined) return isBefore(this.#everyone.get(rv.shard), iat, rv, rv.e);
    // Which shard its subject is in cannot be told from a token without `rv`: any will do.
    for (const cutoff of this.#everyone.values()) if (isBefore(cutoff, iat, undefined, undefined)) return true;
    return false;
  }
}

/** What is cut off when an entry comes to what already was. */
function cutOff(known: Cutoff, { epoch, atMs }: RevokedSubject | RevokedEveryone): Cutoff {
  return {
    epoch: Math.max(known.epoch, epoch ?? 0),
    vouchedAtMs: Math.max(known.vouchedAtMs, epoch === undefined ? atMs : -1),
    issuedAtMs: Math.max(known.issuedAtMs, atMs),
  };
}

function isMore(next: Cutoff, known: Cutoff): boolean {
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
