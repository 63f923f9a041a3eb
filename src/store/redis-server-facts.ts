/** What must be true of the server before the first operation: the number of shards, and what Redis says of itself. */
import { randomUUID } from "node:crypto";
import { configError } from "../options.ts";
import { type RunScript, script } from "./redis-client.ts";
import type { RedisKeys } from "./redis-keys.ts";
import { BEGIN_LOG } from "./redis-log.ts";
import { ZERO_MS } from "./redis-record.ts";

/** SET with PXAT, and HRANDFIELD. Every Valkey has both. */
const LEAST_VERSION = [6, 2] as const;

/** KEYS: the number of shards. ARGV: ours. Answers the one that counts: the first that was written. */
const FIX_SHARDS = script(`
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return redis.call('GET', KEYS[1])
`);

/**
 * KEYS: the epoch of everyone in a shard, the log of revocations, what is kept beside it. ARGV: a random text. While a
 * slot is moved, a script is refused (TRYAGAIN) for as long as one of its keys is nowhere; so they are there from the
 * first use on.
 */
const CREATE_SHARD = script(`
redis.call('SET', KEYS[1], '${ZERO_MS}', 'NX')
${BEGIN_LOG}
begin_log(KEYS[2], ARGV[1])
-- A sorted set without members would not be there.
redis.call('ZADD', KEYS[3], 'NX', '+inf', '')
return 'OK'
`);

/** KEYS: any of a shard, which says whose server it is. Answers what INFO says, or nothing where it may not be asked. */
const INFO = script(`
local answer = {}
for _, section in ipairs({ 'server', 'memory' }) do
  local reply = redis.pcall('INFO', section)
  if type(reply) == 'string' then answer[#answer + 1] = reply end
end
return table.concat(answer, '\\n')
`);

/** Writes the number of shards where there is none. @throws CONFIG where another number was written before */
export async function fixShards(where: string, run: RunScript, keys: RedisKeys, shards: number): Promise<void> {
  const written = Number(await run(FIX_SHARDS, [keys.shards()], [String(shards)]));
  if (written === shards) return;
  throw configError(
    where,
    `option "shards" is ${shards}, but the data under this prefix was created with ${written}, which cannot change`,
  );
}

export async function createShard(run: RunScript, keys: RedisKeys, shard: number): Promise<void> {
  await run(CREATE_SHARD, [keys.everyone(shard), ...keys.revocations(shard)], [randomUUID()]);
}

/**
 * Asks the server of a shard for its version and its eviction policy. Answers what to warn of.
 * @throws CONFIG where it is too old
 */
export async function checkServer(run: RunScript, keys: RedisKeys, shard: number): Promise<string | undefined> {
  const info = String(await run(INFO, [keys.everyone(shard)], []));
  const [, major, minor] = /^redis_version:(\d+)\.(\d+)/m.exec(info) ?? [];
  if (major !== undefined && isOlder(Number(major), Number(minor))) {
    throw configError("redisStore", `Redis ${LEAST_VERSION.join(".")} or later is needed, this is ${major}.${minor}`);
  }
  const [, policy] = /^maxmemory_policy:([\w-]+)/m.exec(info) ?? [];
  if (policy === undefined || policy === "noeviction") return undefined;
  return `Redis may evict sessions: its maxmemory-policy is ${policy}. Set it to noeviction, or users are logged out when memory is short`;
}

function isOlder(major: number, minor: number): boolean {
  const [leastMajor, leastMinor] = LEAST_VERSION;
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}
