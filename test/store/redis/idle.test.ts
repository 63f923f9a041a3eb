/** What a verifier asks of Redis while nothing is revoked, counted at the server. */
import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRevocationList } from "../../../src/revocation/create-revocation-list.ts";
import { redisFeed } from "../../../src/store/redis.ts";
import { type RedisServer, requireRedis, startRedis } from "../../services/redis.ts";
import { clientNames } from "./fixtures.ts";

const SECONDS = 5;

describe.each(clientNames)("a list of 64 shards that follows Redis with %s", requireRedis(), (clientName) => {
  let server: RedisServer;
  let admin: Redis;
  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.port, "127.0.0.1");
  });
  afterAll(async () => {
    admin?.disconnect();
    await server?.stop();
  });

  /** Calls by command, those within scripts too. */
  async function calls(): Promise<Record<string, number>> {
    const found = (await admin.info("commandstats")).matchAll(/^cmdstat_(\w+):calls=(\d+)/gm);
    return Object.fromEntries([...found].map(([, name, count]) => [name, Number(count)]));
  }

  it("asks a few times a second", { timeout: 30_000 }, async () => {
    const client =
      clientName === "ioredis"
        ? new Redis(server.port, "127.0.0.1")
        : await createClient({ url: server.url })
            .on("error", () => {})
            .connect();
    const list = createRevocationList({ feed: redisFeed(client), bound: "5s", duringOutage: "reject" });
    try {
      expect(await list.ready()).toBe(true);
      await admin.config("RESETSTAT");
      await pause(SECONDS * 1000);
      const { info, config, ...rates } = await calls();
      console.log(
        `${clientName}, calls a second: ${JSON.stringify(Object.fromEntries(Object.entries(rates).map(([name, count]) => [name, count / SECONDS])))}`,
      );
      expect(list.status().state).toBe("fresh");
      expect(((rates.evalsha ?? 0) + (rates.eval ?? 0) + (rates.xread ?? 0)) / SECONDS).toBeLessThan(10);
    } finally {
      await list.close();
      if ("destroy" in client) client.destroy();
      else client.disconnect();
    }
  });
});
