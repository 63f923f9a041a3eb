/** How many replicas hold what was written: the positions that the master knows, asked for by a script, on any client. */
import { setTimeout as pause } from "node:timers/promises";
import type { ReplicaWish } from "./contract.ts";
import { type RunScript, script } from "./redis-client.ts";

/** KEYS: any of a shard, which says whose server it is. */
const REPLICATION = script(`return redis.call('INFO', 'replication')`);

/** Replicas tell how far they are once a second, and sooner where another client waits. */
const POLL_MS: readonly number[] = [5, 10, 20, 40];
const LAST_POLL_MS = 50;

interface Replication {
  /** Changes at a failover: positions of two masters cannot be compared. */
  readonly master: string;
  /** How far the master has written, bytes. */
  readonly position: number;
  /** How far each replica that is connected has told that it is. */
  readonly replicas: readonly number[];
}

/**
 * Waits until so many replicas hold everything that this shard's master had written when it was asked first.
 * @returns how many do, which may be fewer where the time was over
 * @throws where another master took over meanwhile, so that what was written may be lost
 */
export async function awaitReplicas(run: RunScript, key: string, wish: ReplicaWish): Promise<number> {
  const first = await readReplication(run, key);
  let latest = first;
  for (let waitedMs = 0, polls = 0; ; polls++) {
    const caughtUp = latest.replicas.filter((position) => position >= first.position).length;
    if (caughtUp >= wish.replicas || waitedMs >= wish.timeoutMs) return caughtUp;
    const waitMs = Math.min(POLL_MS[polls] ?? LAST_POLL_MS, wish.timeoutMs - waitedMs);
    await pause(waitMs);
    waitedMs += waitMs;
    latest = await readReplication(run, key);
    if (latest.master !== first.master) throw new Error("another Redis became the master: the write may be lost");
  }
}

async function readReplication(run: RunScript, key: string): Promise<Replication> {
  const info = String(await run(REPLICATION, [key], []));
  const [, master] = /^master_replid:(\w+)/m.exec(info) ?? [];
  const [, position] = /^master_repl_offset:(\d+)/m.exec(info) ?? [];
  if (master === undefined || position === undefined) throw new Error("Redis does not say how far it has written");
  const replicas = [...info.matchAll(/^slave\d+:.*state=online,offset=(\d+)/gm)].map(([, offset]) => Number(offset));
  return { master, position: Number(position), replicas };
}
