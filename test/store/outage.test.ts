/** A server that is killed and comes back in mid-load: an outage while it is away, never a verdict on a token. */
import { Pool } from "pg";
import { describe, expect, it } from "vitest";
import { outage } from "../../src/store/outage.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import { requirePostgres, startPostgres } from "../services/postgres.ts";
import { requireRedis, startRedis } from "../services/redis.ts";
import { type Load, startLoad } from "./load.ts";
import { type Connection, clientNames, connections } from "./redis/fixtures.ts";

const subjects = Array.from({ length: 16 }, (_, index) => `user ${index}`);

interface Mortal {
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** Kills and restarts it twice under load, and demands that nobody noticed more than outages. */
async function survive(load: Load, server: Mortal, name: string): Promise<void> {
  await load.succeed(200);
  for (let times = 0; times < 2; times++) {
    await server.kill();
    await load.fail(20);
    await server.restart();
    await load.succeed(200);
  }
  await load.stop();
  console.log(`${name}, killed twice: ${JSON.stringify(load.tally)}`);
  // No session ended, none was lost: whoever was not answered got the successor of the first try.
  const { rotated, replayed, STORE_UNAVAILABLE, ...others } = load.tally;
  expect(others).toEqual({});
  expect(load.events.filter(({ type }) => type === "ended" || type === "reused" || type === "refused")).toEqual([]);
}

describe("a Redis that is killed in mid-load", { timeout: 60_000, ...requireRedis() }, () => {
  const cases = clientNames.flatMap((client) => ["everysec", "always"].map((appendfsync) => ({ client, appendfsync })));

  it.each(cases)("is an outage, with $client and appendfsync $appendfsync", async ({ client, appendfsync }) => {
    const server = await startRedis({ appendonly: "yes", appendfsync });
    let connection: Connection | undefined;
    try {
      connection = await connections[client](server.port);
      await survive(await startLoad(connection.store, subjects), server, `${client}, appendfsync ${appendfsync}`);
    } finally {
      await connection?.close();
      await server.stop();
    }
  });
});

describe("a PostgreSQL that is killed in mid-load", { timeout: 60_000, ...requirePostgres() }, () => {
  it("is an outage", async () => {
    const server = await startPostgres();
    const pool = new Pool({ connectionString: server.url, max: 8, connectionTimeoutMillis: 1000 });
    // Without a listener, the loss of an idle connection would end the process.
    pool.on("error", () => {});
    try {
      const store = postgresStore(pool);
      await store.migrate();
      await survive(await startLoad(store, subjects), server, "PostgreSQL");
    } finally {
      await pool.end();
      await server.stop();
    }
  });
});

describe("the error of an outage", () => {
  it.each([
    [new Error("ECONNREFUSED"), "Redis did not answer: ECONNREFUSED"],
    [Object.assign(new Error(""), { code: "ETIMEDOUT" }), "Redis did not answer: ETIMEDOUT"],
    [undefined, "Redis did not answer: no reason given"],
    [new Error("ERR unknown command with args: 'a secret of 32'"), "Redis did not answer: the command was refused"],
  ])("says what happened, and nothing that was sent: %s", (error, message) => {
    expect(outage("Redis", error, ["a secret of 32", 7, "short"]).message).toBe(message);
  });
});
