/** A PostgreSQL store whose clock does what a test says: the one function that reads the time is replaced. */
import type { Pool } from "pg";
import type { SessionStore } from "../../../src/store/contract.ts";
import { postgresStore } from "../../../src/store/postgres.ts";

export interface ToldStore {
  readonly store: SessionStore;
  /** Sets the store's clock, milliseconds since 1970. */
  tell(nowMs: number): Promise<void>;
}

/** Creates the schema, with a clock that stands still at what it was told last. */
export async function storeWithToldTime(pool: Pool, schema: string): Promise<ToldStore> {
  const store = postgresStore(pool, { schema });
  await store.migrate();
  await pool.query(`
    CREATE TABLE "${schema}".told (now_ms bigint NOT NULL);
    INSERT INTO "${schema}".told VALUES (0);
    CREATE OR REPLACE FUNCTION "${schema}".clock_ms() RETURNS bigint LANGUAGE sql VOLATILE AS
      'SELECT now_ms FROM "${schema}".told'`);
  return {
    store,
    async tell(nowMs) {
      await pool.query(`UPDATE "${schema}".told SET now_ms = $1`, [nowMs]);
    },
  };
}
