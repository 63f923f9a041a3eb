/** Sweeping in Redis: most of what is over leaves by itself, and this finds the rest, a bounded piece at a time. */
import { type RunScript, script } from "./redis-client.ts";
import type { RedisKeys } from "./redis-keys.ts";
import { CLOCK, PRUNE, REMOVABLE } from "./redis-lua.ts";

/**
 * KEYS: the epoch of everyone in a shard, whose server is walked. ARGV: the cursor, how many keys to look at.
 * Reads names alone, so that it needs no key declared. Answers a list: the next cursor, then shard and tag of each hash.
 */
const WALK = script(`
-- What stands before the hash tag, as the server knows it: a client may have put a prefix of its own before ours.
local prefix = string.match(KEYS[1], '^(.*){%d+}:w$')
local pattern = string.gsub(prefix, '[%*%?%[%]\\\\]', '\\\\%0') .. '{*}:s:*'
local step = redis.call('SCAN', ARGV[1], 'MATCH', pattern, 'COUNT', ARGV[2], 'TYPE', 'hash')
local answer = { step[1] }
for _, name in ipairs(step[2]) do
  local shard, tag = string.match(name, '{(%d+)}:s:([%w_-]+)$', #prefix + 1)
  if shard then
    answer[#answer + 1] = shard
    answer[#answer + 1] = tag
  end
end
return answer
`);

/** KEYS: hashes of one shard. ARGV: how many records to remove at most. Answers how many it removed. */
const PRUNE_HASHES = script(`
${CLOCK}local sub, byte = string.sub, string.byte
${REMOVABLE}${PRUNE}
local removed, most = 0, tonumber(ARGV[1])
for index = 1, #KEYS do
  if removed < most then removed = removed + prune(KEYS[index], 1000, most - removed) end
end
return tostring(removed)
`);

const NAMES_PER_STEP = 500;
/** Sweeping stays short where almost nothing is dead: it looks at this many names for each that it may remove. */
const LOOKED_AT_PER_REMOVAL = 10;

/** Answers a function that goes on where its last call stopped: round all keys of a server, then of the next shard's. */
export function sweeper(run: RunScript, keys: RedisKeys, shards: number): (limit: number) => Promise<number> {
  let shard = 0;
  let cursor = "0";

  return async (limit) => {
    let removed = 0;
    const steps = Math.ceil((limit * LOOKED_AT_PER_REMOVAL) / NAMES_PER_STEP);
    for (let step = 0; step < steps && removed < limit; step++) {
      const reply = await run(WALK, [keys.everyone(shard)], [cursor, String(NAMES_PER_STEP)]);
      const [next = "0", ...names] = (reply as unknown[]).map(String);
      for (const hashes of byShard(names, keys)) {
        if (removed < limit) removed += Number(await run(PRUNE_HASHES, hashes, [String(limit - removed)]));
      }
      cursor = next;
      if (cursor !== "0") continue;
      shard = (shard + 1) % shards;
      break;
    }
    return removed;
  };
}

function byShard(names: readonly string[], keys: RedisKeys): Iterable<readonly string[]> {
  const found = new Map<string, string[]>();
  for (let at = 0; at + 1 < names.length; at += 2) {
    const shard = names[at] ?? "";
    const hash = keys.subjectHash(Number(shard), names[at + 1] ?? "");
    found.set(shard, [...(found.get(shard) ?? []), hash]);
  }
  return found.values();
}
