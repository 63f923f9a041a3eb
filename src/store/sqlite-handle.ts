/** The little that is asked of a SQLite handle, so that node:sqlite, better-sqlite3 and libsql all fit. */
import { configError } from "../options.ts";

/**
 * A synchronous SQLite connection: `DatabaseSync` of node:sqlite (Node 22.13 and later), or `Database` of better-sqlite3
 * or libsql. It stays the caller's: the store never closes it. `get` is not asked for: in better-sqlite3 and libsql it
 * answers a row of a writing statement before the commit, which may yet fail.
 */
export interface SqliteHandle {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
}

export interface SqliteStatement {
  run(...values: never[]): unknown;
  all(...values: never[]): unknown;
}

export type SqlValue = string | number | null;
export type SqlRow = Readonly<Record<string, unknown>>;

/** Writes, and steps the statement to its end. Answers how many rows changed. */
export function runStatement(statement: SqliteStatement, ...values: SqlValue[]): number {
  const { changes } = statement.run(...(values as never[])) as { readonly changes: number | bigint };
  return Number(changes);
}

/** Reads all rows. */
export function rowsOf(statement: SqliteStatement, ...values: SqlValue[]): readonly SqlRow[] {
  return statement.all(...(values as never[])) as readonly SqlRow[];
}

/**
 * Runs `work` while no other process can write. What it answers is given back only after the commit has succeeded;
 * otherwise everything is as before, and the error is thrown.
 */
export function inTransaction<T>(handle: SqliteHandle, work: () => T): T {
  // Where this fails no transaction is ours, and a rollback would undo the application's.
  handle.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    handle.exec("COMMIT");
    return result;
  } catch (error) {
    rollBack(handle);
    throw error;
  }
}

/** After some failures (a full disk) SQLite has rolled back already, and refuses to do so twice. */
function rollBack(handle: SqliteHandle): void {
  try {
    handle.exec("ROLLBACK");
  } catch {
    // The error that led here is the one to tell.
  }
}

const BUSY_TIMEOUT_MS = 5000;

/**
 * Sets what each connection must be told again: wait for other writers, and commit to the disk, not to its cache.
 * @throws CONFIG for what is not a synchronous SQLite handle
 */
export function prepareConnection(handle: SqliteHandle): void {
  const rows: unknown = handle.prepare("PRAGMA busy_timeout").all();
  if (!Array.isArray(rows)) {
    throw configError(
      "sqliteStore",
      "the handle is asynchronous: pass one of node:sqlite, better-sqlite3 or libsql (not libsql/promise)",
    );
  }
  const [row] = rows as readonly SqlRow[];
  if (Number(row?.timeout) < BUSY_TIMEOUT_MS) handle.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  handle.exec("PRAGMA synchronous = FULL");
}
