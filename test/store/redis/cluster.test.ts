/** A Redis Cluster of three masters, and a slot that is moved from one to another in mid-load, with both clients. */
import { Cluster } from "ioredis";
import { createCluster } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRevocationList } from "../../../src/revocation/create-revocation-list.ts";
import type { RevocationEvent } from "../../../src/revocation/events.ts";
import type { SessionStore } from "../../../src/store/contract.ts";
import { redisFeed, redisStore } from "../../../src/store/redis.ts";
import { feedConformance, storeConformance } from "../../../src/testing/index.ts";
import { requireRedis } from "../../services/redis.ts";
import { type RedisCluster, startCluster } from "../../services/redis-topologies.ts";
import { addressOf, start } from "../commands.ts";
import { startLoad } from "../load.ts";
import type { Connection } from "./fixtures.ts";

/** Both clients of a cluster, by name. */
const clusterConnections = {
  async ioredis(ports: readonly number[], prefix: string): Promise<Connection> {
    const client = new Cluster(
      ports.map((port) => ({ host: "127.0.0.1", port })),
      { redisOptions: { maxRetriesPerRequest: 1 }, clusterRetryStrategy: () => 50 },
    );
    client.on("error", () => {});
    return { client, store: redisStore(client, { prefix }), close: async () => client.disconnect() };
  },
  async "node-redis"(ports: readonly number[], prefix: string): Promise<Connection> {
    const client = createCluster({ rootNodes: ports.map((port) => ({ socket: { host: "127.0.0.1", port } })) });
    client.on("error", () => {});
    await client.connect();
    return { client, store: redisStore(client, { prefix }), close: async () => client.destroy() };
  },
};
const clientNames = Object.keys(clusterConnections) as (keyof typeof clusterConnections)[];

describe("a Redis Cluster", { timeout: 60_000, ...requireRedis() }, () => {
  let cluster: RedisCluster;
  let ports: number[];
  beforeAll(async () => {
    cluster = await startCluster();
    ports = cluster.nodes.map(({ server }) => server.port);
  });
  afterAll(() => cluster?.stop());

  describe.each(clientNames)("with %s", (clientName) => {
    let connection: Connection;
    let store: SessionStore;
    beforeAll(async () => {
      connection = await clusterConnections[clientName](ports, `${clientName}:`);
      store = connection.store;
    });
    afterAll(() => connection?.close());

    storeConformance({ test: (name, run) => it(name, run), makeStore: async () => store, rotations: 500 });
    feedConformance({
      test: (name, run) => it(name, run),
      makeFeed: async () => redisFeed(connection.client, { prefix: `${clientName}:` }),
    });

    it("is followed by a list, though no script may read the logs of several masters", async () => {
      const events: RevocationEvent[] = [];
      const feed = redisFeed(connection.client, { prefix: `${clientName} list:` });
      const list = createRevocationList({
        feed,
        bound: "5s",
        duringOutage: "reject",
        onEvent: (event) => events.push(event),
      });
      try {
        expect(await list.ready()).toBe(true);
        await feed.addRevocation({ kind: "everyone" });
        await expect.poll(() => list.status().entries, { timeout: 10_000 }).toBe(64);
        expect(events.filter(({ type }) => type === "failed")).toEqual([]);
      } finally {
        await list.close();
      }
    });

    it("has a slot moved in mid-load, and every refresh is answered", async () => {
      // Ten subjects of one shard, whose keys are in the slot that is moved, and twenty elsewhere.
      const names = Array.from({ length: 2000 }, (_, index) => `user ${index}`);
      const shardOf = (subject: string): number => addressOf(subject, store.shards).shard;
      const shard = shardOf("user 0");
      const moved = names.filter((name) => shardOf(name) === shard).slice(0, 10);
      expect(moved).toHaveLength(10);
      const load = await startLoad(store, [...moved, ...names.slice(1, 21)]);
      await load.succeed(300);

      const before = { asked: await cluster.errorsSeen("ASK"), again: await cluster.errorsSeen("TRYAGAIN") };
      const key = `${clientName}:{${shard}}:w`;
      for (let moves = 0; moves < 2; moves++) {
        await moveSlot(cluster, key, moves === 1, {
          // No longer than needed: nobody waits for more than about two seconds, however slow this machine is.
          apart: () => cluster.seesMore("TRYAGAIN"),
          open: async () => {
            await cluster.seesMore("ASK");
            await load.succeed(20);
          },
        });
        await load.succeed(300);
      }
      await load.stop();

      const asked = (await cluster.errorsSeen("ASK")) - before.asked;
      const again = (await cluster.errorsSeen("TRYAGAIN")) - before.again;
      console.log(`${clientName}, a slot moved there and back: ${JSON.stringify({ ...load.tally, asked, again })}`);
      // That the keys were apart was seen by the servers, and by nobody who refreshed.
      expect(asked).toBeGreaterThan(0);
      expect(again).toBeGreaterThan(0);
      const { rotated, replayed, ...others } = load.tally;
      expect(others).toEqual({});
    });

    it("has a slot open for long, and there a new subject logs in, is listed and logged out everywhere", async () => {
      const shard = addressOf("known", store.shards).shard;
      const name = Array.from({ length: 2000 }, (_, index) => `new ${index}`).find(
        (subject) => addressOf(subject, store.shards).shard === shard,
      );
      const known = await store.create(start(addressOf("known", store.shards)));
      // With a second refresh secret, each subject has a second key, and nothing has written either of the new one's.
      const [both, fresh] = ["known", name ?? ""].map((subject) => addressOf(subject, store.shards, ["k1", "k2"]));
      if (known.outcome !== "created" || both === undefined || fresh === undefined) throw new Error("not started");
      for (const back of [false, true]) {
        await moveSlot(cluster, `${clientName}:{${shard}}:w`, back, {
          open: async () => {
            const { families } = await store.list(both, { limit: 10, after: undefined });
            expect(families.map(({ sessionId }) => sessionId)).toEqual(back ? [] : [known.family.sessionId]);
            const { epochs } = await store.readSubject(fresh);
            const session = start(fresh, { expectedEpoch: epochs.subject + epochs.everyone });
            expect((await store.create(session)).outcome).toBe("created");
            expect((await store.bumpSubject(both, { except: undefined })).ended).toEqual(
              back ? [] : [known.family.sessionId],
            );
            expect((await store.bumpSubject(fresh, { except: undefined })).ended).toEqual([session.sessionId]);
          },
        });
      }
    });
  });
});

/**
 * Moves the slot of a key as `redis-cli --cluster reshard` does.
 * @param key the first that moves
 */
async function moveSlot(
  cluster: RedisCluster,
  key: string,
  back: boolean,
  meanwhile: {
    /** While the other keys of the slot are still where they were. */
    apart?(): Promise<void>;
    /** While all are there already, and the slot is not. */
    open(): Promise<void>;
  },
): Promise<void> {
  const owners = await cluster.ownersOf(key);
  const [from, to] = back ? [owners.to, owners.from] : [owners.from, owners.to];
  const slot = String(owners.slot);
  const [fromId, toId] = await Promise.all([from, to].map(({ admin }) => admin.call("CLUSTER", "MYID")));
  await to.admin.call("CLUSTER", "SETSLOT", slot, "IMPORTING", String(fromId));
  await from.admin.call("CLUSTER", "SETSLOT", slot, "MIGRATING", String(toId));
  const migrate = (name: string): Promise<unknown> =>
    from.admin.call("MIGRATE", "127.0.0.1", String(to.server.port), name, "0", "5000");
  await migrate(key);
  await meanwhile.apart?.();
  for (;;) {
    const [next] = (await from.admin.call("CLUSTER", "GETKEYSINSLOT", slot, "1")) as string[];
    if (next === undefined) break;
    await migrate(next);
  }
  try {
    await meanwhile.open();
  } finally {
    for (const { admin } of [to, from, ...cluster.nodes])
      await admin.call("CLUSTER", "SETSLOT", slot, "NODE", String(toId));
  }
}
