/** What Redis does with one session beside rotating it (read, end), and with an id that works once. */
import type { Family, FamilyReading } from "./contract.ts";
import { type Script, script } from "./redis-client.ts";
import { APPEND } from "./redis-log.ts";
import { CLOCK, ENDED, EPOCH_FIELD, WHY_OVER } from "./redis-lua.ts";
import { familyOf, ZERO_MS } from "./redis-record.ts";
import { USED_ID_MARGIN_MS } from "./retention.ts";

/** KEYS: the subject's hash, the epoch of everyone, the log. ARGV: the session id. Answers nothing, or clock, epochs and record. */
export const READ: Script = script(`
${CLOCK}
local held = redis.call('HMGET', KEYS[1], ARGV[1], '${EPOCH_FIELD}')
if not held[1] then return '' end
local everyone = redis.call('GET', KEYS[2]) or '${ZERO_MS}'
return ms(now) .. (held[2] or '${ZERO_MS}') .. everyone .. held[1]
`);

/**
 * KEYS as above; ARGV: the session id, the letter of the reason, for how long a revocation is kept. Answers the record
 * where this ended it, else nothing.
 */
export const END: Script = script(`
${CLOCK}${WHY_OVER}${ENDED}${APPEND}
local held = redis.call('HMGET', KEYS[1], ARGV[1], '${EPOCH_FIELD}')
local record = held[1]
if not record or why_over(record, held[2], redis.call('GET', KEYS[2])) then return '' end
revoke_session(KEYS[3], ARGV[1], ARGV[3])
record = ended(record, ARGV[2])
redis.call('HSET', KEYS[1], ARGV[1], record)
return record
`);

/** KEYS: a used id. ARGV: until when it is valid. Answers 1 the first time, 0 after. */
export const MARK_USED: Script = script(`
${CLOCK}
-- An id whose time is over by this clock is remembered as well: the verifier that let it pass has another clock.
local forgotten = math.max(tonumber(ARGV[1]), now) + ${USED_ID_MARGIN_MS}
return redis.call('SET', KEYS[1], '', 'NX', 'PXAT', string.format('%.0f', forgotten)) and '1' or '0'
`);

/** What READ answered, as the contract says it. */
export function readingOf(sessionId: string, reply: string): FamilyReading | undefined {
  if (reply === "") return undefined;
  return {
    nowMs: Number(reply.slice(0, 16)),
    family: familyOf(sessionId, reply.slice(48)),
    epochs: { subject: Number(reply.slice(16, 32)), everyone: Number(reply.slice(32, 48)) },
  };
}

/** What END answered, as the contract says it. */
export function endedBy(sessionId: string, reply: string): Family | undefined {
  return reply === "" ? undefined : familyOf(sessionId, reply);
}
