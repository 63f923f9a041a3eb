/** Redis beside SET, through both clients: each on one connection, as an application has it. */
import { Redis } from "ioredis";
import { createClient } from "redis";
import { redisStore } from "../../src/store/redis.ts";
import { startRedis } from "../../test/services/redis.ts";
import { type Contender, recordText, startChains } from "./contender.ts";

export async function withIoRedis(): Promise<Contender> {
  const server = await startRedis();
  const client = new Redis(server.url);
  let written = 0;
  return {
    name: "Redis, ioredis",
    floorName: "SET",
    floor: async (chain) => void (await client.set(`floor:${chain}`, recordText(written++))),
    rotate: await startChains(redisStore(client)),
    close: async () => {
      client.disconnect();
      await server.stop();
    },
  };
}

export async function withNodeRedis(): Promise<Contender> {
  const server = await startRedis();
  const client = createClient({ url: server.url });
  await client.connect();
  let written = 0;
  return {
    name: "Redis, node-redis",
    floorName: "SET",
    floor: async (chain) => void (await client.set(`floor:${chain}`, recordText(written++))),
    rotate: await startChains(redisStore(client)),
    close: async () => {
      client.destroy();
      await server.stop();
    },
  };
}
