/** Redis keeps the contract of session stores: with both clients on the server's clock, and with a clock that tests move. */
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, test } from "vitest";
import { redisFeed, redisStore } from "../../src/store/redis.ts";
import { feedConformance, storeConformance } from "../../src/testing/index.ts";
import { type RedisServer, requireRedis, startRedis } from "../services/redis.ts";
import { type Connection, clientNames, connections } from "../store/redis/fixtures.ts";
import { withClock } from "../store/redis/told-time.ts";

describe.each(clientNames)("the Redis store with %s", requireRedis(), (clientName) => {
  let server: RedisServer;
  let connection: Connection;
  beforeAll(async () => {
    server = await startRedis();
    connection = await connections[clientName](server.port);
  });
  afterAll(async () => {
    await connection?.close();
    await server?.stop();
  });

  storeConformance({ test, makeStore: async () => connection.store });
  feedConformance({ test, makeFeed: async () => redisFeed(connection.client) });
});

describe("the Redis store with a clock that tests move", requireRedis(), () => {
  let server: RedisServer;
  let redis: Redis;
  let clockMs = Date.now();
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.port, "127.0.0.1");
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.stop();
  });

  storeConformance({
    // Redis itself removes used ids, on its own clock: see the test of their time to live.
    test: Object.assign(
      (name: string, run: () => Promise<void> | void) =>
        test.skipIf(name.startsWith("a used id is remembered for an hour"))(name, async () => run()),
      { skip: test.skip },
    ),
    makeStore: async () => redisStore(withClock(redis, () => clockMs)),
    advance: (milliseconds) => {
      clockMs += milliseconds;
    },
    // The text of a script travels each time here.
    rotations: 1000,
  });
});
