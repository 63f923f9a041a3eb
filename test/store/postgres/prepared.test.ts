import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { postgresStore } from "../../../src/store/postgres.ts";
import { type PostgresServer, requirePostgres, startPostgres } from "../../services/postgres.ts";
import { createCommand, present } from "../families.ts";

describe("statements that are prepared", requirePostgres(), () => {
  let server: PostgresServer;
  let pool: Pool;

  beforeAll(async () => {
    server = await startPostgres();
    // One connection, so that what it has prepared can be asked.
    pool = new Pool({ connectionString: server.url, max: 1 });
  });
  afterAll(async () => {
    await pool?.end();
    await server?.stop();
  });

  const prepared = async (): Promise<readonly string[]> => {
    const { rows } = await pool.query("SELECT statement FROM pg_prepared_statements WHERE name LIKE 'rejwt_%'");
    return rows.map(({ statement }) => String(statement));
  };

  it("are prepared once, and decide the same", async () => {
    const store = postgresStore(pool, { prepare: true });
    await store.migrate();
    expect(await store.create(createCommand())).toMatchObject({ outcome: "created" });
    for (let generation = 0; generation < 10; generation++) {
      expect(await store.rotate(present(generation))).toMatchObject({ outcome: "rotated" });
    }
    expect(await store.rotate(present(9))).toMatchObject({ outcome: "replayed" });
    expect(await store.rotate(present(0))).toMatchObject({ outcome: "reused" });
    expect((await prepared()).filter((statement) => statement.includes("rotate"))).toHaveLength(1);
  });

  it("still answer when the tables were upgraded meanwhile", async () => {
    const store = postgresStore(pool, { prepare: true });
    expect(await store.read(createCommand().sessionId)).toMatchObject({ family: { generation: 10 } });
    await pool.query("ALTER TABLE rejwt.sessions ADD COLUMN of_tomorrow text");
    // Only then does PostgreSQL look at the statement again.
    await pool.query("ALTER FUNCTION rejwt.read_session COST 200; ALTER FUNCTION rejwt.rotate COST 200");
    expect(await store.read(createCommand().sessionId)).toMatchObject({ family: { generation: 10 } });
    expect(await store.rotate(present(10))).toMatchObject({ outcome: "ended", reason: "reuse" });
  });

  it("are asked for: by default none is prepared", async () => {
    await pool.query("DEALLOCATE ALL");
    const store = postgresStore(pool, { schema: "plain" });
    await store.migrate();
    await store.create(createCommand());
    expect(await prepared()).toEqual([]);
  });

  it("refuse what is neither true nor false", () => {
    expect(() => postgresStore(pool, { prepare: "yes" } as never)).toThrow(
      expect.objectContaining({ code: "CONFIG" }) as Error,
    );
  });
});
