/** The Lua that the scripts have in common: the server's clock, the columns of a record, and what is alive. */

import { columns, firstOf, NONE, TAIL_AT, ZERO_MS } from "./redis-record.ts";
import { DEAD_SESSION_MS } from "./retention.ts";

const DAY_MS = 86_400_000;

/**
 * How long the epoch of a subject without sessions is kept after the last "log out everywhere": longer than any access
 * token that was issued before it may live.
 */
export const EPOCH_KEPT_MS: number = 400 * DAY_MS;

/** Field names of a subject's hash beside the session ids, which have 35 characters. */
export const EPOCH_FIELD = "epoch";
/** When the whole hash leaves, so that a rotation need not ask. */
export const KEPT_FIELD = "kept";

/** `now`: the server's clock in milliseconds, read once. A double counts milliseconds exactly until the year 287,396. */
export const NOW: string = `
local time = redis.call('TIME')
local micros = time[2] + 0
local now = time[1] * 1000 + (micros - micros % 1000) / 1000
`;

/** How a time is written into a column. */
export const MS: string = `
local function ms(number) return string.format('%016.0f', number) end
`;

export const CLOCK: string = `${NOW}${MS}`;

/** The byte of NONE in the column `ending`, that of a session that lives. */
const LIVING_BYTE = NONE.charCodeAt(0);

/**
 * `over`: why a record is over, as one letter, or nothing while it lives. The rows of `endReasonOf` in family.ts, in
 * their order. `epoch` and `everyone` are columns of 16 digits (or false where the key or field is missing), which sort
 * as text. Beside it `rotated_at`, `at` (now, or the last rotation where the clock jumped back) and `absolute`. It stands
 * in the rotation as it is, where a function would cost more than what it does.
 */
export const OVER: string = `
local rotated_at = tonumber(sub(record, ${columns("rotatedAt")}))
local absolute = tonumber(sub(record, ${columns("absolute")}))
-- A clock that jumped back must revive no session.
local at = now > rotated_at and now or rotated_at
local over
local ending = byte(record, ${columns("ending")})
if ending ~= ${LIVING_BYTE} then
  -- An operation ended it, and said why.
  over = string.char(ending)
else
  local idle = rotated_at + sub(record, ${columns("idleMs")})
  if at >= absolute or at >= idle then over = idle < absolute and 'i' or 'a'
  -- "Log out everywhere", of the subject or of all.
  elseif epoch and sub(record, ${columns("subjectEpoch")}) < epoch then over = 'e'
  elseif everyone and sub(record, ${columns("everyoneEpoch")}) < everyone then over = 'e' end
end
`;

/** The same as a function, for scripts that look at many records. */
export const WHY_OVER: string = `
local sub, byte = string.sub, string.byte
local function why_over(record, epoch, everyone)
${OVER}
  return over
end
`;

/** The record of a session that this operation ends. */
export const ENDED: string = `
local function ended(record, letter)
  return sub(record, ${columns("version")}) .. ms(now) .. letter .. sub(record, ${firstOf("generation")})
end
`;

/** From when on a record may be removed: `removableFromMs` in retention.ts. */
export const REMOVABLE: string = `
local function removable_from(record)
  local over = tonumber(sub(record, ${columns("rotatedAt")})) + sub(record, ${columns("idleMs")})
  local absolute = tonumber(sub(record, ${columns("absolute")}))
  if absolute < over then over = absolute end
  if byte(record, ${columns("ending")}) ~= ${LIVING_BYTE} then
    local ended_at = tonumber(sub(record, ${columns("endedAt")}))
    if ended_at < over then over = ended_at end
  end
  return over + ${DEAD_SESSION_MS}
end
`;

/** Lets a subject's hash leave by itself, never earlier than it already would. */
export const KEEP: string = `
local function keep(key, kept, until_ms)
  if kept and tonumber(kept) >= until_ms then return end
  -- A day more than needed: few rotations move it.
  redis.call('HSET', key, '${KEPT_FIELD}', ms(until_ms + ${DAY_MS}))
  redis.call('PEXPIREAT', key, string.format('%.0f', until_ms + ${DAY_MS}))
end
`;

/**
 * The subject's epoch and the records of its living sessions, from the hashes in all KEYS but the last two, which are
 * the epoch of everyone and the log of revocations. `living` asks for the subject: two subjects could share a tag of 8 bytes, and must not see each other.
 */
export const SUBJECT: string = `
local hashes = #KEYS - 2
local everyone = redis.call('GET', KEYS[hashes + 1]) or '${ZERO_MS}'
local epoch = '${ZERO_MS}'
for index = 1, hashes do
  local own = redis.call('HGET', KEYS[index], '${EPOCH_FIELD}')
  if own and own > epoch then epoch = own end
end
local function living(subject)
  local found = {}
  for index = 1, hashes do
    local fields = redis.call('HGETALL', KEYS[index])
    for at = 1, #fields, 2 do
      local id, record = fields[at], fields[at + 1]
      if #id == 35 and not why_over(record, epoch, everyone)
        and string.match(record, '^[^ ]* [^ ]* [^ ]* ([^\\n]*)', ${TAIL_AT}) == subject then
        found[#found + 1] = { key = KEYS[index], id = id, record = record,
          created = sub(record, ${columns("createdAt")}) }
      end
    end
  end
  -- Newest first; session ids break ties, so that pages neither repeat nor miss one.
  table.sort(found, function(a, b)
    if a.created ~= b.created then return a.created > b.created end
    return a.id > b.id
  end)
  return found
end
`;

/** Removes what is long over among some fields of one hash; all of them, mostly. Answers how many. */
export const PRUNE: string = `
local function prune(key, looked_at, most)
  local removed = 0
  local fields = redis.call('HRANDFIELD', key, looked_at, 'WITHVALUES')
  for at = 1, #fields, 2 do
    if removed == most then break end
    if #fields[at] == 35 and now >= removable_from(fields[at + 1]) then
      removed = removed + redis.call('HDEL', key, fields[at])
    end
  end
  return removed
end
`;
