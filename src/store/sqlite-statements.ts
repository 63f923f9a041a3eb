/** Every statement of the SQLite store, prepared once, and how a row spells a family. */
import type { EndReason } from "../errors.ts";
import type { Binding, Epochs, Family } from "./contract.ts";
import type { PageCursor } from "./page-cursor.ts";
import { DEAD_SESSION_MS, removableFromMs } from "./retention.ts";
import {
  rowsOf,
  runStatement,
  type SqliteHandle,
  type SqliteStatement,
  type SqlRow,
  type SqlValue,
} from "./sqlite-handle.ts";

/** What each column holds. The order is that of the parameters; the first is the key. */
const COLUMNS: readonly (readonly [name: string, read: (family: Family) => SqlValue | undefined])[] = [
  ["session_id", (family) => family.sessionId],
  ["subject", (family) => family.subject],
  ["subject_epoch", (family) => family.epochs.subject],
  ["everyone_epoch", (family) => family.epochs.everyone],
  ["generation", (family) => family.generation],
  ["current_hash", (family) => family.current],
  ["previous_hash", (family) => family.previous],
  ["salt", (family) => family.salt],
  ["key_id", (family) => family.keyId],
  ["rotated_at_ms", (family) => family.rotatedAtMs],
  ["replay_flag", (family) => Number(family.replayFlag)],
  ["replay_streak", (family) => family.replayStreak],
  ["attempt_hash", (family) => family.attempt],
  ["created_at_ms", (family) => family.createdAtMs],
  ["idle_expires_at_ms", (family) => family.idleExpiresAtMs],
  ["absolute_expires_at_ms", (family) => family.absoluteExpiresAtMs],
  ["end_reason", (family) => family.ended?.reason],
  ["ended_at_ms", (family) => family.ended?.atMs],
  ["jkt", (family) => family.binding?.jkt],
  ["client_id", (family) => family.binding?.clientId],
  ["metadata", (family) => family.metadata],
  ["removable_from_ms", removableHour],
];

const NAMES = COLUMNS.map(([name]) => name);

/** What no operation changes. SQLite rewrites the indexes of whatever an UPDATE names, the same value or not. */
const FIXED: readonly string[] = [
  ...["session_id", "subject", "everyone_epoch", "created_at_ms", "absolute_expires_at_ms"],
  ...["jkt", "client_id", "metadata"],
];
const CHANGING = COLUMNS.filter(([name]) => !FIXED.includes(name) && name !== "removable_from_ms");

const HOUR_MS = 3_600_000;

/** The hour in which a record may be removed, so that few rotations move it, and with it an index. */
function removableHour(family: Family): number {
  return Math.floor(removableFromMs(family) / HOUR_MS) * HOUR_MS;
}

/** Within that hour, when: `removableFromMs` of retention.ts. */
const REMOVABLE = `min(idle_expires_at_ms, coalesce(ended_at_ms, idle_expires_at_ms)) + ${DEAD_SESSION_MS}`;

/** Sweeping looks at this many records for each that it may remove: of the last hour, not all are due. */
const LOOKED_AT_PER_REMOVAL = 10;

/** The parameters of `insertFamily`. */
export function valuesOf(family: Family): SqlValue[] {
  return COLUMNS.map(([, read]) => read(family) ?? null);
}

/** The family that a row spells. Numbers may be bigints: a handle can be told to answer so. */
export function familyOf(row: SqlRow): Family {
  const text = (name: string): string => row[name] as string;
  const optional = (name: string): string | undefined => (row[name] as string | null) ?? undefined;
  const number = (name: string): number => Number(row[name]);
  const reason = optional("end_reason") as EndReason | undefined;
  return {
    sessionId: text("session_id"),
    subject: text("subject"),
    epochs: { subject: number("subject_epoch"), everyone: number("everyone_epoch") },
    generation: number("generation"),
    current: text("current_hash"),
    previous: optional("previous_hash"),
    salt: optional("salt"),
    keyId: text("key_id"),
    rotatedAtMs: number("rotated_at_ms"),
    replayFlag: number("replay_flag") === 1,
    replayStreak: number("replay_streak"),
    attempt: optional("attempt_hash"),
    createdAtMs: number("created_at_ms"),
    idleExpiresAtMs: number("idle_expires_at_ms"),
    absoluteExpiresAtMs: number("absolute_expires_at_ms"),
    ended: reason && { reason, atMs: number("ended_at_ms") },
    binding: bindingOf(optional("jkt"), optional("client_id")),
    metadata: text("metadata"),
  };
}

function bindingOf(jkt: string | undefined, clientId: string | undefined): Binding | undefined {
  return jkt === undefined && clientId === undefined ? undefined : { jkt, clientId };
}

/** The current epochs beside a family, from the same reading. */
export function currentEpochsOf(row: SqlRow): Epochs {
  return { subject: Number(row.current_subject_epoch), everyone: Number(row.current_everyone_epoch) };
}

/** This store has one shard, 0. */
const EVERYONE = "coalesce((SELECT epoch FROM rejwt_everyone_epochs WHERE shard = 0), 0)";

export interface Statements {
  readonly insertFamily: SqliteStatement;
  readonly updateFamily: SqliteStatement;
  /** The same, where the hour of its removal stays. */
  readonly updateWithinHour: SqliteStatement;
  /** By session id: the family and the current epochs. */
  readonly selectFamily: SqliteStatement;
  /** By subject: the current epochs. */
  readonly selectEpochs: SqliteStatement;
  /** By subject, clock, the place after which (milliseconds and session id), and limit: live ones, newest first. */
  readonly selectLive: SqliteStatement;
  readonly putSubjectEpoch: SqliteStatement;
  readonly putEveryoneEpoch: SqliteStatement;
  readonly insertUsedId: SqliteStatement;
  /** By clock, how many to look at, clock, and limit. */
  readonly deleteFamilies: SqliteStatement;
  /** By clock and limit. */
  readonly deleteUsedIds: SqliteStatement;
  /** By subject, clock, clock and limit. */
  readonly pruneSubject: SqliteStatement;
}

export function prepareStatements(handle: SqliteHandle): Statements {
  const columns = NAMES.join(", ");
  const changing = CHANGING.map(([name]) => `${name} = ?`).join(", ");
  return {
    insertFamily: handle.prepare(`INSERT INTO rejwt_sessions (${columns}) VALUES (${NAMES.map(() => "?").join(", ")})`),
    updateFamily: handle.prepare(`UPDATE rejwt_sessions SET ${changing}, removable_from_ms = ? WHERE session_id = ?`),
    updateWithinHour: handle.prepare(`UPDATE rejwt_sessions SET ${changing} WHERE session_id = ?`),
    selectFamily: handle.prepare(
      `SELECT ${columns},
         coalesce((SELECT epoch FROM rejwt_subject_epochs AS e WHERE e.subject = s.subject), 0) AS current_subject_epoch,
         ${EVERYONE} AS current_everyone_epoch
       FROM rejwt_sessions AS s WHERE session_id = ?`,
    ),
    selectEpochs: handle.prepare(
      `SELECT coalesce((SELECT epoch FROM rejwt_subject_epochs WHERE subject = ?), 0) AS current_subject_epoch,
         ${EVERYONE} AS current_everyone_epoch`,
    ),
    // The conditions are those of endReasonOf in family.ts; the conformance suite compares the two.
    selectLive: handle.prepare(
      `SELECT ${columns} FROM rejwt_sessions AS s
       WHERE subject = ? AND end_reason IS NULL AND max(?, rotated_at_ms) < idle_expires_at_ms
         AND subject_epoch >= coalesce((SELECT epoch FROM rejwt_subject_epochs AS e WHERE e.subject = s.subject), 0)
         AND everyone_epoch >= ${EVERYONE}
         AND (created_at_ms, session_id) < (?, ?)
       ORDER BY created_at_ms DESC, session_id DESC LIMIT ?`,
    ),
    putSubjectEpoch: handle.prepare(
      "INSERT INTO rejwt_subject_epochs (subject, epoch) VALUES (?, ?) ON CONFLICT DO UPDATE SET epoch = excluded.epoch",
    ),
    putEveryoneEpoch: handle.prepare(
      "INSERT INTO rejwt_everyone_epochs (shard, epoch) VALUES (0, ?) ON CONFLICT DO UPDATE SET epoch = excluded.epoch",
    ),
    insertUsedId: handle.prepare(
      "INSERT INTO rejwt_used_ids (id, removable_from_ms) VALUES (?, ?) ON CONFLICT DO NOTHING",
    ),
    deleteFamilies: handle.prepare(
      `DELETE FROM rejwt_sessions WHERE session_id IN
         (SELECT session_id FROM
           (SELECT session_id, idle_expires_at_ms, ended_at_ms FROM rejwt_sessions
            WHERE removable_from_ms <= ? ORDER BY removable_from_ms LIMIT ?)
          WHERE ${REMOVABLE} <= ? LIMIT ?)`,
    ),
    deleteUsedIds: handle.prepare(
      `DELETE FROM rejwt_used_ids WHERE id IN
         (SELECT id FROM rejwt_used_ids WHERE removable_from_ms <= ? ORDER BY removable_from_ms LIMIT ?)`,
    ),
    pruneSubject: handle.prepare(
      `DELETE FROM rejwt_sessions WHERE session_id IN
         (SELECT session_id FROM rejwt_sessions
          WHERE subject = ? AND removable_from_ms <= ? AND ${REMOVABLE} <= ? LIMIT ?)`,
    ),
  };
}

/** Sorts after every session: the place before the first page. */
export const BEFORE_ALL: PageCursor = { createdAtMs: Number.MAX_SAFE_INTEGER, sessionId: "" };
/** What SQLite reads as no limit. */
const NO_LIMIT = -1;

export const NO_EPOCHS: Epochs = { subject: 0, everyone: 0 };

export function epochsOf(statements: Statements, subject: string): Epochs {
  const [row] = rowsOf(statements.selectEpochs, subject);
  return row === undefined ? NO_EPOCHS : currentEpochsOf(row);
}

export function selectLive(
  { selectLive }: Statements,
  subject: string,
  clockMs: number,
  { createdAtMs, sessionId }: PageCursor = BEFORE_ALL,
  limit: number = NO_LIMIT,
): Family[] {
  return rowsOf(selectLive, subject, clockMs, createdAtMs, sessionId, limit).map(familyOf);
}

/** @param before the record as it is stored, where it is known */
export function save(statements: Statements, family: Family, before?: Family): void {
  const values = CHANGING.map(([, read]) => read(family) ?? null);
  const hour = removableHour(family);
  if (before !== undefined && removableHour(before) === hour) {
    runStatement(statements.updateWithinHour, ...values, family.sessionId);
  } else {
    runStatement(statements.updateFamily, ...values, hour, family.sessionId);
  }
}

/** Removes at most so many records that are long over, and answers how many. */
export function removeDead({ deleteFamilies }: Statements, clockMs: number, limit: number): number {
  return runStatement(deleteFamilies, clockMs, limit * LOOKED_AT_PER_REMOVAL, clockMs, limit);
}
