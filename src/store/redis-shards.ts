/** What a process does before its first operation on a shard: once for each, not for each operation. */

import { configError, countOption } from "../options.ts";
import { type RedisClient, type RunScript, scriptRunner } from "./redis-client.ts";
import { prefixOption, type RedisKeys, redisKeys } from "./redis-keys.ts";
import { createShard, fixShards } from "./redis-server-facts.ts";
import { MAX_SHARDS } from "./session-id.ts";

/** Where the data is: the same for the store and for the feed of its revocations. */
export interface RedisPlaceOptions {
  /** Before every key. Default "rejwt:". No braces. */
  readonly prefix?: string | undefined;
  /**
   * How many hash slots the sessions are spread over, 1 … 65,536. Default 64: enough for a dozen masters. Fixed when
   * the prefix is first used, since it is written into every token.
   */
  readonly shards?: number | undefined;
}

const DEFAULT_PREFIX = "rejwt:";
const DEFAULT_SHARDS = 64;

export interface RedisPlace {
  readonly keys: RedisKeys;
  readonly shards: number;
  readonly run: RunScript;
  /** Writes the number of shards where there is none. @throws CONFIG where the data was created with another */
  fixShards(): Promise<void>;
  /** Whether `open` has been here. */
  isOpen(shard: number): boolean;
  /** @throws CONFIG where the data was created with another number of shards */
  open(shard: number): Promise<void>;
}

/** @throws CONFIG for what is no client, or an option out of range */
export function redisPlace(where: string, client: RedisClient, options: RedisPlaceOptions): RedisPlace {
  const shards = countOption(where, "shards", options.shards ?? DEFAULT_SHARDS, 1);
  if (shards > MAX_SHARDS) throw configError(where, `option "shards" must be at most ${MAX_SHARDS}`);
  const run = scriptRunner(where, client);
  const keys = redisKeys(prefixOption(where, options.prefix ?? DEFAULT_PREFIX), shards);
  const openShards = new Set<number>();
  const fix = (): Promise<void> => fixShards(where, run, keys, shards);
  return {
    keys,
    shards,
    run,
    fixShards: fix,
    isOpen: (shard) => openShards.has(shard),
    async open(shard) {
      if (openShards.size === 0) await fix();
      await createShard(run, keys, shard);
      openShards.add(shard);
    },
  };
}
