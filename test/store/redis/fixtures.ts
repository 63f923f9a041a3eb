/** Stores on a Redis under test, with either client. */
import { Redis } from "ioredis";
import { createClient } from "redis";
import type { SessionStore } from "../../../src/store/contract.ts";
import { type RedisClient, redisStore } from "../../../src/store/redis.ts";

export interface Connection {
  readonly store: SessionStore;
  readonly client: RedisClient;
  close(): Promise<void>;
}

/** Both clients, by name: `describe.each(Object.keys(connections))`. */
export const connections = {
  async ioredis(port: number, options?: Parameters<typeof redisStore>[1]): Promise<Connection> {
    const client = new Redis({ port, host: "127.0.0.1", maxRetriesPerRequest: 1, retryStrategy: () => 50 });
    client.on("error", () => {});
    return { client, store: redisStore(client, options), close: async () => client.disconnect() };
  },
  async "node-redis"(port: number, options?: Parameters<typeof redisStore>[1]): Promise<Connection> {
    const client = createClient({
      socket: { port, host: "127.0.0.1", reconnectStrategy: () => 50 },
      disableOfflineQueue: true,
    });
    client.on("error", () => {});
    await client.connect();
    return { client, store: redisStore(client, options), close: async () => client.destroy() };
  },
};

export type ClientName = keyof typeof connections;
export const clientNames = Object.keys(connections) as ClientName[];
