/** The functions that start and read sessions inside PostgreSQL, as `decideStart` in start.ts says. */
import { readEpochs } from "./postgres-rotation.ts";
import { removableFrom } from "./postgres-tables.ts";
import { PRUNED_BY_A_START } from "./retention.ts";

export function starts(schema: string): string {
  return `
-- Whoever starts or ends sessions of a subject comes through here, one at a time; answers the subject's epoch. It writes,
-- though nothing changes, so that above READ COMMITTED a transaction with an older view fails instead of counting wrong.
CREATE FUNCTION ${schema}.lock_subject(p_subject text) RETURNS bigint LANGUAGE sql VOLATILE AS $lock_subject$
  INSERT INTO ${schema}.subjects AS t (subject, epoch) VALUES (p_subject, 0)
  ON CONFLICT (subject) DO UPDATE SET epoch = t.epoch
  RETURNING t.epoch
$lock_subject$;

CREATE FUNCTION ${schema}.create_session(
  p_session_id text, p_subject text, p_secret_hash text, p_key_id text,
  p_idle_ms bigint, p_absolute_ms bigint, p_jkt text, p_client_id text, p_metadata text,
  p_expected_epoch bigint, p_limit bigint, p_refuses boolean, p_kept_ms bigint,
  OUT outcome text, OUT now_ms bigint, OUT evicted_ids text, OUT family ${schema}.sessions
) LANGUAGE plpgsql AS $create_session$
DECLARE
  current_subject_epoch bigint;
  current_everyone_epoch bigint;
  live text[];
BEGIN
  -- Lock, then count, in a later statement: the snapshot of this one may be older than the wait.
  PERFORM ${schema}.lock_subject(p_subject);
  now_ms := ${schema}.clock_ms();
  ${readEpochs(schema, "p_subject")}

  DELETE FROM ${schema}.sessions AS d WHERE d.session_id = ANY (ARRAY(
    SELECT s.session_id FROM ${schema}.sessions AS s
    WHERE s.subject = p_subject AND ${removableFrom("s")} <= now_ms
    LIMIT ${PRUNED_BY_A_START} FOR UPDATE SKIP LOCKED
  ));

  IF p_expected_epoch <> current_subject_epoch + current_everyone_epoch THEN
    outcome := 'epoch-moved';
    RETURN;
  END IF;

  IF p_limit IS NOT NULL THEN
    live := ARRAY(
      SELECT s.session_id FROM ${schema}.sessions AS s
      WHERE s.subject = p_subject
        AND ${schema}.end_reason_of(s, current_subject_epoch, current_everyone_epoch, now_ms) IS NULL
      ORDER BY s.created_at_ms DESC, s.session_id DESC
    );
    IF cardinality(live) >= p_limit AND p_refuses THEN
      outcome := 'full';
      RETURN;
    END IF;
    -- The newest stay. One that ended while we waited for it is not ended again, and makes room all the same.
    WITH evicted AS (
      UPDATE ${schema}.sessions AS s SET end_reason = 'evicted', ended_at_ms = now_ms
      WHERE s.session_id = ANY (live[p_limit:]) AND s.end_reason IS NULL
      RETURNING s.session_id, s.created_at_ms
    )
    SELECT string_agg(e.session_id, ',' ORDER BY e.created_at_ms, e.session_id) INTO evicted_ids FROM evicted AS e;
  END IF;

  INSERT INTO ${schema}.sessions AS s (
    session_id, subject, subject_epoch, everyone_epoch, generation, current_hash, key_id, rotated_at_ms, replay_flag,
    replay_streak, created_at_ms, idle_expires_at_ms, absolute_expires_at_ms, jkt, client_id, metadata
  ) VALUES (
    p_session_id, p_subject, current_subject_epoch, current_everyone_epoch, 0, p_secret_hash, p_key_id, now_ms, false,
    0, now_ms, now_ms + least(p_idle_ms, p_absolute_ms), now_ms + p_absolute_ms, p_jkt, p_client_id, p_metadata
  ) RETURNING s.* INTO family;
  outcome := 'created';
  PERFORM ${schema}.revoke_sessions(string_to_array(evicted_ids, ','), now_ms, p_kept_ms);
END
$create_session$;

CREATE FUNCTION ${schema}.read_session(p_session_id text) RETURNS TABLE (
  now_ms bigint, current_subject_epoch bigint, current_everyone_epoch bigint, family ${schema}.sessions
) LANGUAGE plpgsql AS $read_session$
BEGIN
  now_ms := ${schema}.clock_ms();
  -- One statement, one view: the family and the epochs are of one moment.
  RETURN QUERY SELECT now_ms,
      coalesce((SELECT t.epoch FROM ${schema}.subjects AS t WHERE t.subject = s.subject), 0),
      coalesce((SELECT e.epoch FROM ${schema}.everyone_epochs AS e WHERE e.shard = 0), 0),
      s
    FROM ${schema}.sessions AS s WHERE s.session_id = p_session_id;
END
$read_session$;

CREATE FUNCTION ${schema}.read_subject(
  p_subject text, OUT now_ms bigint, OUT current_subject_epoch bigint, OUT current_everyone_epoch bigint
) LANGUAGE plpgsql AS $read_subject$
BEGIN
  now_ms := ${schema}.clock_ms();
  ${readEpochs(schema, "p_subject")}
END
$read_subject$;

-- The subject's live sessions, newest first, after the place where a page ended.
CREATE FUNCTION ${schema}.list_sessions(p_subject text, p_after_ms bigint, p_after_id text, p_limit bigint)
RETURNS SETOF ${schema}.sessions LANGUAGE plpgsql AS $list_sessions$
DECLARE
  now_ms bigint := ${schema}.clock_ms();
  current_subject_epoch bigint;
  current_everyone_epoch bigint;
BEGIN
  ${readEpochs(schema, "p_subject")}
  RETURN QUERY SELECT s.* FROM ${schema}.sessions AS s
    WHERE s.subject = p_subject
      AND ${schema}.end_reason_of(s, current_subject_epoch, current_everyone_epoch, now_ms) IS NULL
      AND (s.created_at_ms, s.session_id) < (p_after_ms, p_after_id)
    ORDER BY s.created_at_ms DESC, s.session_id DESC
    LIMIT p_limit;
END
$list_sessions$;
`;
}
