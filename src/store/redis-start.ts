/** The start of a session in Redis: `decideStart` of start.ts as one script. */
import type { CreateFamily, CreateOutcome } from "./contract.ts";
import { type Script, script } from "./redis-client.ts";
import { APPEND } from "./redis-log.ts";
import { CLOCK, ENDED, EPOCH_FIELD, KEEP, KEPT_FIELD, PRUNE, REMOVABLE, SUBJECT, WHY_OVER } from "./redis-lua.ts";
import {
  bindingFields,
  column,
  digitsOfMs,
  escaped,
  familyOf,
  NONE,
  RECORD_VERSION,
  ZERO_COUNT,
  ZERO_MS,
} from "./redis-record.ts";
import { DEAD_SESSION_MS, PRUNED_BY_A_START } from "./retention.ts";

/**
 * KEYS: the hash of the session's own tag, those of the subject's other tags, the epoch of everyone, the log of
 * revocations. ARGV: see `startArgs`. Answers a list: the outcome, then (where it started) the clock, the record, and the ids pushed out.
 */
export const START: Script = script(`
${CLOCK}${WHY_OVER}${REMOVABLE}${ENDED}${KEEP}${SUBJECT}${PRUNE}${APPEND}
local id, subject, absolute_ms, idle_ms = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local until_generation, until_idle, tail = ARGV[5], ARGV[6], ARGV[7]
local expected, limit, when_full = tonumber(ARGV[8]), tonumber(ARGV[9]), ARGV[10]

if redis.call('HEXISTS', KEYS[1], id) == 1 then return { 'exists' } end

-- "Log out everywhere" came between the password check and this.
if expected and expected ~= tonumber(epoch) + tonumber(everyone) then return { 'epoch-moved' } end

local pushed_out = {}
if limit then
  local families = living(subject)
  if #families >= limit and when_full == 'refuse' then return { 'full' } end
  for at = #families, math.max(limit, 1), -1 do pushed_out[#pushed_out + 1] = families[at] end
end

-- Nothing was written until here, and nothing is refused from here on.
local absolute = now + absolute_ms
local record = until_generation .. ms(now) .. until_idle .. ms(absolute) .. epoch .. everyone .. ms(now) .. tail
local answer = { 'created', ms(now), record }
for _, family in ipairs(pushed_out) do
  revoke_session(KEYS[#KEYS], family.id, ARGV[11])
  redis.call('HSET', family.key, family.id, ended(family.record, 'v'))
  answer[#answer + 1] = family.id
end

local own = redis.call('HMGET', KEYS[1], '${EPOCH_FIELD}', '${KEPT_FIELD}')
local kept = now + idle_ms
if absolute < kept then kept = absolute end
redis.call('HSET', KEYS[1], id, record)
keep(KEYS[1], own[2], kept + ${DEAD_SESSION_MS})

-- A tag of a new refresh secret learns the epoch that the subject already has.
if (own[1] or '${ZERO_MS}') < epoch then
  redis.call('HSET', KEYS[1], '${EPOCH_FIELD}', epoch)
  for index = 2, hashes do
    local theirs = tonumber(redis.call('HGET', KEYS[index], '${KEPT_FIELD}') or 0)
    keep(KEYS[1], redis.call('HGET', KEYS[1], '${KEPT_FIELD}'), theirs)
  end
end

local pruned = 0
for index = 1, hashes do
  pruned = pruned + prune(KEYS[index], ${4 * PRUNED_BY_A_START}, ${PRUNED_BY_A_START} - pruned)
end
return answer
`);

/** What the script is told: the record but for what only the server knows, and the terms of the start. */
export function startArgs(command: CreateFamily, keptMs: number): readonly string[] {
  const { sessionId, address, limit } = command;
  const { jkt, clientId } = bindingFields(command.binding);
  const subject = escaped(address.subject);
  const none43 = NONE.repeat(43);
  const idleMs = digitsOfMs(command.idleMs);
  return [
    sessionId,
    subject,
    digitsOfMs(command.absoluteMs),
    idleMs,
    RECORD_VERSION +
      ZERO_MS +
      NONE +
      ZERO_COUNT +
      column(command.secretHash, 43) +
      none43 +
      NONE.repeat(22) +
      none43 +
      idleMs,
    `0${ZERO_COUNT}`,
    `${command.binding === undefined ? "0" : "1"}${escaped(command.keyId)} ${jkt} ${clientId} ${subject}\n${command.metadata}`,
    String(command.expectedEpoch ?? ""),
    String(limit?.count ?? ""),
    limit?.whenFull ?? "",
    String(keptMs),
  ];
}

/** What the script answered, as the contract says it. @throws where the session id exists */
export function startOutcome(sessionId: string, reply: readonly string[]): CreateOutcome {
  const [outcome, clock, record = "", ...evicted] = reply;
  if (outcome === "epoch-moved" || outcome === "full") return { outcome };
  if (outcome === "exists") throw new Error("the session id exists");
  return { outcome: "created", nowMs: Number(clock), family: familyOf(sessionId, record), evicted };
}
