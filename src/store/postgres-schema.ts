/** How the PostgreSQL schema comes to be, and from which version to which. */
import { ask, type PostgresClient } from "./postgres-client.ts";
import { endings } from "./postgres-endings.ts";
import { revocationTables, revoking } from "./postgres-revocations.ts";
import { judgement, rotation } from "./postgres-rotation.ts";
import { shortWay } from "./postgres-short-way.ts";
import { starts } from "./postgres-starts.ts";
import { tables } from "./postgres-tables.ts";

/** Version 1: the tables and the functions. */
const version1 = (schema: string): string =>
  [tables, revocationTables, judgement, revoking, rotation, starts, endings].map((part) => part(schema)).join("");

/** Version 2: the short way of a rotation, for one and for several. */
const version2 = shortWay;

/**
 * From each version to the next. What was released is never edited, only followed: during a deployment two versions of
 * this package ask one schema, so a function that must change gets a new name beside the old one.
 */
const UPGRADES: readonly ((schema: string) => string)[] = [version1, version2];

/** Creates the schema, or upgrades it. Safe to repeat, and safe from several processes at once. */
export async function migrateSchema(client: PostgresClient, schema: string): Promise<void> {
  await ask(client, migration(schema));
}

/**
 * One statement, and so one transaction. A role that may not create anything can say it too, where there is nothing to do.
 * @param schema quoted
 */
export function migration(schema: string): string {
  const table = `${schema}.schema_version`;
  const upgrades = UPGRADES.map((upgrade, index) => `IF stored < ${index + 1} THEN\n${upgrade(schema)}\nEND IF;`);
  return `
DO $migrate$
DECLARE
  stored integer := 0;
BEGIN
  -- Those who start together wait for one another here.
  PERFORM pg_advisory_xact_lock(hashtextextended('rejwt migrates ${schema}', 0));
  -- Asked of the catalog, which is current; a snapshot above READ COMMITTED is as old as the transaction.
  IF to_regclass('${table}') IS NULL THEN
    CREATE SCHEMA IF NOT EXISTS ${schema};
    CREATE TABLE ${table} (version integer NOT NULL);
    INSERT INTO ${table} (version) VALUES (0);
  END IF;
  SELECT version INTO STRICT stored FROM ${table};
  IF stored >= ${UPGRADES.length} THEN
    RETURN;
  END IF;
  ${upgrades.join("\n")}
  UPDATE ${table} SET version = ${UPGRADES.length};
END
$migrate$`;
}
