import { Pool } from "pg";
import { afterAll, beforeAll, describe, it } from "vitest";
import { type PostgresServer, requirePostgres, startPostgres } from "../../services/postgres.ts";
import { playAgainstMemory } from "../game/game.ts";
import { telling } from "../told-stores.ts";
import { storeWithToldTime } from "./told-time.ts";

describe("the PostgreSQL store beside the memory store", requirePostgres(), () => {
  let server: PostgresServer;
  let pool: Pool;
  beforeAll(async () => {
    server = await startPostgres();
    pool = new Pool({ connectionString: server.url, max: 1 });
  });
  afterAll(async () => {
    await pool?.end();
    await server?.stop();
  });

  it("decides the same, whatever is sent, in whatever order, at whatever time", { timeout: 120_000 }, async () => {
    const { store, tell } = await storeWithToldTime(pool, "game");
    const tables = ["sessions", "subjects", "everyone_epochs", "used_ids"].map((name) => `game.${name}`);
    await playAgainstMemory(
      async (clock) => {
        await pool.query(`TRUNCATE ${tables.join(", ")}`);
        return telling(store, () => tell(clock()));
      },
      { games: 80 },
    );
  });
});
