/** The revocation feed of a SQLite file: a table that every process of the machine may read, written with the sessions. */
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { revocationFrom } from "./kept-revocations.ts";
import { formatRevocation, type Revocation } from "./revocation.ts";
import type { FeedChanges, FeedCursor, FeedReader, FeedSnapshot } from "./revocation-feed.ts";
import { rowsOf, runStatement, type SqliteHandle, type SqliteStatement, type SqlRow } from "./sqlite-handle.ts";

/**
 * `position` counts without a gap, since a transaction that is undone undoes its count. `history` is a hash over this
 * entry and the `history` before, so that a file which was restored and written on is another history. The last row stays
 * when it is over: it is the place that the next one follows.
 */
export const REVOCATION_TABLE = `
CREATE TABLE rejwt_revocations (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  history  TEXT NOT NULL,
  entry    TEXT NOT NULL,
  until_ms INTEGER
) STRICT;
CREATE INDEX rejwt_revocations_by_end ON rejwt_revocations (until_ms);
INSERT INTO rejwt_revocations (position, history, entry, until_ms) VALUES (0, hex(randomblob(16)), '', 0);
`;

export interface FeedStatements {
  readonly insertEntry: SqliteStatement;
  readonly selectLast: SqliteStatement;
  /** By position. */
  readonly selectPlace: SqliteStatement;
  /** By position: those after it. */
  readonly selectAfter: SqliteStatement;
  /** By clock: those that are not over. */
  readonly selectEntries: SqliteStatement;
  /** By clock and limit. */
  readonly deleteOver: SqliteStatement;
}

export function prepareFeedStatements(handle: SqliteHandle): FeedStatements {
  const columns = "position, history, entry";
  const last = "(SELECT max(position) FROM rejwt_revocations)";
  return {
    insertEntry: handle.prepare("INSERT INTO rejwt_revocations (history, entry, until_ms) VALUES (?, ?, ?)"),
    selectLast: handle.prepare(`SELECT ${columns} FROM rejwt_revocations WHERE position = ${last}`),
    selectPlace: handle.prepare(`SELECT ${columns} FROM rejwt_revocations WHERE position = ?`),
    selectAfter: handle.prepare(`SELECT ${columns} FROM rejwt_revocations WHERE position > ? ORDER BY position`),
    // The last row comes too, over or not: one statement, one view of both the entries and the place after them.
    selectEntries: handle.prepare(
      `SELECT ${columns} FROM rejwt_revocations
       WHERE until_ms IS NULL OR until_ms > ? OR position = ${last} ORDER BY position`,
    ),
    deleteOver: handle.prepare(
      `DELETE FROM rejwt_revocations WHERE position IN (
         SELECT position FROM rejwt_revocations WHERE until_ms <= ? AND position < ${last} LIMIT ?)`,
    ),
  };
}

/** Writes an entry, in the transaction of the operation that it belongs to. */
export function insertRevocation(statements: FeedStatements, revocation: Revocation): void {
  const entry = formatRevocation(revocation);
  const [last] = rowsOf(statements.selectLast);
  const history = createHash("sha256")
    .update(`${String(last?.history)} ${entry}`)
    .digest("base64url");
  runStatement(statements.insertEntry, history, entry, revocation.kind === "key" ? null : revocation.untilMs);
}

const POLL_MS = 100;

/** @param open answers the statements, or throws where the tables are missing */
export function sqliteReader(open: () => FeedStatements, clockMs: () => number): FeedReader {
  const closed = new AbortController();
  return {
    snapshot: async () => readSnapshot(open(), clockMs()),
    tail: async (_shard, cursor, waitMs) => {
      for (let waitedMs = 0; ; waitedMs += POLL_MS) {
        const changes = readChanges(open(), cursor);
        const news = changes === "gone" || changes.revocations.length > 0;
        if (news || waitedMs >= waitMs || closed.signal.aborted) return changes;
        const ms = Math.min(POLL_MS, waitMs - waitedMs);
        await pause(ms, undefined, { ref: false, signal: closed.signal }).catch(() => {
          // Closed: what there is is answered.
        });
      }
    },
    close: async () => closed.abort(),
  };
}

function readSnapshot({ selectEntries }: FeedStatements, clockMs: number): FeedSnapshot {
  const rows = rowsOf(selectEntries, clockMs);
  return { revocations: entriesOf(rows), cursor: cursorOf(rows.at(-1)) };
}

function readChanges({ selectPlace, selectAfter }: FeedStatements, cursor: FeedCursor): FeedChanges | "gone" {
  const [place] = rowsOf(selectPlace, cursor.position);
  if (place?.history !== cursor.history) return "gone";
  const rows = rowsOf(selectAfter, cursor.position);
  return { revocations: entriesOf(rows), cursor: rows.length === 0 ? cursor : cursorOf(rows.at(-1)) };
}

function entriesOf(rows: readonly SqlRow[]): readonly Revocation[] {
  // The place before the first entry holds none.
  return rows.filter(({ entry }) => entry !== "").map(({ entry }) => revocationFrom(String(entry)));
}

function cursorOf(row: SqlRow | undefined): FeedCursor {
  return { position: Number(row?.position ?? 0), history: String(row?.history) };
}
