/** The rotation in Redis: `decideRotation` of family.ts as one script, row by row. */
import type { RotateCommand, RotateOutcome } from "./contract.ts";
import { type Script, script } from "./redis-client.ts";
import { CLOCK, ENDED, EPOCH_FIELD, KEEP, KEPT_FIELD, WHY_OVER } from "./redis-lua.ts";
import {
  bindingFields,
  column,
  columns,
  digitsOfCount,
  digitsOfMs,
  escaped,
  familyOf,
  firstOf,
  NONE,
  reasonOf,
  TAIL_AT,
} from "./redis-record.ts";
import { DEAD_SESSION_MS } from "./retention.ts";

/**
 * KEYS: the subject's hash, the epoch of everyone. ARGV: see `rotateArgs`.
 * Answers one text: outcome letter, reason letter, 16 digits of the server's clock, the record. A list would say it
 * more plainly, and costs the client a tenth of its throughput.
 */
export const ROTATE: Script = script(`
${CLOCK}${WHY_OVER}${ENDED}${KEEP}
local held = redis.call('HMGET', KEYS[1], ARGV[1], '${EPOCH_FIELD}', '${KEPT_FIELD}')
local record, epoch, kept = held[1], held[2], held[3]
local everyone = redis.call('GET', KEYS[2])

local function save(next) redis.call('HSET', KEYS[1], ARGV[1], next) end
local function answer(outcome, record) return outcome .. ms(now) .. record end
local function finish(outcome, letter)
  local over = ended(record, letter)
  save(over)
  return answer(outcome .. letter, over)
end

-- No record: it never was, or it died so long ago that it was removed.
if not record then return answer('En', '') end

-- Over already.
local over = why_over(record, epoch, everyone)
if over then return answer('E' .. over, record) end

local terms
local function term(index)
  if not terms then
    terms = {}
    for value in string.gmatch(ARGV[5], '[^ ]+') do terms[#terms + 1] = value end
  end
  return terms[index]
end

-- The wrong DPoP key or client: nothing is consumed, so that a thief without the key cannot log anybody out.
if sub(record, ${columns("bound")}) == '1' then
  local jkt, client = string.match(record, '^[^ ]* ([^ ]*) ([^ ]*)', ${TAIL_AT})
  if (jkt ~= '${NONE}' and jkt ~= term(2)) or (client ~= '${NONE}' and client ~= term(3)) then
    return answer('B.', record)
  end
end

local rotated_at = tonumber(sub(record, ${columns("rotatedAt")}))
local at = now > rotated_at and now or rotated_at

local function rotate()
  local streak = '0000000000'
  if sub(record, ${columns("replayFlag")}) == '1' then
    local longer = sub(record, ${columns("replayStreak")}) + 1
    local most = tonumber(term(1))
    if most and longer >= most then return finish('U', 'u') end
    streak = string.format('%010.0f', longer)
  end
  local next = sub(record, ${columns("version", "ending")}) .. ARGV[3] .. ms(at) .. '0' .. streak ..
    sub(record, ${columns("absolute", "bound")}) .. ARGV[4] .. sub(record, string.find(record, ' ', ${TAIL_AT}, true), -1)
  save(next)
  local idle = at + sub(next, ${columns("idleMs")})
  local absolute = tonumber(sub(record, ${columns("absolute")}))
  keep(KEYS[1], kept, (idle < absolute and idle or absolute) + ${DEAD_SESSION_MS})
  return answer('R.', next)
end

-- The current token. Generation and hash are beside each other, here and there.
if ARGV[2] == sub(record, ${columns("generation", "current")}) then return rotate() end

-- Equal-time comparison would protect nothing: these are hashes, of tokens whose MAC was checked before.
local presented = tonumber(sub(ARGV[2], 1, 10))
local current = tonumber(sub(record, ${columns("generation")}))

-- The token before: a retry within its window, else theft.
if presented == current - 1 and sub(ARGV[2], 11) == sub(record, ${columns("previous")}) then
  -- Only what came as the verifier itself explains a late retry: a copied challenge never matches.
  local explained = term(6) == sub(record, ${columns("attempt")})
  local window = tonumber(term(4))
  if explained and tonumber(term(5)) > window then window = tonumber(term(5)) end
  if at - rotated_at > window then return finish('U', 'u') end
  -- A replay writes nothing but one bit.
  if not explained and sub(record, ${columns("replayFlag")}) == '0' then
    record = sub(record, ${columns("version", "rotatedAt")}) .. '1' .. sub(record, ${firstOf("replayStreak")})
    save(record)
  end
  return answer('P.', record)
end

-- An older token, even within the window: whoever holds the one after it has already answered for this one.
if presented < current - 1 then return finish('U', 'u') end

-- Ours by its MAC, and unheard of: Redis lost a write (a failover, a restored backup). One can be mended.
if presented == current + 1 and term(7) == 'heal' then return rotate() end
if presented > current then return finish('N', 'r') end

-- Two tokens of one generation, both ours: Redis took two histories. Never called theft.
return finish('N', 'f')
`);

/** What the script is told. The third argument is columns of the record, ready to be put into it. */
export function rotateArgs(command: RotateCommand): readonly string[] {
  const { sessionId, proposal, attempt } = command;
  const presented = column(command.presentedHash, 43);
  const attemptHash = attempt === undefined ? NONE.repeat(43) : column(attempt.hash, 43);
  const { jkt, clientId } = bindingFields(command.binding);
  return [
    sessionId,
    digitsOfCount(command.generation) + presented,
    digitsOfCount(command.generation + 1) +
      column(proposal.secretHash, 43) +
      presented +
      column(proposal.salt, 22) +
      attemptHash +
      digitsOfMs(command.idleMs),
    escaped(proposal.keyId),
    // What only some rows of the table need, in one argument, since each costs the client.
    [
      command.maxReplayStreak ?? NONE,
      jkt,
      clientId,
      command.graceMs,
      command.attemptWindowMs,
      attempt?.verified === true ? attemptHash : NONE,
      command.onRegressed,
    ].join(" "),
  ];
}

/** What the script answered, as the contract says it. */
export function rotateOutcome(sessionId: string, reply: string): RotateOutcome {
  const nowMs = Number(reply.slice(2, 18));
  const record = reply.slice(18);
  const family = record === "" ? undefined : familyOf(sessionId, record);
  const letter = reply[0];
  if (letter === "E" || letter === "N") {
    return { outcome: "ended", nowMs, reason: reasonOf(reply[1]), endedNow: letter === "N", family };
  }
  const outcome = OUTCOMES.get(letter);
  if (family === undefined || outcome === undefined)
    throw new Error("Redis answered what this version does not understand");
  return { outcome, nowMs, family };
}

const OUTCOMES: ReadonlyMap<string | undefined, "rotated" | "replayed" | "reused" | "binding"> = new Map([
  ["R", "rotated"],
  ["P", "replayed"],
  ["U", "reused"],
  ["B", "binding"],
]);
