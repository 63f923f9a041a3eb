/**
 * What a question and an entry cost a server in processor time, which other processes do not change: the figures that the
 * tables of docs/scale.md are computed from. `npm run scale -- --measure`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { pid } from "node:process";
import { Pool } from "pg";
import { postgresFeed } from "../../src/store/postgres.ts";
import { redisFeed } from "../../src/store/redis.ts";
import type { RevocationFeed } from "../../src/store/revocation-feed.ts";
import { openIssuer, redisClient, type SharedPlace } from "../../test/revocation/processes/issuing.ts";
import { startPostgres } from "../../test/services/postgres.ts";
import { command, startRedis } from "../../test/services/redis.ts";
import { inFlight } from "../rotate/in-flight.ts";
import { median } from "../rounds.mjs";

const ROUNDS = 7;
const COUNT = 2000;
const IN_FLIGHT = 64;

export async function measure(): Promise<void> {
  const redis = await startRedis();
  const client = redisClient(redis.port);
  await measured("Redis", { kind: "Redis", port: redis.port }, redisFeed(client));
  for (const shards of [1, 64]) await printBytes(redis.port, redisFeed(client), shards);
  client.disconnect();
  await redis.stop();
  const postgres = await startPostgres();
  const pool = new Pool({ connectionString: postgres.url, max: 8 });
  await measured("PostgreSQL", { kind: "PostgreSQL", url: postgres.url }, postgresFeed(pool));
  await pool.end();
  await postgres.stop();
}

async function measured(name: string, place: SharedPlace, feed: RevocationFeed): Promise<void> {
  const issuer = await openIssuer(place);
  for (const shards of new Set([1, feed.shards])) {
    // A reader allows few open questions of its own.
    const readers = await Promise.all(Array.from({ length: IN_FLIGHT / 4 }, () => open(feed, shards)));
    const cost = await costOf(IN_FLIGHT / 4, async (chain) => readers[chain]?.ask());
    console.log(`${name}: ${cost} µs of processor for a question about ${shards} shards`);
    for (const { close } of readers) await close();
  }
  let ended = 0;
  const entry = await costOf(IN_FLIGHT, () => {
    return feed.addRevocation({ kind: "subject", subject: `user ${ended++}` });
  });
  console.log(`${name}: ${entry} µs of processor for an entry`);
  await issuer.close();
}

interface Asking {
  /** One question about all its shards, without waiting. */
  ask(): Promise<void>;
  close(): Promise<void>;
}

async function open(feed: RevocationFeed, shards: number): Promise<Asking> {
  const reader = feed.reader();
  const numbers = Array.from({ length: shards }, (_, shard) => shard);
  const cursors = await Promise.all(numbers.map(async (shard) => (await reader.snapshot(shard)).cursor));
  return {
    async ask() {
      const answers = await Promise.all(cursors.map((cursor, shard) => reader.tail(shard, cursor, 0)));
      if (answers.includes("gone")) throw new Error("gone");
    },
    close: () => reader.close(),
  };
}

async function printBytes(port: number, feed: RevocationFeed, shards: number): Promise<void> {
  const bytes = async (): Promise<number> => {
    const stats = await command(port, "INFO stats");
    const totals = [...stats.matchAll(/total_net_(?:in|out)put_bytes:(\d+)/g)];
    return totals.reduce((sum, [, total]) => sum + Number(total), 0);
  };
  const asking = await open(feed, shards);
  const before = await bytes();
  for (let count = 0; count < COUNT; count++) await asking.ask();
  const each = Math.round(((await bytes()) - before) / COUNT);
  await asking.close();
  console.log(`Redis: ${each} B for a question about ${shards} shards and its answer without news`);
}

/** The median of some rounds, in microseconds. */
async function costOf(chains: number, operation: (chain: number) => Promise<void>): Promise<number> {
  const costs: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const before = processorSeconds();
    await inFlight(operation, chains, COUNT);
    // The first warms up.
    if (round > 0) costs.push(((processorSeconds() - before) / COUNT) * 1e6);
  }
  return Math.round(median(costs));
}

/** What all processes that this one started have used: the server's. In steps of 10 ms. */
function processorSeconds(): number {
  const running = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const processes = running.map((name) => {
    const stat = textOf(`/proc/${name}/stat`);
    // After the name of the program, which may have spaces: the state, the parent, and from the 12th on the ticks used.
    const [, parent, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { id: Number(name), parent: Number(parent), ticks: Number(rest[9]) + Number(rest[10]) };
  });
  const own = new Set([pid]);
  // A process may have a greater number than its child.
  for (let before = 0; before < own.size; ) {
    before = own.size;
    for (const { id, parent } of processes) if (own.has(parent)) own.add(id);
  }
  own.delete(pid);
  return processes.reduce((sum, { id, ticks }) => sum + (own.has(id) && ticks > 0 ? ticks : 0), 0) / 100;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}
