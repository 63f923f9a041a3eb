/** What Redis does with all sessions of a subject, or of everyone: read, end, list. Each is one script. */
import type { Family, SubjectAddress } from "./contract.ts";
import { formatCursor, parseCursor } from "./page-cursor.ts";
import { type Script, script } from "./redis-client.ts";
import { APPEND } from "./redis-log.ts";
import { CLOCK, ENDED, EPOCH_FIELD, EPOCH_KEPT_MS, KEEP, KEPT_FIELD, SUBJECT, WHY_OVER } from "./redis-lua.ts";
import { columns, digitsOfMs, escaped, familyOf, firstOf } from "./redis-record.ts";

/**
 * KEYS: one hash of a subject. Makes it be there for a day, if it was not. While a slot is moved, a script is refused for
 * as long as one of its keys is nowhere; a script of one key never is.
 */
export const CREATE_SUBJECT: Script = script(`
${CLOCK}${KEEP}
keep(KEYS[1], redis.call('HGET', KEYS[1], '${KEPT_FIELD}'), now)
return 'OK'
`);

/** KEYS: the subject's hashes, the epoch of everyone, the log of revocations. Answers the clock, and both epochs, 16 digits each. */
export const READ_SUBJECT: Script = script(`
${CLOCK}${WHY_OVER}${SUBJECT}
return ms(now) .. epoch .. everyone
`);

/**
 * `decideLogout` of logout.ts. KEYS as above; ARGV: the subject, the session that stays (or empty), the subject as JSON,
 * for how long a revocation is kept.
 * Answers a list: the new epoch, the ids that ended.
 */
export const BUMP_SUBJECT: Script = script(`
${CLOCK}${WHY_OVER}${ENDED}${KEEP}${SUBJECT}${APPEND}
local families = living(ARGV[1])
-- The server's time keeps it from starting low again where the data was restored.
local raised = ms(math.max(tonumber(epoch) + 1, now))
revoke_before(KEYS[#KEYS], '"u",' .. ARGV[3], raised, ARGV[4])
for index = 1, hashes do
  redis.call('HSET', KEYS[index], '${EPOCH_FIELD}', raised)
  keep(KEYS[index], redis.call('HGET', KEYS[index], '${KEPT_FIELD}'), now + ${EPOCH_KEPT_MS})
end
local answer = { raised }
for _, family in ipairs(families) do
  local record = family.record
  if family.id == ARGV[2] then
    -- The one that stays goes on under the new epoch: its older access tokens are refused, and it refreshes.
    record = sub(record, ${columns("version", "absolute")}) .. raised .. sub(record, ${firstOf("everyoneEpoch")})
  else
    record = ended(record, 'l')
    answer[#answer + 1] = family.id
  end
  redis.call('HSET', family.key, family.id, record)
end
return answer
`);

/**
 * KEYS: the epoch of everyone in a shard, the log of revocations. ARGV: the shard, for how long a revocation is kept.
 * Answers the new epoch.
 */
export const BUMP_EVERYONE: Script = script(`
${CLOCK}${APPEND}
local raised = ms(math.max((redis.call('GET', KEYS[1]) or 0) + 1, now))
revoke_before(KEYS[2], '"e",' .. ARGV[1], raised, ARGV[2])
redis.call('SET', KEYS[1], raised)
return raised
`);

/**
 * KEYS as for READ_SUBJECT; ARGV: the subject, how many, and the place to go on from (time and id, or empty).
 * Answers a list: whether there are more, then id and record of each.
 */
export const LIST: Script = script(`
${CLOCK}${WHY_OVER}${SUBJECT}
local limit, created, id = tonumber(ARGV[2]), ARGV[3], ARGV[4]
local answer = { '0' }
for _, family in ipairs(living(ARGV[1])) do
  if created == '' or family.created < created or (family.created == created and family.id < id) then
    if #answer > 2 * limit then
      answer[1] = '1'
      break
    end
    answer[#answer + 1] = family.id
    answer[#answer + 1] = family.record
  end
end
return answer
`);

/** What LIST is told. @throws REQUEST_INVALID for a cursor of nobody */
export function listArgs(
  { subject }: SubjectAddress,
  { limit, after }: { readonly limit: number; readonly after: string | undefined },
): readonly string[] {
  const place = after === undefined ? undefined : parseCursor(after);
  return [
    escaped(subject),
    String(limit),
    place === undefined ? "" : digitsOfMs(place.createdAtMs),
    place?.sessionId ?? "",
  ];
}

/** What LIST answered, as the contract says it. */
export function pageOf([more, ...fields]: readonly string[]): {
  readonly families: readonly Family[];
  readonly next: string | undefined;
} {
  const families: Family[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    families.push(familyOf(fields[at] ?? "", fields[at + 1] ?? ""));
  }
  const last = families.at(-1);
  return { families, next: last !== undefined && more === "1" ? formatCursor(last) : undefined };
}
