/** `rejwt/sqlite`: the embedded durable store, one file that several processes of one machine may share. */
import type { EndReason } from "../errors.ts";
import { checkFunction, checkNames, configError } from "../options.ts";
import { type Clock, type Duration, nowMs, systemClock } from "../time.ts";
import type {
  CreateFamily,
  CreateOutcome,
  Family,
  FamilyReading,
  RotateCommand,
  RotateOutcome,
  SessionStore,
  SubjectAddress,
  SubjectReading,
} from "./contract.ts";
import { decideRotation, endFamily, endReasonOf, nextEpoch } from "./family.ts";
import { decideLogout } from "./logout.ts";
import { formatCursor, parseCursor } from "./page-cursor.ts";
import { PRUNED_BY_A_START, SWEEP_LIMIT, USED_ID_MARGIN_MS } from "./retention.ts";
import { readMaxTokenLife } from "./revocation.ts";
import type { FeedReader, RevocationFeed, RevocationRequest } from "./revocation-feed.ts";
import {
  everyoneRevocation,
  requestedRevocation,
  type Stamp,
  sessionRevocation,
  subjectRevocation,
} from "./revocation-stamp.ts";
import { type FeedStatements, insertRevocation, prepareFeedStatements, sqliteReader } from "./sqlite-feed.ts";
import { CommitGroup } from "./sqlite-group.ts";
import { prepareConnection, rowsOf, runStatement, type SqliteHandle } from "./sqlite-handle.ts";
import { checkSchema, migrateSchema } from "./sqlite-schema.ts";
import {
  BEFORE_ALL,
  currentEpochsOf,
  epochsOf,
  familyOf,
  NO_EPOCHS,
  prepareStatements,
  removeDead,
  type Statements,
  save,
  selectLive,
  valuesOf,
} from "./sqlite-statements.ts";
import { decideStart } from "./start.ts";

export type { SqliteHandle, SqliteStatement } from "./sqlite-handle.ts";

export interface SqliteStoreOptions {
  /** Default: this machine's time. Processes that share the file must agree on it. */
  readonly clock?: Clock | undefined;
  /** How long access tokens live at most: for so long revocations are kept. Default 1 hour. */
  readonly maxTokenLife?: Duration;
}

/**
 * A session store in a SQLite file. Call `await store.migrate()` once before use.
 * The handle is switched to WAL with `synchronous = FULL`, and waits up to 5 seconds for another writer; every decision
 * is made within one `BEGIN IMMEDIATE` transaction, which it shares with those that came in the same turn of the event loop.
 * Do not leave a transaction of your own open on the handle while sessions are used.
 * @param handle `DatabaseSync` of node:sqlite (Node 22.13 and later), `Database` of better-sqlite3 or libsql; not closed here
 * @throws CONFIG for what is not a handle, or an unknown option
 */
export function sqliteStore(handle: SqliteHandle, options: SqliteStoreOptions = {}): SessionStore & RevocationFeed {
  checkHandle(handle);
  checkNames("sqliteStore", options, ["clock", "maxTokenLife"]);
  const clock = options.clock ?? systemClock;
  checkFunction("sqliteStore", "clock", clock);
  return new SqliteStore(handle, clock, readMaxTokenLife("sqliteStore", options));
}

function checkHandle(handle: unknown): void {
  const { exec, prepare } = (handle ?? {}) as Partial<SqliteHandle>;
  if (typeof exec !== "function" || typeof prepare !== "function") {
    throw configError("sqliteStore", "pass an open handle of node:sqlite, better-sqlite3 or libsql, not a path");
  }
}

type AllStatements = Statements & FeedStatements;

class SqliteStore implements SessionStore, RevocationFeed {
  readonly "~store" = "session";
  readonly "~feed" = true;
  readonly maxTokenLifeMs: number;
  readonly shards = 1;
  readonly #handle: SqliteHandle;
  readonly #clock: Clock;
  readonly #group: CommitGroup;
  #statements: AllStatements | undefined;

  constructor(handle: SqliteHandle, clock: Clock, maxTokenLifeMs: number) {
    this.maxTokenLifeMs = maxTokenLifeMs;
    this.#handle = handle;
    this.#clock = clock;
    this.#group = new CommitGroup(handle);
  }

  async migrate(): Promise<void> {
    await migrateSchema(this.#handle);
  }

  async create(command: CreateFamily): Promise<CreateOutcome> {
    const { subject } = command.address;
    return this.#decide((statements, clockMs) => {
      runStatement(statements.pruneSubject, subject, clockMs, clockMs, PRUNED_BY_A_START);
      const families = command.limit === undefined ? [] : selectLive(statements, subject, clockMs);
      const { outcome, evicted } = decideStart({ command, families, epochs: epochsOf(statements, subject), clockMs });
      for (const family of evicted) this.#end(statements, family, clockMs);
      if (outcome.outcome === "created") runStatement(statements.insertFamily, ...valuesOf(outcome.family));
      return outcome;
    });
  }

  // Reads take the clock first: what commits in between must be later than the time that they answer.
  async read(sessionId: string): Promise<FamilyReading | undefined> {
    const statements = this.#open();
    const clockMs = nowMs(this.#clock);
    const [row] = rowsOf(statements.selectFamily, sessionId);
    return row && { nowMs: clockMs, family: familyOf(row), epochs: currentEpochsOf(row) };
  }

  async readSubject({ subject }: SubjectAddress): Promise<SubjectReading> {
    const statements = this.#open();
    return { nowMs: nowMs(this.#clock), epochs: epochsOf(statements, subject) };
  }

  async rotate(command: RotateCommand): Promise<RotateOutcome> {
    return this.#decide((statements, clockMs) => {
      const [row] = rowsOf(statements.selectFamily, command.sessionId);
      const family = row && familyOf(row);
      const epochs = row === undefined ? NO_EPOCHS : currentEpochsOf(row);
      const { outcome, next } = decideRotation({ family, epochs, command, clockMs });
      if (next?.ended !== undefined) this.#end(statements, next, clockMs);
      else if (next !== undefined) save(statements, next, family);
      return outcome;
    });
  }

  async endFamily(sessionId: string, reason: EndReason): Promise<Family | undefined> {
    return this.#decide((statements, clockMs) => {
      const [row] = rowsOf(statements.selectFamily, sessionId);
      if (row === undefined || endReasonOf(familyOf(row), currentEpochsOf(row), clockMs) !== undefined)
        return undefined;
      const ended = endFamily(familyOf(row), reason, clockMs);
      this.#end(statements, ended, clockMs);
      return ended;
    });
  }

  async bumpSubject(
    { subject }: SubjectAddress,
    { except }: { readonly except: string | undefined },
  ): Promise<{ readonly epoch: number; readonly ended: readonly string[] }> {
    return this.#decide((statements, clockMs) => {
      const families = selectLive(statements, subject, clockMs);
      const { epoch, ended, kept } = decideLogout({ families, except, epochs: epochsOf(statements, subject), clockMs });
      runStatement(statements.putSubjectEpoch, subject, epoch);
      insertRevocation(statements, subjectRevocation(subject, epoch, this.#stamp(clockMs)));
      for (const family of ended) save(statements, family);
      if (kept !== undefined) save(statements, kept);
      return { epoch, ended: ended.map((family) => family.sessionId) };
    });
  }

  async bumpEveryone(): Promise<{ readonly epoch: number }> {
    return this.#decide((statements, clockMs) => {
      const epoch = nextEpoch(epochsOf(statements, "").everyone, clockMs);
      runStatement(statements.putEveryoneEpoch, epoch);
      insertRevocation(statements, everyoneRevocation(0, epoch, this.#stamp(clockMs)));
      return { epoch };
    });
  }

  async list(
    { subject }: SubjectAddress,
    { limit, after }: { readonly limit: number; readonly after: string | undefined },
  ): Promise<{ readonly families: readonly Family[]; readonly next: string | undefined }> {
    const place = after === undefined ? BEFORE_ALL : parseCursor(after);
    // One more than asked for says whether there is a next page.
    const found = selectLive(this.#open(), subject, nowMs(this.#clock), place, limit + 1);
    const families = found.slice(0, limit);
    const last = families.at(-1);
    return { families, next: last !== undefined && found.length > limit ? formatCursor(last) : undefined };
  }

  async markUsed(id: string, until: Date): Promise<boolean> {
    return this.#decide((statements) => {
      return runStatement(statements.insertUsedId, id, until.getTime() + USED_ID_MARGIN_MS) === 1;
    });
  }

  async sweep(limit: number = SWEEP_LIMIT): Promise<number> {
    return this.#decide((statements, clockMs) => {
      const families = removeDead(statements, clockMs, limit);
      const usedIds = runStatement(statements.deleteUsedIds, clockMs, limit - families);
      // What is no longer of use to anybody is no record that was asked to be removed.
      runStatement(statements.deleteOver, clockMs, limit);
      return families + usedIds;
    });
  }

  reader(): FeedReader {
    return sqliteReader(
      () => this.#open(),
      () => nowMs(this.#clock),
    );
  }

  async addRevocation(request: RevocationRequest): Promise<void> {
    await this.#decide((statements, clockMs) => {
      runStatement(statements.deleteOver, clockMs, PRUNED_BY_A_START);
      insertRevocation(statements, requestedRevocation("sqliteStore", request, 0, this.#stamp(clockMs)));
    });
  }

  async close(): Promise<void> {
    this.#group.flush();
    this.#statements = undefined;
  }

  /** The record and its revocation, together. */
  #end(statements: AllStatements, family: Family, clockMs: number): void {
    save(statements, family);
    insertRevocation(statements, sessionRevocation(family.sessionId, this.#stamp(clockMs)));
  }

  #stamp(clockMs: number): Stamp {
    return { atMs: clockMs, maxTokenLifeMs: this.maxTokenLifeMs };
  }

  /** In a transaction. The clock is read for each decision, once, and after every earlier writer has committed. */
  #decide<T>(work: (statements: AllStatements, clockMs: number) => T): Promise<T> {
    const statements = this.#open();
    return this.#group.run(() => work(statements, nowMs(this.#clock)));
  }

  #open(): AllStatements {
    if (this.#statements === undefined) {
      prepareConnection(this.#handle);
      checkSchema(this.#handle);
      this.#statements = { ...prepareStatements(this.#handle), ...prepareFeedStatements(this.#handle) };
    }
    return this.#statements;
  }
}
