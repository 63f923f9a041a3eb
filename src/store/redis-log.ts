/**
 * The list of revocations of one shard in Redis: a stream that is log and list in one, and the Lua that writes it.
 *
 * Entry number n has the id `n-0` and three fields: `c`, a chain of digests over all entries up to it; `u`, when it may
 * leave; `e`, its text. An entry leaves at its own end, and nothing leaves earlier, so that the stream is the truth. What
 * is to be kept for longer (a key, for good) is in a sorted set beside it as well.
 *
 * The chain tells histories apart: after a failover or a restore that lost entries, the same number has another digest.
 */
import { type Script, script } from "./redis-client.ts";
import { NOW } from "./redis-lua.ts";

/** Expired entries that stay all the same: a reader that was idle goes on from its place, instead of starting anew. */
const LEAST_LENGTH = 128;
const TRIMMED_BY_A_WRITE = 4;
const TRIMMED_BY_A_SNAPSHOT = 1000;

/** The entry before the first: a place for whoever read an empty list. */
export const BEGIN_LOG: string = `
local function begin_log(log, seed)
  if redis.call('EXISTS', log) == 0 then redis.call('XADD', log, '0-1', 'c', seed, 'u', '0') end
end
`;

/** Lets entries leave from the front of the log, where they are past their end. */
const TRIM: string = `
local function trim(log, most)
  if redis.call('XLEN', log) <= ${LEAST_LENGTH} + most then return end
  local first
  for _, item in ipairs(redis.call('XRANGE', log, '-', '+', 'COUNT', most + 1)) do
    first = item[1]
    if tonumber(item[2][4]) > now then break end
  end
  redis.call('XTRIM', log, 'MINID', first)
end
`;

/**
 * What operations that end sessions write: `revoke_session`, and `revoke_before` for all tokens under a lower epoch.
 * Expects `now` and `time`. Text as `formatRevocation` spells it.
 */
export const APPEND: string = `
${BEGIN_LOG}${TRIM}
local function append(log, entry, leaves)
  -- Where the data was lost while this process ran, the log begins anew, and no chain of before goes on.
  begin_log(log, redis.sha1hex(time[1] .. ' ' .. time[2] .. entry))
  local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  local id = string.format('%.0f-0', string.match(last[1], '^%d+') + 1)
  redis.call('XADD', log, id, 'c', redis.sha1hex(last[2][2] .. entry), 'u', leaves, 'e', entry)
  trim(log, ${TRIMMED_BY_A_WRITE})
end
local function revoke_session(log, id, kept_ms)
  local leaves = string.format('%.0f', now + kept_ms)
  append(log, '["s","' .. id .. '",' .. leaves .. ']', leaves)
end
local function revoke_before(log, what, epoch, kept_ms)
  local leaves = string.format('%.0f', now + kept_ms)
  append(log, string.format('[%s,%s,%.0f,%s]', what, epoch and string.format('%.0f', epoch) or 'null', now, leaves), leaves)
end
`;

/**
 * KEYS: the log, what is kept beside it. ARGV: the kind of entry; what it matches, as JSON; for how long an entry of now
 * is kept; and for a token, when its own entry ends.
 */
export const ADD_REVOCATION: Script = script(`
${NOW}${APPEND}
local kind, what, kept_ms = ARGV[1], ARGV[2], ARGV[3]
if kind == 's' then
  revoke_session(KEYS[1], string.match(what, '^"(.*)"$'), kept_ms)
elseif kind == 'u' or kind == 'e' then
  revoke_before(KEYS[1], '"' .. kind .. '",' .. what, nil, kept_ms)
else
  local ends = kind == 't' and tonumber(ARGV[4]) or math.huge
  local entry = kind == 't' and string.format('["t",%s,%.0f]', what, ends) or '["k",' .. what .. ']'
  local leaves = math.min(ends, now + kept_ms)
  for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ${TRIMMED_BY_A_WRITE})) do
    redis.call('ZREM', KEYS[2], old)
  end
  -- Over already: it would leave as it comes.
  if ends <= now then return 'OK' end
  if ends > leaves then redis.call('ZADD', KEYS[2], ends == math.huge and '+inf' or string.format('%.0f', ends), entry) end
  append(KEYS[1], entry, string.format('%.0f', leaves))
end
return 'OK'
`);

/** How many entries one script looks at, so that Redis answers others in between. */
const PIECE = 5000;

/** How many entries an answer of `TAIL` holds at most: what it looks at, but for the place itself. */
export const MOST_CHANGES: number = PIECE - 1;

/**
 * One piece of all that is revoked. KEYS as above. ARGV: a random text; from where in the log (`-` first); and after the
 * first piece, position and chain as the first answered. Answers nothing where those are no more; else a list: position,
 * chain, from where the next piece goes on (empty: nowhere), and the entries.
 */
export const SNAPSHOT: Script = script(`
${NOW}${BEGIN_LOG}${TRIM}
local from, position, chain = ARGV[2], ARGV[3], ARGV[4]
local answer = {}
if from == '-' then
  begin_log(KEYS[1], ARGV[1])
  trim(KEYS[1], ${TRIMMED_BY_A_SNAPSHOT})
  local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
  position, chain = string.match(last[1], '^%d+'), last[2][2]
  for _, entry in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], string.format('(%.0f', now), '+inf')) do
    if entry ~= '' then answer[#answer + 1] = entry end
  end
end
local upto = position == '0' and '0-1' or position .. '-0'
local last = redis.call('XRANGE', KEYS[1], upto, upto)[1]
if not last or last[2][2] ~= chain then return {} end
local items = redis.call('XRANGE', KEYS[1], from, upto, 'COUNT', ${PIECE})
for _, item in ipairs(items) do
  if tonumber(item[2][4]) > now then answer[#answer + 1] = item[2][6] end
end
local next = #items == ${PIECE} and '(' .. items[#items][1] or ''
return { position, chain, next, answer }
`);

/**
 * What came after places. KEYS: logs. ARGV: position and chain in each. Answers a list for each log: nothing where there
 * is no such place; else position and chain of the last entry, and the entries.
 */
export const TAIL: Script = script(`
local function tail(log, place, chain)
  local at = place == '0' and '0-1' or place .. '-0'
  local items = redis.call('XRANGE', log, at, '+', 'COUNT', ${PIECE})
  if not items[1] or items[1][1] ~= at or items[1][2][2] ~= chain then return {} end
  local position, entries = place + 0, {}
  for index = 2, #items do
    position = position + 1
    -- Nobody but us may have taken one out.
    if items[index][1] ~= string.format('%.0f-0', position) then return {} end
    entries[#entries + 1] = items[index][2][6]
  end
  return { string.format('%.0f', position), items[#items][2][2], entries }
end
local answers = {}
for index, log in ipairs(KEYS) do answers[index] = tail(log, ARGV[2 * index - 1], ARGV[2 * index]) end
return answers
`);
