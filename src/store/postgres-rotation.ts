/** The functions that judge a presented refresh token inside PostgreSQL, in the order of `decideRotation` in family.ts. */

/** The clock and the verdict on liveness, which every function shares. */
export function judgement(schema: string): string {
  return `
-- Milliseconds since 1970. Every function reads it once: after it has locked what it decides on, and before it reads the
-- epochs, so that a logout which the decision did not see is later than the time that the decision is stamped with.
-- Above READ COMMITTED all reads are as of the transaction's start, and so is the time.
CREATE FUNCTION ${schema}.clock_ms() RETURNS bigint LANGUAGE sql VOLATILE AS $clock_ms$
  SELECT floor(extract(epoch FROM CASE
    WHEN current_setting('transaction_isolation') IN ('read committed', 'read uncommitted') THEN clock_timestamp()
    ELSE transaction_timestamp()
  END) * 1000)::bigint
$clock_ms$;

-- Why a session is over, or null while it lives: \`endReasonOf\` in family.ts. A clock that jumped back revives nothing.
CREATE FUNCTION ${schema}.end_reason_of(
  s ${schema}.sessions, current_subject_epoch bigint, current_everyone_epoch bigint, now_ms bigint
) RETURNS text LANGUAGE sql IMMUTABLE AS $end_reason_of$
  SELECT CASE
    WHEN s.end_reason IS NOT NULL THEN s.end_reason
    WHEN greatest(now_ms, s.rotated_at_ms) >= s.idle_expires_at_ms
      THEN CASE WHEN s.idle_expires_at_ms < s.absolute_expires_at_ms THEN 'idle' ELSE 'absolute' END
    WHEN s.subject_epoch < current_subject_epoch OR s.everyone_epoch < current_everyone_epoch THEN 'epoch'
  END
$end_reason_of$;
`;
}

/** Reads the current epochs into two variables, in a statement of its own: at READ COMMITTED that sees what is committed now. */
export function readEpochs(schema: string, subject: string): string {
  return `SELECT coalesce((SELECT epoch FROM ${schema}.subjects AS t WHERE t.subject = ${subject}), 0),
      coalesce((SELECT epoch FROM ${schema}.everyone_epochs AS e WHERE e.shard = 0), 0)
    INTO current_subject_epoch, current_everyone_epoch;`;
}

export function rotation(schema: string): string {
  return `
CREATE FUNCTION ${schema}.rotate(
  p_session_id text, p_generation bigint, p_presented_hash text,
  p_next_hash text, p_next_salt text, p_next_key_id text,
  p_attempt_hash text, p_attempt_verified boolean,
  p_jkt text, p_client_id text,
  p_grace_ms bigint, p_attempt_window_ms bigint, p_idle_ms bigint,
  p_max_replay_streak bigint, p_heals boolean, p_kept_ms bigint,
  OUT outcome text, OUT now_ms bigint, OUT reason text, OUT ended_now boolean, OUT family ${schema}.sessions
) LANGUAGE plpgsql AS $rotate$
DECLARE
  current_subject_epoch bigint;
  current_everyone_epoch bigint;
  explained boolean;
  elapsed_ms bigint;
  next_streak integer;
  verdict text;
BEGIN
  -- Waits for whoever decides on this session now, and then reads what they left.
  SELECT * INTO family FROM ${schema}.sessions AS s WHERE s.session_id = p_session_id FOR UPDATE;
  now_ms := ${schema}.clock_ms();
  ended_now := false;
  IF NOT FOUND THEN
    outcome := 'ended';
    reason := 'unknown';
    RETURN;
  END IF;
  ${readEpochs(schema, "family.subject")}

  reason := ${schema}.end_reason_of(family, current_subject_epoch, current_everyone_epoch, now_ms);
  -- Only what came as the verifier itself proves anything.
  explained := coalesce(p_attempt_verified AND p_attempt_hash = family.attempt_hash, false);
  elapsed_ms := greatest(now_ms, family.rotated_at_ms) - family.rotated_at_ms;
  next_streak := CASE WHEN family.replay_flag THEN family.replay_streak + 1 ELSE 0 END;

  -- Decided here, once; the first row that matches wins.
  verdict := CASE
    -- Over already.
    WHEN reason IS NOT NULL THEN 'ended'
    -- The wrong DPoP key or client: nothing is consumed.
    WHEN family.jkt IS NOT NULL AND family.jkt IS DISTINCT FROM p_jkt THEN 'binding'
    WHEN family.client_id IS NOT NULL AND family.client_id IS DISTINCT FROM p_client_id THEN 'binding'
    -- The current token.
    WHEN p_generation = family.generation AND p_presented_hash = family.current_hash
      THEN CASE WHEN next_streak >= p_max_replay_streak THEN 'reused' ELSE 'rotated' END
    -- The token before: a retry within its window, else theft.
    WHEN p_generation = family.generation - 1 AND p_presented_hash = family.previous_hash
      THEN CASE
        WHEN elapsed_ms <= p_grace_ms OR (explained AND elapsed_ms <= p_attempt_window_ms) THEN 'replayed'
        ELSE 'reused'
      END
    -- An older token, even within the window.
    WHEN p_generation < family.generation - 1 THEN 'reused'
    -- A later token than the store has heard of: it lost a write, and one can be mended.
    WHEN p_generation = family.generation + 1 AND p_heals
      THEN CASE WHEN next_streak >= p_max_replay_streak THEN 'reused' ELSE 'rotated' END
    WHEN p_generation > family.generation THEN 'regressed'
    -- Two tokens of one generation, both ours: the store took two histories.
    ELSE 'forked'
  END;

  IF verdict = 'rotated' THEN
    UPDATE ${schema}.sessions AS s SET
      generation = p_generation + 1,
      current_hash = p_next_hash,
      previous_hash = p_presented_hash,
      salt = p_next_salt,
      key_id = p_next_key_id,
      rotated_at_ms = greatest(now_ms, s.rotated_at_ms),
      replay_flag = false,
      replay_streak = next_streak,
      attempt_hash = p_attempt_hash,
      idle_expires_at_ms = least(greatest(now_ms, s.rotated_at_ms) + p_idle_ms, s.absolute_expires_at_ms)
    WHERE s.session_id = p_session_id
    RETURNING s.* INTO family;
  ELSIF verdict = 'replayed' AND NOT explained AND NOT family.replay_flag THEN
    -- All that a replay may change.
    UPDATE ${schema}.sessions AS s SET replay_flag = true WHERE s.session_id = p_session_id RETURNING s.* INTO family;
  ELSIF verdict IN ('reused', 'regressed', 'forked') THEN
    UPDATE ${schema}.sessions AS s SET
      end_reason = CASE verdict WHEN 'reused' THEN 'reuse' ELSE verdict END,
      ended_at_ms = now_ms
    WHERE s.session_id = p_session_id
    RETURNING s.* INTO family;
    PERFORM ${schema}.revoke_sessions(ARRAY[p_session_id], now_ms, p_kept_ms);
  END IF;

  outcome := verdict;
  IF verdict IN ('regressed', 'forked') THEN
    outcome := 'ended';
    reason := verdict;
    ended_now := true;
  END IF;
END
$rotate$;
`;
}
