/** The tables of the SQLite store, and how they come to be. All names start with `rejwt_`: the database is the application's. */
import { setTimeout as pause } from "node:timers/promises";
import { configError } from "../options.ts";
import { REVOCATION_TABLE } from "./sqlite-feed.ts";
import { inTransaction, prepareConnection, rowsOf, runStatement, type SqliteHandle } from "./sqlite-handle.ts";

/**
 * Version 1. One row a session, of constant size; all times are milliseconds since 1970. The epochs tables hold a row
 * only where somebody logged out everywhere. `removable_from_ms` is what `sweep` goes by.
 */
export const VERSION_1 = `
CREATE TABLE rejwt_sessions (
  session_id             TEXT PRIMARY KEY,
  subject                TEXT NOT NULL,
  subject_epoch          INTEGER NOT NULL,
  everyone_epoch         INTEGER NOT NULL,
  generation             INTEGER NOT NULL,
  current_hash           TEXT NOT NULL,
  previous_hash          TEXT,
  salt                   TEXT,
  key_id                 TEXT NOT NULL,
  rotated_at_ms          INTEGER NOT NULL,
  replay_flag            INTEGER NOT NULL,
  replay_streak          INTEGER NOT NULL,
  attempt_hash           TEXT,
  created_at_ms          INTEGER NOT NULL,
  idle_expires_at_ms     INTEGER NOT NULL,
  absolute_expires_at_ms INTEGER NOT NULL,
  end_reason             TEXT,
  ended_at_ms            INTEGER,
  jkt                    TEXT,
  client_id              TEXT,
  metadata               TEXT NOT NULL,
  removable_from_ms      INTEGER NOT NULL
) STRICT;
CREATE INDEX rejwt_sessions_by_subject ON rejwt_sessions (subject, created_at_ms, session_id);
CREATE INDEX rejwt_sessions_by_end ON rejwt_sessions (removable_from_ms);

CREATE TABLE rejwt_subject_epochs (subject TEXT PRIMARY KEY, epoch INTEGER NOT NULL) STRICT;
CREATE TABLE rejwt_everyone_epochs (shard INTEGER PRIMARY KEY, epoch INTEGER NOT NULL) STRICT;

CREATE TABLE rejwt_used_ids (id TEXT PRIMARY KEY, removable_from_ms INTEGER NOT NULL) STRICT;
CREATE INDEX rejwt_used_ids_by_end ON rejwt_used_ids (removable_from_ms);
`;

/** Version 2: what was revoked, for those who verify. */
const VERSION_2 = REVOCATION_TABLE;

/** From each version to the next. What was released is never edited, only followed. */
const UPGRADES: readonly string[] = [VERSION_1, VERSION_2];

const WAL_ATTEMPTS = 250;
const WAL_PAUSE_MS = 20;

/**
 * Creates the tables, or upgrades them. Safe to repeat, and safe from several processes at once.
 * @throws CONFIG where the tables are of a newer version of this package
 */
export async function migrateSchema(handle: SqliteHandle): Promise<void> {
  prepareConnection(handle);
  await useWriteAheadLog(handle);
  inTransaction(handle, () => {
    handle.exec("CREATE TABLE IF NOT EXISTS rejwt_schema (version INTEGER NOT NULL) STRICT");
    if (storedVersion(handle) === undefined) handle.exec("INSERT INTO rejwt_schema (version) VALUES (0)");
    const version = storedVersion(handle) ?? 0;
    refuseNewer(version);
    if (version === UPGRADES.length) return;
    for (const upgrade of UPGRADES.slice(version)) handle.exec(upgrade);
    runStatement(handle.prepare("UPDATE rejwt_schema SET version = ?"), UPGRADES.length);
  });
}

/** @throws CONFIG unless the tables are there, as this version of the package knows them */
export function checkSchema(handle: SqliteHandle): void {
  const tables = handle.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'rejwt_schema'");
  const version = rowsOf(tables).length === 0 ? undefined : storedVersion(handle);
  if (version === undefined)
    throw configError("sqliteStore", "the tables are missing: call `await store.migrate()` first");
  if (version < UPGRADES.length)
    throw configError("sqliteStore", "the tables are of an older version: call `await store.migrate()`");
  refuseNewer(version);
}

function refuseNewer(version: number): void {
  if (version > UPGRADES.length) throw configError("sqliteStore", "the tables are of a newer version of this package");
}

function storedVersion(handle: SqliteHandle): number | undefined {
  const [row] = rowsOf(handle.prepare("SELECT version FROM rejwt_schema"));
  return row === undefined ? undefined : Number(row.version);
}

/** Readers then never wait for the writer. Only one connection can switch, and SQLite does not queue those who try. */
async function useWriteAheadLog(handle: SqliteHandle): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      handle.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (attempt === WAL_ATTEMPTS) throw error;
      await pause(WAL_PAUSE_MS);
    }
  }
}
