/** The PostgreSQL store: what is its own, beside what every store promises. */
import { inspect } from "node:util";
import { Client, Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PostgresClient, postgresStore } from "../../../src/store/postgres.ts";
import { type PostgresServer, requirePostgres, startPostgres } from "../../services/postgres.ts";
import { addressOf, hash, present, sessionIdOf, start } from "../commands.ts";
import { sessionsOver } from "../sessions.ts";

const config = expect.objectContaining({ code: "CONFIG" }) as Error;
const alice = addressOf("alice", 1);

describe("postgresStore", () => {
  it.each([undefined, null, "postgres://localhost", {}, { query: "SELECT 1" }])(
    "refuses what is no client: %j",
    (no) => {
      expect(() => postgresStore(no as never)).toThrow(config);
    },
  );

  const client: PostgresClient = { query: async () => ({ rows: [] }) };

  it("refuses unknown options", () => {
    expect(() => postgresStore(client, { shema: "app" } as never)).toThrow(config);
  });

  it.each(["", "1st", "a b", 'a"; DROP TABLE users; --', "pg_app", "PG_app", "s".repeat(64), 5])(
    "refuses a schema that is no plain name: %j",
    (schema) => {
      expect(() => postgresStore(client, { schema } as never)).toThrow(config);
    },
  );

  it("rejects an answer without a row, or without the session", async () => {
    await expect(postgresStore(client).rotate(present(family))).rejects.toThrow("with no row");
    const empty: PostgresClient = { query: async () => ({ rows: [{ answer: "rotated 5 - f [null]" }] }) };
    await expect(postgresStore(empty).rotate(present(family))).rejects.toThrow("without the session");
  });

  it("says a statement again that PostgreSQL has undone, ten times at most", async () => {
    let asked = 0;
    const loser: PostgresClient = {
      query: async () => {
        asked++;
        throw Object.assign(new Error("could not serialize access"), { code: "40001" });
      },
    };
    await expect(postgresStore(loser).rotate(present(family))).rejects.toThrow("PostgreSQL did not answer: could not");
    expect(asked).toBe(10);
    let failures = 3;
    const winner: PostgresClient = {
      query: async () => {
        if (failures-- > 0) throw Object.assign(new Error("deadlock detected"), { code: "40P01" });
        return { rows: [{ answer: "7" }] };
      },
    };
    expect(await postgresStore(winner).sweep()).toBe(7);
  });
});

const family = { sessionId: sessionIdOf(alice), generation: 3, current: hash() };

describe("the PostgreSQL store", requirePostgres(), () => {
  let server: PostgresServer;
  let pool: Pool;
  beforeAll(async () => {
    server = await startPostgres();
    pool = new Pool({ connectionString: server.url });
  });
  afterAll(async () => {
    await pool?.end();
    await server?.stop();
  });

  it("says what to call where the schema is missing", async () => {
    const store = postgresStore(pool, { schema: "nowhere" });
    await expect(store.rotate(present(family))).rejects.toMatchObject({
      code: "CONFIG",
      message: expect.stringContaining("migrate()") as string,
    });
  });

  it("is created once by many who start together", async () => {
    const stores = Array.from({ length: 10 }, () => postgresStore(pool, { schema: "Together" }));
    await Promise.all(stores.map((store) => store.migrate()));
    await Promise.all(stores.map((store) => store.migrate()));
    const { rows } = await pool.query(`SELECT version FROM "Together".schema_version`);
    expect(rows).toEqual([{ version: 2 }]);
  });

  it("keeps the sessions of version 1, which lacks the short way of a rotation", async () => {
    const store = postgresStore(pool, { schema: "older" });
    await store.migrate();
    const created = await store.create(start(alice));
    if (created.outcome !== "created") throw new Error(created.outcome);
    await pool.query(`
      DROP FUNCTION older.rotate_one, older.rotate_some;
      UPDATE older.schema_version SET version = 1`);
    await expect(store.rotate(present(created.family))).rejects.toThrow(config);
    await store.migrate();
    expect(await store.rotate(present(created.family))).toMatchObject({
      outcome: "rotated",
      family: { generation: 1 },
    });
  });

  it("never overwrites a session, and its error quotes nothing of it", async () => {
    const store = postgresStore(pool);
    await store.migrate();
    const command = start(alice, { metadata: '{"name":"a name in metadata"}' });
    await store.create(command);
    const error: unknown = await store.create(command).catch((reason: unknown) => reason);
    expect(String(error)).toContain("PostgreSQL did not answer: duplicate key");
    const logged = inspect(error, { depth: 10, showHidden: true });
    for (const text of [command.secretHash, command.sessionId, command.metadata, "a name"]) {
      expect(logged).not.toContain(text);
    }
    expect((await store.read(command.sessionId))?.family.generation).toBe(0);
  });

  it("answers the same on one connection, and where numbers come as numbers", async () => {
    const types = {
      getTypeParser: (oid: number) => (oid === 16 ? (text: string) => text === "t" : oid === 20 ? BigInt : String),
    };
    const client = new Client({ connectionString: server.url, types: types as never });
    await client.connect();
    const store = postgresStore(client);
    await store.migrate();
    const created = await store.create(start(alice));
    if (created.outcome !== "created") throw new Error(created.outcome);
    const outcome = await store.rotate(present(created.family));
    expect(outcome).toMatchObject({
      outcome: "rotated",
      family: { generation: 1, replayFlag: false, replayStreak: 0 },
    });
    await client.end();
  });

  it("is used by a role that may neither create nor alter anything", async () => {
    await postgresStore(pool, { schema: "granted" }).migrate();
    await pool.query(`
      CREATE ROLE app LOGIN;
      GRANT USAGE ON SCHEMA granted TO app;
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA granted TO app`);
    const asApp = new Pool({ connectionString: server.url.replace("postgres@", "app@") });
    const store = postgresStore(asApp, { schema: "granted" });
    await store.migrate();
    const created = await store.create(start(alice, { limit: { count: 1, whenFull: "evict-oldest" } }));
    if (created.outcome !== "created") throw new Error(created.outcome);
    expect((await store.rotate(present(created.family))).outcome).toBe("rotated");
    expect((await store.bumpSubject(alice, { except: undefined })).ended).toEqual([created.family.sessionId]);
    await store.bumpEveryone(0);
    expect(await store.markUsed("a jti", new Date())).toBe(true);
    expect(await store.sweep()).toBe(0);
    await asApp.end();
  });

  it("keeps two schemas of one database apart", async () => {
    const [one, two] = [postgresStore(pool, { schema: "one" }), postgresStore(pool, { schema: "two" })];
    await one.migrate();
    await two.migrate();
    const created = await one.create(start(alice));
    if (created.outcome !== "created") throw new Error(created.outcome);
    await two.bumpSubject(alice, { except: undefined });
    expect(await two.read(created.family.sessionId)).toBeUndefined();
    expect((await one.rotate(present(created.family))).outcome).toBe("rotated");
  });

  it("takes a restored older copy for what it is: the session ends, and nobody is called a thief", async () => {
    const store = postgresStore(pool, { schema: "restored" });
    await store.migrate();
    const { sessions, events } = sessionsOver(store);
    const first = await sessions.start({ subject: "ann" });
    await pool.query("CREATE TABLE backup AS SELECT * FROM restored.sessions");
    const second = await sessions.refresh(first.refreshToken);
    await pool.query(
      "UPDATE restored.sessions AS s SET generation = b.generation, current_hash = b.current_hash FROM backup AS b",
    );
    await expect(sessions.refresh(second.refreshToken)).rejects.toMatchObject({ reason: "regressed" });
    expect(events.map(({ type }) => type)).toEqual(["started", "rotated", "ended"]);
  });

  it("does not close the pool that it was given", async () => {
    await postgresStore(pool).close();
    expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });
});
