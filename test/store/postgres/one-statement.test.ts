/** What PostgreSQL is asked for a rotation: one statement, counted by PostgreSQL itself; and what it leaves of rows. */
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Family, SessionStore } from "../../../src/store/contract.ts";
import { postgresStore } from "../../../src/store/postgres.ts";
import { type PostgresServer, requirePostgres, startPostgres } from "../../services/postgres.ts";
import { addressOf, present, start } from "../commands.ts";

describe("a rotation in PostgreSQL", requirePostgres(), () => {
  let server: PostgresServer;
  let pool: Pool;
  let admin: Pool;
  let store: SessionStore;
  beforeAll(async () => {
    server = await startPostgres({
      shared_preload_libraries: "pg_stat_statements",
      "pg_stat_statements.track": "top",
      "pg_stat_statements.track_utility": "on",
    });
    pool = new Pool({ connectionString: server.url });
    admin = new Pool({ connectionString: server.url, application_name: "admin", user: "postgres" });
    store = postgresStore(pool);
    await admin.query("CREATE EXTENSION pg_stat_statements");
    await store.migrate();
  });
  afterAll(async () => {
    await pool?.end();
    await admin?.end();
    await server?.stop();
  });

  async function started(): Promise<Family> {
    const created = await store.create(start(addressOf("alice", 1)));
    if (created.outcome !== "created") throw new Error(created.outcome);
    return created.family;
  }

  /** Every statement that a client sent since the last reset, and how often. */
  async function statements(): Promise<{ readonly query: string; readonly calls: number }[]> {
    const { rows } = await admin.query(
      "SELECT query, calls::int FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%' ORDER BY query",
    );
    return rows as { readonly query: string; readonly calls: number }[];
  }

  it("is one statement, whatever comes of it", async () => {
    let family = await started();
    const first = present(family);
    await admin.query("SELECT pg_stat_statements_reset()");
    for (let rotations = 0; rotations < 20; rotations++) {
      const command = present(family);
      const outcome = await store.rotate(command);
      if (outcome.outcome !== "rotated") throw new Error(outcome.outcome);
      expect((await store.rotate(command)).outcome).toBe("replayed");
      family = outcome.family;
    }
    expect((await store.rotate(first)).outcome).toBe("reused");
    expect((await store.rotate(first)).outcome).toBe("ended");
    expect(await statements()).toEqual([{ query: expect.stringContaining('"rejwt".rotate_one('), calls: 42 }]);
  });

  it("shares its statement with others that are under way in the same process", async () => {
    const chains = 64;
    const rounds = 20;
    const families = await Promise.all(Array.from({ length: chains }, started));
    await admin.query("SELECT pg_stat_statements_reset()");
    await Promise.all(
      families.map(async (first) => {
        let family = first;
        for (let round = 0; round < rounds; round++) {
          const outcome = await store.rotate(present(family));
          if (outcome.outcome !== "rotated") throw new Error(outcome.outcome);
          family = outcome.family;
        }
      }),
    );
    const sent = await statements();
    const calls = sent.reduce((sum, { calls }) => sum + calls, 0);
    console.log(`${calls} statements for ${chains * rounds} rotations of ${chains} sessions`);
    for (const { query } of sent) expect(query).toMatch(/^SELECT "rejwt"\.rotate_(one|some)\(/);
    expect(calls).toBeLessThan((chains * rounds) / 4);
  });

  it("is two where a group finds the session locked, or has another answer than that it rotates", async () => {
    const families = await Promise.all(Array.from({ length: 40 }, started));
    await Promise.all(families.map((family) => store.rotate(present(family))));
    await admin.query("SELECT pg_stat_statements_reset()");
    // All are retries now.
    const outcomes = await Promise.all(families.map((family) => store.rotate(present(family))));
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(["replayed"]));
    const calls = Object.fromEntries(
      (await statements()).map(({ query, calls }) => [/rotate_\w+/.exec(query)?.[0], calls]),
    );
    expect(calls.rotate_one).toBe(families.length);
    expect(calls.rotate_some).toBeGreaterThan(0);
  });

  it("leaves rows of one size, and no row more", async () => {
    let family = await started();
    const sizes = new Set<number>();
    const rows = async (): Promise<string> =>
      String((await admin.query("SELECT count(*), sum(pg_column_size(s.*)) FROM rejwt.sessions AS s")).rows[0]?.count);
    const before = await rows();
    for (let rotations = 1; rotations <= 500; rotations++) {
      const outcome = await store.rotate(present(family));
      if (outcome.outcome !== "rotated") throw new Error(outcome.outcome);
      family = outcome.family;
      const { rows } = await admin.query(
        "SELECT pg_column_size(s.*) AS size FROM rejwt.sessions AS s WHERE session_id = $1",
        [family.sessionId],
      );
      sizes.add(Number((rows[0] as { readonly size: number }).size));
    }
    expect([...sizes]).toEqual([expect.any(Number)]);
    expect(await rows()).toBe(before);
    console.log(`a row of PostgreSQL: ${[...sizes]} bytes after 1 and after 500 rotations`);
  });

  it("rarely touches an index: the new version of the row stays on its page", async () => {
    const counts = async () => {
      const { rows } = await admin.query(
        "SELECT n_tup_upd::int AS updates, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables WHERE relname = 'sessions'",
      );
      return rows[0] as { readonly updates: number; readonly hot: number };
    };
    // A connection tells its counts when it has been idle for long, or ends.
    await pool.end();
    pool = new Pool({ connectionString: server.url });
    await vi.waitUntil(async () => (await counts()).updates >= 500, { timeout: 10_000, interval: 100 });
    const { updates, hot } = await counts();
    console.log(`${hot} of ${updates} updates were HOT`);
    expect(hot / updates).toBeGreaterThan(0.9);
  });
});
