/**
 * The short way of a rotation inside PostgreSQL: it can only say that the current token of a living session rotates, in
 * one UPDATE. Whatever else a presentation may come to, `rotate` decides (postgres-rotation.ts).
 */

/** The fields of a command, in the order of `commandLine` in postgres-rotate.ts, counted from 1. */
const at = {
  sessionId: 1,
  generation: 2,
  presentedHash: 3,
  nextHash: 4,
  nextSalt: 5,
  nextKeyId: 6,
  attemptHash: 7,
  attemptVerified: 8,
  jkt: 9,
  clientId: 10,
  graceMs: 11,
  attemptWindowMs: 12,
  idleMs: 13,
  maxReplayStreak: 14,
  heals: 15,
  keptMs: 16,
} as const;

type Field = keyof typeof at;

/** How SQL reads the fields of a command, whose array has this name. */
function reading(array: string) {
  return {
    plain: (field: Field) => `${array}[${at[field]}]`,
    number: (field: Field) => `${array}[${at[field]}]::bigint`,
    /** Any text comes as a JSON string. */
    any: (field: Field) => `(${array}[${at[field]}]::json #>> '{}')`,
  };
}

/**
 * The row "the current token" of `decideRotation`, as the assignments and the conditions of an UPDATE of `s`. The epochs
 * are read by the same statement, after `now_ms` was.
 */
function rotates(schema: string, array: string): { readonly set: string; readonly where: string } {
  const { plain, number, any } = reading(array);
  return {
    set: `
      generation = s.generation + 1,
      current_hash = ${plain("nextHash")},
      previous_hash = s.current_hash,
      salt = ${plain("nextSalt")},
      key_id = ${any("nextKeyId")},
      rotated_at_ms = greatest(now_ms, s.rotated_at_ms),
      replay_flag = false,
      replay_streak = CASE WHEN s.replay_flag THEN s.replay_streak + 1 ELSE 0 END,
      attempt_hash = ${plain("attemptHash")},
      idle_expires_at_ms = least(greatest(now_ms, s.rotated_at_ms) + ${number("idleMs")}, s.absolute_expires_at_ms)`,
    where: `
      s.generation = ${number("generation")} AND s.current_hash = ${plain("presentedHash")}
      AND s.end_reason IS NULL AND greatest(now_ms, s.rotated_at_ms) < s.idle_expires_at_ms
      AND (s.jkt IS NULL OR s.jkt = ${any("jkt")}) AND (s.client_id IS NULL OR s.client_id = ${any("clientId")})
      AND (NOT s.replay_flag OR s.replay_streak + 1 < coalesce(${number("maxReplayStreak")}, s.replay_streak + 2))
      AND s.subject_epoch >= coalesce((SELECT t.epoch FROM ${schema}.subjects AS t WHERE t.subject = s.subject), 0)
      AND s.everyone_epoch >= coalesce((SELECT e.epoch FROM ${schema}.everyone_epochs AS e WHERE e.shard = 0), 0)`,
  };
}

/**
 * An outcome as one line, which costs both sides less than many columns: what holds no space, then the rest as JSON.
 * @param family what its columns are qualified with
 */
function line(outcome: string, reason: string, endedNow: string, family: string): string {
  const column = (name: string): string => `${family}.${name}`;
  const numbers = ["subject_epoch", "everyone_epoch", "generation", "rotated_at_ms", "replay_flag", "replay_streak"];
  const times = ["created_at_ms", "idle_expires_at_ms", "absolute_expires_at_ms"];
  const texts = ["subject", "previous_hash", "salt", "key_id", "attempt_hash", "jkt", "client_id", "metadata"];
  const ending = ["end_reason", "ended_at_ms"];
  return `concat_ws(' ', ${outcome}, now_ms, ${reason}, ${endedNow}, ${column("session_id")},
      ${[...numbers, ...times, "current_hash"].map(column).join(", ")},
      json_build_array(${[...texts, ...ending].map(column).join(", ")}))`;
}

export function shortWay(schema: string): string {
  const one = rotates(schema, "command");
  const each = rotates(schema, "asked.command");
  const { plain, number, any } = reading("command");
  return `
-- Judges one presentation, which comes as one line of fields with spaces between them. The UPDATE may wait for whoever
-- decides on this session now: then its conditions are asked of what they left, the clock and the epochs are those of
-- before, and that is the moment of this decision.
CREATE FUNCTION ${schema}.rotate_one(p_command text) RETURNS text LANGUAGE plpgsql AS $rotate_one$
DECLARE
  command text[] := string_to_array(p_command, ' ', '');
  now_ms bigint := ${schema}.clock_ms();
  answer text;
BEGIN
  UPDATE ${schema}.sessions AS s SET ${one.set}
    WHERE s.session_id = ${plain("sessionId")} AND ${one.where}
    RETURNING ${line("'rotated'", "'-'", "false", "s")} INTO answer;
  IF NOT FOUND THEN
    -- The long way. Its time is read anew, after it has waited.
    SELECT ${line("r.outcome", "coalesce(r.reason, '-')", "r.ended_now", "(r.family)").replace("now_ms", "r.now_ms")}
      INTO answer
      FROM ${schema}.rotate(
        ${plain("sessionId")}, ${number("generation")}, ${plain("presentedHash")},
        ${plain("nextHash")}, ${plain("nextSalt")}, ${any("nextKeyId")},
        ${plain("attemptHash")}, ${plain("attemptVerified")}::boolean, ${any("jkt")}, ${any("clientId")},
        ${number("graceMs")}, ${number("attemptWindowMs")}, ${number("idleMs")}, ${number("maxReplayStreak")},
        ${plain("heals")}::boolean, ${number("keptMs")}
      ) AS r;
  END IF;
  RETURN answer;
END
$rotate_one$;

-- Several presentations of different sessions, a line each, by the short way alone: answers a line for each that rotates.
-- It waits for no other's lock, and so neither stands still nor meets a deadlock; what is locked gets no answer here.
CREATE FUNCTION ${schema}.rotate_some(p_commands text) RETURNS text LANGUAGE plpgsql AS $rotate_some$
DECLARE
  lines text[] := string_to_array(p_commands, E'\\n');
  free text[];
  now_ms bigint;
  answers text;
BEGIN
  free := ARRAY(
    SELECT s.session_id FROM ${schema}.sessions AS s
    WHERE s.session_id = ANY (ARRAY(SELECT split_part(l, ' ', 1) FROM unnest(lines) AS l)) FOR UPDATE SKIP LOCKED
  );
  now_ms := ${schema}.clock_ms();
  WITH asked AS MATERIALIZED (
    SELECT string_to_array(l, ' ', '') AS command FROM unnest(lines) AS l WHERE split_part(l, ' ', 1) = ANY (free)
  ), rotated AS (
    UPDATE ${schema}.sessions AS s SET ${each.set}
      FROM asked WHERE s.session_id = asked.${plain("sessionId")} AND ${each.where}
      RETURNING ${line("'rotated'", "'-'", "false", "s")} AS answer
  )
  SELECT string_agg(r.answer, E'\\n') INTO answers FROM rotated AS r;
  RETURN answers;
END
$rotate_some$;
`;
}
