/**
 * What a session store promises. To write one: implement `SessionStore`, decide each rotation with the rules of
 * `family.ts` in one atomic operation on the store's own clock, and run `storeConformance` of `rejwt/testing` on it.
 *
 * Nothing that a store is given can be used as a token: secrets arrive hashed, and successors are derived by the
 * caller, who alone holds the keys. Times are milliseconds since 1970 on the **store's** clock; no caller sends a time.
 *
 * A store that cannot answer rejects (with any error). The caller turns that into `STORE_UNAVAILABLE`, never into a
 * verdict on a token.
 */
import type { EndReason } from "../errors.ts";
import type { UsedTokens } from "../jwt/single-use.ts";

export type { UsedTokens };

/** Where a subject's sessions are kept. Every key that an operation needs is known from this, or from a session id. */
export interface SubjectAddress {
  readonly subject: string;
  /** 0 … shards−1, a function of the subject alone. */
  readonly shard: number;
  /**
   * Keyed 8-byte tags of the subject, base64url, one for each configured refresh secret, the minting one first. For
   * stores that must name their keys without knowing the subject; the tag within a session id is one of these.
   */
  readonly tags: readonly string[];
}

/** Frozen into a family at its start; a family whose numbers are below the current ones has ended. */
export interface Epochs {
  /** 0 until the subject's first "log out everywhere", then max(previous + 1, store milliseconds). */
  readonly subject: number;
  /** The same for every session of the shard. */
  readonly everyone: number;
}

/** How a session ended. A session that merely expired, or whose epochs are past, has none: its record says so. */
export interface Ending {
  readonly reason: EndReason;
  /** On the store's clock. */
  readonly atMs: number;
}

/** Who alone may present the refresh token. A member that is absent binds nothing. */
export interface Binding {
  /** RFC 7638 thumbprint of the DPoP key, base64url. */
  readonly jkt?: string | undefined;
  readonly clientId?: string | undefined;
}

/** One session: one record, of constant size however often it rotates. */
export interface Family {
  /** 26 bytes as base64url, 35 characters: shard (2), subject tag (8), random (16). */
  readonly sessionId: string;
  readonly subject: string;
  readonly epochs: Epochs;
  /** How often it rotated. */
  readonly generation: number;
  /** SHA-256 of the secret of this generation, base64url. */
  readonly current: string;
  /** SHA-256 of the secret of the generation before, or undefined in generation 0. */
  readonly previous: string | undefined;
  /** The winner's random 16 bytes, base64url, from which (with K_succ) the current secret was derived. */
  readonly salt: string | undefined;
  /** Which refresh secret made the current token. */
  readonly keyId: string;
  readonly rotatedAtMs: number;
  /** True when a replay without a matching attempt was answered in this generation. */
  readonly replayFlag: boolean;
  /** Generations in a row that ended with the flag set. */
  readonly replayStreak: number;
  /** The winner's attempt, hashed with session and generation; undefined where it sent none. */
  readonly attempt: string | undefined;
  readonly createdAtMs: number;
  /** Never after `absoluteExpiresAtMs`. At this very millisecond the session is over. */
  readonly idleExpiresAtMs: number;
  /** Never moves. */
  readonly absoluteExpiresAtMs: number;
  /** Undefined until an operation ends the session. */
  readonly ended: Ending | undefined;
  readonly binding: Binding | undefined;
  /** JSON text of an object, at most 4 KiB; the store does not look inside. */
  readonly metadata: string;
}

export interface CreateFamily {
  readonly sessionId: string;
  readonly address: SubjectAddress;
  /** SHA-256 of the secret of generation 0, base64url. */
  readonly secretHash: string;
  readonly keyId: string;
  readonly idleMs: number;
  readonly absoluteMs: number;
  readonly binding: Binding | undefined;
  readonly metadata: string;
  /** The `startEpoch` (see `family.ts`) that the caller saw before it checked the password; undefined: not asked. */
  readonly expectedEpoch: number | undefined;
  readonly limit: { readonly count: number; readonly whenFull: "evict-oldest" | "refuse" } | undefined;
}

export type CreateOutcome =
  | {
      readonly outcome: "created";
      readonly nowMs: number;
      readonly family: Family;
      /** Sessions of the subject that this one pushed out, ended as `evicted` in the same operation. */
      readonly evicted: readonly string[];
    }
  /** The epochs are not the expected ones: "log out everywhere" came between. Nothing was written. */
  | { readonly outcome: "epoch-moved" }
  /** The subject has `limit.count` live sessions and `whenFull` is "refuse". Nothing was written. */
  | { readonly outcome: "full" };

export interface RotateCommand {
  readonly sessionId: string;
  /** The presented token's generation. */
  readonly generation: number;
  /** SHA-256 of the presented token's secret, base64url. */
  readonly presentedHash: string;
  /** What becomes current, and how, if this presentation wins. */
  readonly proposal: { readonly secretHash: string; readonly salt: string; readonly keyId: string };
  /**
   * The attempt, hashed with session and generation. A challenge (`verified: false`) is only ever stored; what came as
   * the verifier itself also matches a stored one.
   */
  readonly attempt: { readonly hash: string; readonly verified: boolean } | undefined;
  readonly binding: Binding | undefined;
  /** Windows count from the last rotation, their last millisecond included. Below zero, one has closed already. */
  readonly graceMs: number;
  readonly attemptWindowMs: number;
  readonly idleMs: number;
  /** Streak at which a rotation is judged as reuse; undefined: never. */
  readonly maxReplayStreak: number | undefined;
  readonly onRegressed: "end" | "heal";
}

/**
 * `nowMs` is the one reading of the store's clock that the decision was made with, as it was read: where the clock
 * jumped back, tokens are stamped with the earlier time, though no window reopens.
 */
export type RotateOutcome =
  /** This presentation won: `family` is the new record. */
  | { readonly outcome: "rotated"; readonly nowMs: number; readonly family: Family }
  /** A retry: the caller derives the same successor from the stored salt and key id. */
  | { readonly outcome: "replayed"; readonly nowMs: number; readonly family: Family }
  /** A token was used twice: the family was ended in this operation, once. */
  | { readonly outcome: "reused"; readonly nowMs: number; readonly family: Family }
  /** Over before, or ended now (`regressed`, `forked`). No family where there is no record. */
  | {
      readonly outcome: "ended";
      readonly nowMs: number;
      readonly reason: EndReason;
      /** True where this very operation ended it, so that one event says so, once. */
      readonly endedNow: boolean;
      readonly family: Family | undefined;
    }
  /** The wrong DPoP key or client: nothing was consumed, revoked or replayed. */
  | { readonly outcome: "binding"; readonly nowMs: number; readonly family: Family };

/** How many replicas must hold what was written, and how long to wait for them. */
export interface ReplicaWish {
  readonly replicas: number;
  readonly timeoutMs: number;
}

/** A family beside what it must be compared with, all read at one moment. */
export interface FamilyReading {
  readonly nowMs: number;
  readonly family: Family;
  /** The current epochs of its subject and shard. */
  readonly epochs: Epochs;
}

/** What a session of the subject would freeze if it started at this moment. */
export interface SubjectReading {
  readonly nowMs: number;
  readonly epochs: Epochs;
}

export interface SessionStore extends UsedTokens {
  readonly "~store": "session";
  /** How many shards there are, fixed when the store is first used; 1 where there is nothing to spread. */
  readonly shards: number;
  /** Creates and upgrades the schema. Idempotent, and safe when several processes start together. */
  migrate(): Promise<void>;
  /**
   * Atomic: epoch check, then limit, then the record, stamped with the store's time and the current epochs: what
   * `decideStart` says. Rejects where the session id exists; never overwrites.
   */
  create(command: CreateFamily): Promise<CreateOutcome>;
  /** One consistent reading, or undefined where there is no record. Writes nothing. */
  read(sessionId: string): Promise<FamilyReading | undefined>;
  /** Atomic: decided once by the rules of `family.ts`. One round trip. Safe to repeat: a repeat is a replay. */
  rotate(command: RotateCommand): Promise<RotateOutcome>;
  /** Ends one session. Idempotent; answers the family where this call ended it, else undefined. */
  endFamily(sessionId: string, reason: EndReason): Promise<Family | undefined>;
  /** One consistent reading of the clock and the current epochs; 0 where they never moved. Writes nothing. */
  readSubject(address: SubjectAddress): Promise<SubjectReading>;
  /**
   * Atomic: raises the subject's epoch to max(previous + 1, store ms) **and** ends its live families as `logout`. The
   * family `except`, if it is this subject's and live, gets the new epoch instead. Answers the ids that it ended.
   */
  bumpSubject(
    address: SubjectAddress,
    options: { readonly except: string | undefined },
  ): Promise<{ readonly epoch: number; readonly ended: readonly string[] }>;
  /** Atomic for each shard: every family of the shard that started before has ended (`epoch`). */
  bumpEveryone(shard: number): Promise<{ readonly epoch: number }>;
  /**
   * The subject's live families, newest first. `after` is the `next` of the page before, whose text only the store
   * understands; a store throws REQUEST_INVALID for any other.
   */
  list(
    address: SubjectAddress,
    page: { readonly limit: number; readonly after: string | undefined },
  ): Promise<{ readonly families: readonly Family[]; readonly next: string | undefined }>;
  /**
   * Removes at most `limit` dead records (default 1000): sessions 7 days after their end, used ids an hour after their
   * `until`. Answers how many; never needed to be correct.
   */
  sweep(limit?: number): Promise<number>;
  /**
   * Waits until so many replicas hold all that was written to the shard before, and answers how many do. Only where the
   * store acknowledges before it has copied; a store that copies first has no such method.
   */
  awaitReplicas?(shard: number, wish: ReplicaWish): Promise<number>;
  /** Frees what the store itself opened; never the handle or client that it was given. Idempotent. */
  close(): Promise<void>;
}
