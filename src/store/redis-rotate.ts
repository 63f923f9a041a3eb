/** The rotation in Redis: `decideRotation` of family.ts as one script, row by row. */
import type { RotateCommand, RotateOutcome } from "./contract.ts";
import { type Script, script } from "./redis-client.ts";
import { APPEND } from "./redis-log.ts";
import { EPOCH_FIELD, KEEP, KEPT_FIELD, MS, NOW, OVER } from "./redis-lua.ts";
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
  ZERO_COUNT,
} from "./redis-record.ts";
import { DEAD_SESSION_MS } from "./retention.ts";

/** How many characters say what is presented: generation and hash. */
const PRESENTED = 10 + 43;
/** Where the part of varying length begins, counted from 1 as Lua does: key id, most replays, binding, windows. */
const REST_AT = PRESENTED + (10 + 43 + 43 + 22 + 43 + 16) + 1;

/**
 * KEYS: the subject's hash, the epoch of everyone, the log of revocations. ARGV: the session id, and a text that
 * `rotateArgs` writes: each argument more costs the client.
 * Answers one text: outcome letter, reason letter, 16 digits of the server's clock, the record. A list would say it
 * more plainly, and costs the client a tenth of its throughput.
 */
export const ROTATE: Script = script(`
${NOW}
local sub, byte = string.sub, string.byte
local asked = ARGV[2]
local stamp = string.format('%016.0f', now)
local held = redis.call('HMGET', KEYS[1], ARGV[1], '${EPOCH_FIELD}', '${KEPT_FIELD}')
local record, epoch = held[1], held[2]
local everyone = redis.call('GET', KEYS[2])

-- No record: it never was, or it died so long ago that it was removed.
if not record then return 'En' .. stamp end

-- Over already.
${OVER}
if over then return 'E' .. over .. stamp .. record end

-- The wrong DPoP key or client: nothing is consumed, so that a thief without the key cannot log anybody out.
if sub(record, ${columns("bound")}) == '1' then
  local jkt, client = string.match(record, '^[^ ]* ([^ ]*) ([^ ]*)', ${TAIL_AT})
  local own_jkt, own_client = string.match(asked, '^[^ ]* [^ ]+ ([^ ]+) ([^ ]+)', ${REST_AT})
  if (jkt ~= '${NONE}' and jkt ~= own_jkt) or (client ~= '${NONE}' and client ~= own_client) then
    return 'B.' .. stamp .. record
  end
end

-- Ends the session and revokes its access tokens, in this operation.
local function finish(outcome, letter)
${APPEND}
  revoke_session(KEYS[3], ARGV[1], string.match(asked, '[^ ]+$'))
  record = sub(record, ${columns("version")}) .. stamp .. letter .. sub(record, ${firstOf("generation")})
  redis.call('HSET', KEYS[1], ARGV[1], record)
  return outcome .. letter .. stamp .. record
end

-- The current token? Generation and hash are beside each other, here and there.
if sub(asked, 1, ${PRESENTED}) ~= sub(record, ${columns("generation", "current")}) then
  local grace, attempt_window, attempt, on_regressed = string.match(asked, '([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+) [^ ]+$', ${REST_AT})
  -- Equal-time comparison would protect nothing: these are hashes, of tokens whose MAC was checked before.
  local presented = tonumber(sub(asked, 1, 10))
  local current = tonumber(sub(record, ${columns("generation")}))

  -- The token before: a retry within its window, else theft.
  if presented == current - 1 and sub(asked, 11, ${PRESENTED}) == sub(record, ${columns("previous")}) then
    -- Only what came as the verifier itself explains a late retry: a copied challenge never matches.
    local explained = attempt == sub(record, ${columns("attempt")})
    local window = tonumber(grace)
    if explained and tonumber(attempt_window) > window then window = tonumber(attempt_window) end
    if at - rotated_at > window then return finish('U', 'u') end
    -- A replay writes nothing but one bit.
    if not explained and sub(record, ${columns("replayFlag")}) == '0' then
      record = sub(record, ${columns("version", "rotatedAt")}) .. '1' .. sub(record, ${firstOf("replayStreak")})
      redis.call('HSET', KEYS[1], ARGV[1], record)
    end
    return 'P.' .. stamp .. record
  end

  -- An older token, even within the window: whoever holds the one after it has already answered for this one.
  if presented < current - 1 then return finish('U', 'u') end

  -- Ours by its MAC, and unheard of: Redis lost a write (a failover, a restored backup). One can be mended: it rotates.
  if presented ~= current + 1 or on_regressed ~= 'heal' then
    if presented > current then return finish('N', 'r') end
    -- Two tokens of one generation, both ours: Redis took two histories. Never called theft.
    return finish('N', 'f')
  end
end

local streak = '${ZERO_COUNT}'
if sub(record, ${columns("replayFlag")}) == '1' then
  local longer = sub(record, ${columns("replayStreak")}) + 1
  local most = tonumber(string.match(asked, '^[^ ]* ([^ ]+)', ${REST_AT}))
  if most and longer >= most then return finish('U', 'u') end
  streak = string.format('%010.0f', longer)
end
local next = sub(record, ${columns("version", "ending")}) .. sub(asked, ${PRESENTED + 1}, ${REST_AT - 1}) ..
  (at == now and stamp or string.format('%016.0f', at)) .. '0' .. streak ..
  sub(record, ${columns("absolute", "bound")}) .. string.match(asked, '^[^ ]*', ${REST_AT}) .. sub(record, string.find(record, ' ', ${TAIL_AT}, true), -1)
redis.call('HSET', KEYS[1], ARGV[1], next)

-- Lets the subject's hash leave by itself, never earlier than it already would.
local over_at = at + sub(next, ${columns("idleMs")})
if absolute < over_at then over_at = absolute end
if not held[3] or tonumber(held[3]) < over_at + ${DEAD_SESSION_MS} then
${MS}${KEEP}
  keep(KEYS[1], held[3], over_at + ${DEAD_SESSION_MS})
end
return 'R.' .. stamp .. next
`);

/** What the script is told. */
export function rotateArgs(command: RotateCommand, keptMs: number): readonly string[] {
  const { sessionId, proposal, attempt } = command;
  const presented = column(command.presentedHash, 43);
  const attemptHash = attempt === undefined ? NO_HASH : column(attempt.hash, 43);
  const { jkt, clientId } = bindingFields(command.binding);
  const asked =
    // The generation and hash that are presented.
    digitsOfCount(command.generation) +
    presented +
    // Columns of the record from `generation` to `idleMs`, ready to be put into it.
    digitsOfCount(command.generation + 1) +
    column(proposal.secretHash, 43) +
    presented +
    column(proposal.salt, 22) +
    attemptHash +
    digitsOfMs(command.idleMs) +
    // What varies in length.
    `${escaped(proposal.keyId)} ${command.maxReplayStreak ?? NONE} ${jkt} ${clientId} ` +
    `${command.graceMs} ${command.attemptWindowMs} ${attempt?.verified === true ? attemptHash : NONE} ` +
    `${command.onRegressed} ${keptMs}`;
  return [sessionId, asked];
}

const NO_HASH = NONE.repeat(43);

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
