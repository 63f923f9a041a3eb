/** The little that is asked of a PostgreSQL client, so that a pool and a single connection of pg fit, and others like them. */
import { setTimeout as pause } from "node:timers/promises";
import { configError } from "../options.ts";
import { outage } from "./outage.ts";

/**
 * A `Pool` or `Client` of pg, or anything with such a `query`. Every call is one statement that commits by itself, so
 * it must not be inside a transaction of the application's.
 */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

export type PostgresRow = Readonly<Record<string, unknown>>;
export type PostgresValue = string | number | boolean | null;

/** serialization_failure, deadlock_detected: PostgreSQL has undone the whole statement, so that it may be said again. */
const UNDONE: ReadonlySet<unknown> = new Set(["40001", "40P01"]);
/** undefined_table, undefined_function, undefined_object (a type), invalid_schema_name. */
const NOT_MIGRATED: ReadonlySet<unknown> = new Set(["42P01", "42883", "42704", "3F000"]);
const MOST_ATTEMPTS = 10;

/**
 * Says one statement. At READ COMMITTED, which is PostgreSQL's default, it is said once; where the server or the role
 * defaults to REPEATABLE READ or SERIALIZABLE, whoever loses a race is told to try again, and does so here.
 * @throws CONFIG where the schema is missing or older; else an error without the values, which PostgreSQL quotes
 */
export async function ask(
  client: PostgresClient,
  text: string,
  values: readonly PostgresValue[] = [],
): Promise<readonly PostgresRow[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await client.query(text, [...values])).rows as readonly PostgresRow[];
    } catch (error) {
      if (!UNDONE.has(codeOf(error)) || attempt === MOST_ATTEMPTS) throw failure(error, values);
      // Apart, so that they do not all meet again.
      await pause(Math.random() * 2 ** attempt);
    }
  }
}

/** data_exception, integrity_constraint_violation, transaction_rollback. */
const REFUSED: ReadonlySet<string> = new Set(["22", "23", "40"]);

/**
 * Says one statement for several who asked, once. Answers "refused" where PostgreSQL undid it for what one of them sent or
 * raced for: then nothing has happened, and each can ask alone.
 * @throws as `ask` does, for everything that would befall each of them too, or of which nobody knows what it did
 */
export async function askForSeveral(
  client: PostgresClient,
  text: string,
  values: readonly PostgresValue[],
): Promise<readonly PostgresRow[] | "refused"> {
  try {
    return (await client.query(text, [...values])).rows as readonly PostgresRow[];
  } catch (error) {
    if (REFUSED.has(String(codeOf(error)).slice(0, 2))) return "refused";
    throw failure(error, values);
  }
}

function codeOf(error: unknown): unknown {
  return ((error ?? {}) as { readonly code?: unknown }).code;
}

function failure(error: unknown, values: readonly PostgresValue[]): Error {
  if (NOT_MIGRATED.has(codeOf(error))) {
    const problem = "the schema is missing or of an older version: call `await store.migrate()` first";
    return configError("postgresStore", problem);
  }
  // A value may be several, one after another.
  return outage(
    "PostgreSQL",
    error,
    values.flatMap((value) => [value, ...String(value).split(/\s/)]),
  );
}

/** @throws CONFIG for what has no `query` */
export function checkClient(where: string, client: unknown): void {
  if (typeof (client as Partial<PostgresClient> | null)?.query !== "function") {
    throw configError(where, "pass a Pool or Client of pg, or another object with query(text, values)");
  }
}

/** 63 bytes are what PostgreSQL keeps of a name; the rest it would cut off. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** The schema's name as SQL spells it. @throws CONFIG for what is no plain name */
export function quoteSchema(where: string, name: unknown): string {
  if (typeof name !== "string" || !NAME.test(name) || name.toLowerCase().startsWith("pg_")) {
    throw configError(
      where,
      'option "schema" must be 1 to 63 letters, digits and underscores, not begin with a digit, nor with "pg_"',
    );
  }
  return `"${name}"`;
}
