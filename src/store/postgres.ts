/** `rejwt/postgres`: sessions in PostgreSQL, every operation one statement that calls one function of the schema. */
import { createHash } from "node:crypto";
import type { EndReason } from "../errors.ts";
import { checkNames, configError } from "../options.ts";
import type { Duration } from "../time.ts";
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
import { keptForMs } from "./kept-revocations.ts";
import { formatCursor, type PageCursor, parseCursor } from "./page-cursor.ts";
import {
  ask,
  checkClient,
  type PostgresClient,
  type PostgresRow,
  type PostgresValue,
  quoteSchema,
} from "./postgres-client.ts";
import { preparing } from "./postgres-prepared.ts";
import { PostgresRotations } from "./postgres-rotate.ts";
import { currentEpochsOf, familyOf, idsOf, number, text } from "./postgres-rows.ts";
import { migrateSchema } from "./postgres-schema.ts";
import { SWEEP_LIMIT, USED_ID_MARGIN_MS } from "./retention.ts";
import { readMaxTokenLife } from "./revocation.ts";

export type { PostgresClient } from "./postgres-client.ts";
export { type PostgresFeedOptions, postgresFeed } from "./postgres-feed.ts";

export interface PostgresStoreOptions {
  /** The schema that holds the tables and functions. Default `rejwt`. */
  readonly schema?: string | undefined;
  /**
   * True prepares each statement once for each connection: less work for the server. With pg alone, and not
   * behind a pooler that hands out a connection per transaction, unless it knows prepared statements, as PgBouncer 1.21
   * does. Default false.
   */
  readonly prepare?: boolean | undefined;
  /** The longest life of an access token: for so long, and a margin, a revocation is kept. Default "1h". */
  readonly maxTokenLife?: Duration;
}

/**
 * A session store in PostgreSQL. Call `await store.migrate()` once before use.
 * @param pool a `Pool` of pg, or anything with its `query(text, values)`; not closed here. A single `Client` answers one
 *   statement at a time, and must not be inside a transaction of the application's
 * @throws CONFIG for what has no `query`, an unknown option, or a schema that is no plain name
 */
export function postgresStore(pool: PostgresClient, options: PostgresStoreOptions = {}): SessionStore {
  checkClient("postgresStore", pool);
  checkNames("postgresStore", options, ["schema", "prepare", "maxTokenLife"]);
  const { schema = "rejwt", prepare = false } = options;
  if (typeof prepare !== "boolean") throw configError("postgresStore", 'option "prepare" must be true or false');
  const keptMs = keptForMs(readMaxTokenLife("postgresStore", options));
  return new PostgresStore(pool, quoteSchema("postgresStore", schema), prepare, keptMs);
}

/** Sorts after every session: the place before the first page. */
const BEFORE_ALL: PageCursor = { createdAtMs: Number.MAX_SAFE_INTEGER, sessionId: "" };

class PostgresStore implements SessionStore {
  readonly "~store" = "session";
  readonly shards = 1;
  readonly #client: PostgresClient;
  /** What the statements of operations are said to. */
  readonly #operations: PostgresClient;
  readonly #schema: string;
  /** For how long a revocation is kept. */
  readonly #keptMs: number;
  readonly #rotations: PostgresRotations;
  /** The statement of each function, by its name. */
  readonly #statements = new Map<string, string>();

  constructor(client: PostgresClient, schema: string, prepare: boolean, keptMs: number) {
    this.#client = client;
    this.#operations = prepare ? preparing(client) : client;
    this.#schema = schema;
    this.#keptMs = keptMs;
    this.#rotations = new PostgresRotations(this.#operations, schema, keptMs);
  }

  async migrate(): Promise<void> {
    await migrateSchema(this.#client, this.#schema);
  }

  async create(command: CreateFamily): Promise<CreateOutcome> {
    const { sessionId, address, secretHash, keyId, idleMs, absoluteMs, binding, metadata } = command;
    const { expectedEpoch, limit } = command;
    const row = await this.#call("create_session", "outcome, now_ms, evicted_ids, (family).*", [
      sessionId,
      address.subject,
      secretHash,
      keyId,
      idleMs,
      absoluteMs,
      binding?.jkt ?? null,
      binding?.clientId ?? null,
      metadata,
      expectedEpoch ?? null,
      limit?.count ?? null,
      limit?.whenFull === "refuse",
      this.#keptMs,
    ]);
    const outcome = text(row, "outcome") as CreateOutcome["outcome"];
    if (outcome !== "created") return { outcome };
    return { outcome, nowMs: number(row, "now_ms"), family: familyIn(row), evicted: idsOf(row.evicted_ids) };
  }

  async read(sessionId: string): Promise<FamilyReading | undefined> {
    const columns = "now_ms, current_subject_epoch, current_everyone_epoch, (family).*";
    const [row] = await this.#rows("read_session", columns, [sessionId]);
    return row && { nowMs: number(row, "now_ms"), family: familyIn(row), epochs: currentEpochsOf(row) };
  }

  async readSubject({ subject }: SubjectAddress): Promise<SubjectReading> {
    const row = await this.#call("read_subject", "*", [subject]);
    return { nowMs: number(row, "now_ms"), epochs: currentEpochsOf(row) };
  }

  rotate(command: RotateCommand): Promise<RotateOutcome> {
    return this.#rotations.rotate(command);
  }

  async endFamily(sessionId: string, reason: EndReason): Promise<Family | undefined> {
    return familyOf(await this.#call("end_session", "*", [sessionId, reason, this.#keptMs]));
  }

  async bumpSubject(
    { subject }: SubjectAddress,
    { except }: { readonly except: string | undefined },
  ): Promise<{ readonly epoch: number; readonly ended: readonly string[] }> {
    const row = await this.#call("bump_subject", "*", [subject, except ?? null, this.#keptMs]);
    return { epoch: number(row, "epoch_after"), ended: idsOf(row.ended_ids) };
  }

  async bumpEveryone(): Promise<{ readonly epoch: number }> {
    return { epoch: number(await this.#call("bump_everyone", "answer", [this.#keptMs]), "answer") };
  }

  async list(
    { subject }: SubjectAddress,
    { limit, after }: { readonly limit: number; readonly after: string | undefined },
  ): Promise<{ readonly families: readonly Family[]; readonly next: string | undefined }> {
    const { createdAtMs, sessionId } = after === undefined ? BEFORE_ALL : parseCursor(after);
    // One more than asked for says whether there is a next page.
    const rows = await this.#rows("list_sessions", "*", [subject, createdAtMs, sessionId, limit + 1]);
    const families = rows.slice(0, limit).map(familyIn);
    const last = families.at(-1);
    return { families, next: last !== undefined && rows.length > limit ? formatCursor(last) : undefined };
  }

  async markUsed(id: string, until: Date): Promise<boolean> {
    // UTF-16 keeps apart what UTF-8 would not: two halves of different characters.
    const hash = createHash("sha256").update(id, "utf16le").digest("base64url");
    const row = await this.#call("mark_used", "answer", [hash, until.getTime() + USED_ID_MARGIN_MS]);
    return row.answer === true;
  }

  async sweep(limit: number = SWEEP_LIMIT): Promise<number> {
    return number(await this.#call("sweep", "answer", [limit]), "answer");
  }

  async close(): Promise<void> {}

  /** One function, one row. */
  async #call(name: string, columns: string, values: readonly PostgresValue[]): Promise<PostgresRow> {
    const [row] = await this.#rows(name, columns, values);
    if (row === undefined) throw new Error(`PostgreSQL answered ${name} with no row`);
    return row;
  }

  async #rows(name: string, columns: string, values: readonly PostgresValue[]): Promise<readonly PostgresRow[]> {
    const statement = this.#statements.get(name) ?? selectFrom(this.#schema, name, columns, values.length);
    this.#statements.set(name, statement);
    return ask(this.#operations, statement, values);
  }
}

/** A function that answers a plain value answers it as the column `answer`. */
function selectFrom(schema: string, name: string, columns: string, parameters: number): string {
  const places = Array.from({ length: parameters }, (_, index) => `$${index + 1}`).join(", ");
  return `SELECT ${columns} FROM ${schema}.${name}(${places}) AS answer`;
}

function familyIn(row: PostgresRow): Family {
  const family = familyOf(row);
  if (family === undefined) throw new Error("PostgreSQL answered without the session that it decided on");
  return family;
}
