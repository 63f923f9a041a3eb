import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, it } from "vitest";
import { redisStore } from "../../../src/store/redis.ts";
import { type RedisServer, requireRedis, startRedis } from "../../services/redis.ts";
import { playAgainstMemory } from "../game/game.ts";
import { withClock } from "./told-time.ts";

describe("the Redis store beside the memory store", requireRedis(), () => {
  let server: RedisServer;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.port, "127.0.0.1");
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.stop();
  });

  it("decides the same, whatever is sent, in whatever order, at whatever time", { timeout: 120_000 }, async () => {
    let games = 0;
    await playAgainstMemory(
      async (clock) => redisStore(withClock(redis, clock), { prefix: `game ${++games}:`, shards: 1 }),
      { games: 150 },
    );
  });
});
