/** Several Redis servers that belong together: a Cluster of three masters, and a master with a replica under Sentinels. */

import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { type RedisServer, startRedis } from "./redis.ts";

const SLOTS = 16_384;

export interface RedisNode {
  readonly server: RedisServer;
  /** A connection to this node alone. */
  readonly admin: Redis;
}

export interface RedisCluster {
  readonly nodes: readonly RedisNode[];
  /** How often the nodes have answered so, all together: `errorsSeen("TRYAGAIN")`. */
  errorsSeen(code: string): Promise<number>;
  /** Resolves when they have answered so once more. */
  seesMore(code: string): Promise<void>;
  /** The node that has the slot of this key, and another. */
  ownersOf(key: string): Promise<{ readonly slot: number; readonly from: RedisNode; readonly to: RedisNode }>;
  stop(): Promise<void>;
}

/** Three masters, no replicas, each with a third of the slots. */
export async function startCluster(): Promise<RedisCluster> {
  const servers = await Promise.all(
    Array.from({ length: 3 }, () => startRedis({ "cluster-enabled": "yes", "cluster-node-timeout": "2000" })),
  );
  const nodes = servers.map((server) => ({ server, admin: adminOf(server) }));
  const [first] = nodes;
  if (first === undefined) throw new Error("no nodes");
  for (const [index, { admin, server }] of nodes.entries()) {
    const [from, to] = [index, index + 1].map((third) => Math.floor((third * SLOTS) / nodes.length));
    await admin.call("CLUSTER", "ADDSLOTSRANGE", String(from), String((to ?? 0) - 1));
    if (admin !== first.admin) await first.admin.call("CLUSTER", "MEET", "127.0.0.1", String(server.port));
  }
  for (const { admin } of nodes) {
    await eventually(async () => {
      const info = String(await admin.call("CLUSTER", "INFO"));
      return info.includes("cluster_state:ok") && info.includes(`cluster_known_nodes:${nodes.length}`);
    }, "the cluster is whole");
  }

  const errorsSeen = async (code: string): Promise<number> => {
    const counts = nodes.map(async ({ admin }) => {
      const [, count] = new RegExp(`errorstat_${code}:count=(\\d+)`).exec(await admin.info("errorstats")) ?? [];
      return Number(count ?? 0);
    });
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  };
  return {
    nodes,
    errorsSeen,
    async seesMore(code) {
      const before = await errorsSeen(code);
      await eventually(async () => (await errorsSeen(code)) > before, code);
    },
    async ownersOf(key) {
      const slot = Number(await first.admin.call("CLUSTER", "KEYSLOT", key));
      const owner = Math.floor((slot * nodes.length) / SLOTS);
      const [from, to] = [nodes[owner], nodes[(owner + 1) % nodes.length]];
      if (from === undefined || to === undefined) throw new Error("no node has the slot");
      return { slot, from, to };
    },
    stop: () => stopAll(nodes),
  };
}

export interface SentinelGroup {
  readonly name: string;
  readonly sentinelPorts: readonly number[];
  readonly master: RedisNode;
  readonly replica: RedisNode;
  /** Resolves when the Sentinels have made the replica the master. */
  failedOver(): Promise<void>;
  stop(): Promise<void>;
}

/** A master, a replica, and three Sentinels that give up on the master after half a second. */
export async function startSentinels(): Promise<SentinelGroup> {
  const name = "rejwt";
  // Else a master waits five seconds for more replicas before it copies its data to one.
  const masterServer = await startRedis({ "repl-diskless-sync-delay": "0" });
  const replicaServer = await startRedis({ replicaof: `127.0.0.1 ${masterServer.port}` });
  const [master, replica] = [masterServer, replicaServer].map((server) => ({ server, admin: adminOf(server) }));
  if (master === undefined || replica === undefined) throw new Error("no nodes");
  await eventually(
    async () => (await replica.admin.info("replication")).includes("master_link_status:up"),
    "a replica",
  );

  const sentinels = await Promise.all(Array.from({ length: 3 }, () => startSentinel(name, master.server.port)));
  // A Sentinel that does not know the others, or the replica, would not fail over.
  for (const { admin } of sentinels) {
    await eventually(async () => {
      const facts = (await admin.call("SENTINEL", "MASTER", name)) as string[];
      const fact = (wanted: string): number => Number(facts[facts.indexOf(wanted) + 1]);
      return fact("num-slaves") === 1 && fact("num-other-sentinels") === 2;
    }, "the Sentinels know each other");
  }
  return {
    name,
    sentinelPorts: sentinels.map(({ server }) => server.port),
    master,
    replica,
    failedOver: () =>
      eventually(async () => (await replica.admin.info("replication")).includes("role:master"), "a new master"),
    stop: () => stopAll([...sentinels, master, replica]),
  };
}

async function startSentinel(name: string, masterPort: number): Promise<RedisNode> {
  const server = await startRedis({}, [
    `sentinel monitor ${name} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 3000`,
  ]);
  return { server, admin: adminOf(server) };
}

function adminOf(server: RedisServer): Redis {
  const admin = new Redis({ port: server.port, host: "127.0.0.1", retryStrategy: () => 100 });
  admin.on("error", () => {});
  return admin;
}

async function stopAll(nodes: readonly RedisNode[]): Promise<void> {
  for (const { admin } of nodes) admin.disconnect();
  await Promise.all(nodes.map(({ server }) => server.stop()));
}

export async function eventually(reached: () => Promise<boolean>, what: string, patienceMs = 20_000): Promise<void> {
  for (let waited = 0; !(await reached().catch(() => false)); waited += 25) {
    if (waited > patienceMs) throw new Error(`not within ${patienceMs} ms: ${what}`);
    await pause(25);
  }
}
