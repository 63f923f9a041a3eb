/** PostgreSQL beside one UPDATE, through a pool of pg. Every commit is written to the disk. */
import { Pool } from "pg";
import { postgresStore } from "../../src/store/postgres.ts";
import { startPostgres } from "../../test/services/postgres.ts";
import { CHAINS, type Contender, recordText, startChains } from "./contender.ts";

const UPDATE = "UPDATE floor SET record = $2 WHERE chain = $1";

/** @param prepare whether both sides prepare their statements once for each connection */
export async function withPg(prepare: boolean): Promise<Contender> {
  const server = await startPostgres({ fsync: "on", synchronous_commit: "on" });
  const pool = new Pool({ connectionString: server.url, max: 16 });
  await pool.query("CREATE TABLE floor (chain integer PRIMARY KEY, record text NOT NULL) WITH (fillfactor = 70)");
  for (let chain = 0; chain < CHAINS; chain++) await pool.query("INSERT INTO floor VALUES ($1, '')", [chain]);
  let written = 0;
  return {
    name: prepare ? "PostgreSQL, pg, prepared" : "PostgreSQL, pg",
    floorName: "UPDATE",
    floor: async (chain) => {
      const values = [chain, recordText(written++)];
      await (prepare ? pool.query({ name: "floor", text: UPDATE, values }) : pool.query(UPDATE, values));
    },
    rotate: await startChains(postgresStore(pool, { prepare })),
    close: async () => {
      await pool.end();
      await server.stop();
    },
  };
}
