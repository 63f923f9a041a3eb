/** A list follows Redis whatever the application has set its client to. */
import { Redis, type RedisOptions } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRevocationList, type RevocationListOptions } from "../../../src/revocation/create-revocation-list.ts";
import { redisFeed } from "../../../src/store/redis.ts";
import { type RedisServer, requireRedis, startRedis } from "../../services/redis.ts";

const promises: Pick<RevocationListOptions, "bound" | "duringOutage"> = { bound: 1, duringOutage: "reject" };

describe("a list is read, and read again after Redis was away", { timeout: 60_000, ...requireRedis() }, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(async () => {
    await server?.stop();
  });

  async function survives(feed: ReturnType<typeof redisFeed>): Promise<void> {
    const list = createRevocationList({ feed, ...promises });
    try {
      expect(await list.ready()).toBe(true);
      await feed.addRevocation({ kind: "key", kid: "before" });
      await expect.poll(() => list.status().entries, { timeout: 5000 }).toBe(1);
      await server.kill();
      await expect.poll(() => list.status().state, { timeout: 10_000 }).not.toBe("fresh");
      await server.restart();
      await expect.poll(() => list.status().state, { timeout: 20_000 }).toBe("fresh");
      await expect
        .poll(() =>
          feed.addRevocation({ kind: "key", kid: "after" }).then(
            () => true,
            () => false,
          ),
        )
        .toBe(true);
      await expect.poll(() => list.status().entries, { timeout: 5000 }).toBe(2);
    } finally {
      await list.close();
    }
  }

  it.each<readonly [string, Omit<RedisOptions, "replyMapping">]>([
    ["no offline queue and a timeout", { enableOfflineQueue: false, commandTimeout: 1000 }],
    ["a connection at the first command", { lazyConnect: true }],
    ["a connection at the first command and no offline queue", { lazyConnect: true, enableOfflineQueue: false }],
    ["no ready check", { enableReadyCheck: false, enableOfflineQueue: false }],
    ["a prefix of its own", { keyPrefix: "app:" }],
    ["pipelines of its own", { enableAutoPipelining: true }],
  ])("ioredis with %s", async (name, options) => {
    const client = new Redis(server.port, "127.0.0.1", { retryStrategy: () => 50, ...options });
    client.on("error", () => {});
    if (client.status === "wait") await client.connect();
    try {
      await survives(redisFeed(client, { prefix: `${name}:` }));
    } finally {
      client.disconnect();
    }
  });

  it("node-redis without an offline queue", async () => {
    const socket = { port: server.port, host: "127.0.0.1", reconnectStrategy: () => 50 };
    const client = createClient({ socket, disableOfflineQueue: true });
    client.on("error", () => {});
    await client.connect();
    try {
      await survives(redisFeed(client, { prefix: "node-redis:" }));
    } finally {
      client.destroy();
    }
  });
});
