/** A failover by Sentinel. What Redis acknowledged and had not replicated is lost: sessions end as regressed, never as theft. */
import { Redis } from "ioredis";
import { createSentinel } from "redis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { redisStore } from "../../../src/store/redis.ts";
import { requireRedis } from "../../services/redis.ts";
import { type SentinelGroup, startSentinels } from "../../services/redis-topologies.ts";
import { startLoad } from "../load.ts";
import { sessionsOver } from "../sessions.ts";
import type { Connection } from "./fixtures.ts";

const host = "127.0.0.1";

/** Both clients behind Sentinel, by name. */
const sentinelConnections = {
  async ioredis({ name, sentinelPorts }: SentinelGroup): Promise<Connection> {
    const client = new Redis({
      name,
      sentinels: sentinelPorts.map((port) => ({ host, port })),
      maxRetriesPerRequest: 1,
      retryStrategy: () => 50,
      sentinelRetryStrategy: () => 50,
    });
    client.on("error", () => {});
    return { client, store: redisStore(client), close: async () => client.disconnect() };
  },
  async "node-redis"({ name, sentinelPorts }: SentinelGroup): Promise<Connection> {
    const client = createSentinel({
      name,
      sentinelRootNodes: sentinelPorts.map((port) => ({ host, port })),
      nodeClientOptions: { disableOfflineQueue: true, socket: { reconnectStrategy: () => 50, connectTimeout: 1000 } },
      scanInterval: 100,
    });
    client.on("error", () => {});
    await client.connect();
    return { client, store: redisStore(client), close: async () => client.destroy() };
  },
};
const clientNames = Object.keys(sentinelConnections) as (keyof typeof sentinelConnections)[];
const subjects = Array.from({ length: 20 }, (_, index) => `user ${index}`);

describe("a failover by Sentinel", { timeout: 60_000, ...requireRedis() }, () => {
  let group: SentinelGroup;
  beforeEach(async () => {
    group = await startSentinels();
  });
  afterEach(() => group?.stop());

  it.each(clientNames)("loses what was not replicated, and calls none of it theft, with %s", async (clientName) => {
    const { master, replica } = group;
    const connection = await sentinelConnections[clientName](group);
    const { sessions } = sessionsOver(connection.store);
    const [loggedOut, kept] = await Promise.all(["zoe", "yan"].map((subject) => sessions.start({ subject })));
    const load = await startLoad(connection.store, subjects);
    await load.succeed(300);
    await master.admin.wait(1, 1000);

    // The replica hears no more of what the master acknowledges.
    replica.server.freeze();
    await master.admin.call("CLIENT", "KILL", "TYPE", "replica");
    const before = load.tally.rotated ?? 0;
    await load.succeed(300);
    const unreplicated = (load.tally.rotated ?? 0) - before;
    await sessions.end(loggedOut?.sessionId ?? "");
    await master.server.kill();
    replica.server.resume();
    const killedAt = performance.now();
    await group.failedOver();
    const awayMs = Math.round(performance.now() - killedAt);
    await load.succeed(300);
    await load.stop();
    console.log(
      `${clientName}, a failover in ${awayMs} ms that lost ${unreplicated} rotations of ${subjects.length} sessions: ` +
        JSON.stringify(load.tally),
    );

    const { rotated, replayed, STORE_UNAVAILABLE, "SESSION_ENDED regressed": regressed, ...others } = load.tally;
    expect(others).toEqual({});
    // Each session whose rotation was lost ended once, and its user logged in again.
    expect(regressed).toBe(subjects.length);
    expect(load.events.filter(({ type }) => type === "reused")).toEqual([]);

    // A logout that was acknowledged and lost: documented, and the reason for `replicas`.
    expect((await sessions.refresh(loggedOut?.refreshToken ?? "")).outcome).toBe("rotated");
    expect((await sessions.refresh(kept?.refreshToken ?? "")).outcome).toBe("rotated");
    await connection.close();
  });
});
