/** PostgreSQL keeps the contract of session stores: on the server's clock, and with a clock that tests move. */
import { Pool } from "pg";
import { afterAll, beforeAll, describe, test } from "vitest";
import type { SessionStore } from "../../src/store/contract.ts";
import { postgresFeed, postgresStore } from "../../src/store/postgres.ts";
import { feedConformance, storeConformance } from "../../src/testing/index.ts";
import { type PostgresServer, requirePostgres, startPostgres } from "../services/postgres.ts";
import { storeWithToldTime, type ToldStore } from "../store/postgres/told-time.ts";

describe("the PostgreSQL store", requirePostgres(), () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server?.stop();
  });

  // Above READ COMMITTED whoever loses a race is told to try again, and does.
  describe.each(["read committed", "serializable"])("on its own clock, %s by default", (level) => {
    let pool: Pool;
    let store: SessionStore;
    beforeAll(() => {
      const options = `-c default_transaction_isolation=${level.replace(" ", "\\ ")}`;
      pool = new Pool({ connectionString: server.url, options, max: 16 });
      store = postgresStore(pool);
    });
    afterAll(() => pool.end());

    const strict = level !== "read committed";
    storeConformance({
      // Without `skip`, the rules about time are not named twice more.
      test: (name, run) => test(name, run),
      makeStore: async () => store,
      ...(strict && { rotations: 200 }),
    });
    feedConformance({ test: (name, run) => test(name, run), makeFeed: async () => postgresFeed(pool) });
  });

  describe("with a clock that tests move", () => {
    let pool: Pool;
    let told: ToldStore;
    let clockMs = Date.parse("2026-05-01T12:00:00Z");
    beforeAll(async () => {
      pool = new Pool({ connectionString: server.url });
      told = await storeWithToldTime(pool, "told");
      await told.tell(clockMs);
    });
    afterAll(() => pool.end());

    storeConformance({
      test,
      makeStore: async () => told.store,
      advance: (milliseconds) => {
        clockMs += milliseconds;
        return told.tell(clockMs);
      },
      rotations: 200,
    });
  });
});
