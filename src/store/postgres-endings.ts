/** The functions that end sessions, remember used ids and forget what is over inside PostgreSQL. */
import { expiredRevocations } from "./postgres-revocations.ts";
import { readEpochs } from "./postgres-rotation.ts";
import { dayOf, removableFrom } from "./postgres-tables.ts";

/** Sweeping looks at this many rows for each that it may remove: of the last day, not all are due. */
const LOOKED_AT_PER_REMOVAL = 10;

export function endings(schema: string): string {
  return `
-- Answers the family where this call ended it, else nulls.
CREATE FUNCTION ${schema}.end_session(
  p_session_id text, p_reason text, p_kept_ms bigint, OUT family ${schema}.sessions
) LANGUAGE plpgsql AS $end_session$
DECLARE
  now_ms bigint;
  current_subject_epoch bigint;
  current_everyone_epoch bigint;
BEGIN
  SELECT * INTO family FROM ${schema}.sessions AS s WHERE s.session_id = p_session_id FOR UPDATE;
  now_ms := ${schema}.clock_ms();
  ${readEpochs(schema, "family.subject")}
  UPDATE ${schema}.sessions AS s SET end_reason = p_reason, ended_at_ms = now_ms
    WHERE s.session_id = p_session_id
      AND ${schema}.end_reason_of(s, current_subject_epoch, current_everyone_epoch, now_ms) IS NULL
    RETURNING s.* INTO family;
  IF FOUND THEN
    PERFORM ${schema}.revoke_sessions(ARRAY[p_session_id], now_ms, p_kept_ms);
  END IF;
END
$end_session$;

-- "Log out everywhere", as \`decideLogout\` in logout.ts. The epoch alone would do for every later refresh; the rows are
-- marked so that a refresh which waits for this operation finds its session ended, and listed so that each is an event.
CREATE FUNCTION ${schema}.bump_subject(
  p_subject text, p_except text, p_kept_ms bigint, OUT epoch_after bigint, OUT ended_ids text
) LANGUAGE plpgsql AS $bump_subject$
DECLARE
  now_ms bigint;
  current_subject_epoch bigint;
  current_everyone_epoch bigint;
BEGIN
  PERFORM ${schema}.lock_subject(p_subject);
  now_ms := ${schema}.clock_ms();
  ${readEpochs(schema, "p_subject")}
  epoch_after := greatest(current_subject_epoch + 1, now_ms);
  UPDATE ${schema}.subjects AS t SET epoch = epoch_after WHERE t.subject = p_subject;
  WITH touched AS (
    UPDATE ${schema}.sessions AS s SET
      subject_epoch = CASE WHEN s.session_id = p_except THEN epoch_after ELSE s.subject_epoch END,
      end_reason = CASE WHEN s.session_id = p_except THEN NULL ELSE 'logout' END,
      ended_at_ms = CASE WHEN s.session_id = p_except THEN NULL ELSE now_ms END
    WHERE s.subject = p_subject
      AND ${schema}.end_reason_of(s, current_subject_epoch, current_everyone_epoch, now_ms) IS NULL
    RETURNING s.session_id, s.end_reason
  )
  SELECT string_agg(x.session_id, ',') FILTER (WHERE x.end_reason IS NOT NULL) INTO ended_ids FROM touched AS x;
  PERFORM ${schema}.revoke(
    ARRAY[format('["u",%s,%s,%s,%s]', to_json(p_subject), epoch_after, now_ms, now_ms + p_kept_ms)],
    now_ms + p_kept_ms, now_ms
  );
END
$bump_subject$;

CREATE FUNCTION ${schema}.bump_everyone(p_kept_ms bigint, OUT epoch_after bigint)
LANGUAGE plpgsql AS $bump_everyone$
DECLARE
  now_ms bigint;
BEGIN
  INSERT INTO ${schema}.everyone_epochs AS e (shard, epoch) VALUES (0, ${schema}.clock_ms())
  ON CONFLICT (shard) DO UPDATE SET epoch = greatest(e.epoch + 1, excluded.epoch)
  RETURNING e.epoch INTO epoch_after;
  now_ms := ${schema}.clock_ms();
  PERFORM ${schema}.revoke(
    ARRAY[format('["e",0,%s,%s,%s]', epoch_after, now_ms, now_ms + p_kept_ms)], now_ms + p_kept_ms, now_ms
  );
END
$bump_everyone$;

-- True for the first who asks. A row past its time counts as swept, whether or not anybody sweeps.
CREATE FUNCTION ${schema}.mark_used(p_id text, p_removable_from_ms bigint) RETURNS boolean
LANGUAGE plpgsql AS $mark_used$
BEGIN
  INSERT INTO ${schema}.used_ids AS u (id, removable_from_ms) VALUES (p_id, p_removable_from_ms)
  ON CONFLICT (id) DO UPDATE SET removable_from_ms = excluded.removable_from_ms
    WHERE u.removable_from_ms <= ${schema}.clock_ms();
  RETURN FOUND;
END
$mark_used$;

-- Removes at most so many rows, and waits for nobody: what is locked is left for the next time.
CREATE FUNCTION ${schema}.sweep(p_limit bigint) RETURNS bigint LANGUAGE plpgsql AS $sweep$
DECLARE
  now_ms bigint := ${schema}.clock_ms();
  removed bigint;
  removed_ids bigint;
  removed_revocations bigint;
  touched text[];
BEGIN
  WITH gone AS (
    DELETE FROM ${schema}.sessions AS d WHERE d.session_id = ANY (ARRAY(
      SELECT s.session_id FROM ${schema}.sessions AS s
      WHERE ${removableFrom("s")} <= now_ms AND s.session_id = ANY (ARRAY(
        -- The days before today first, and all of those are due.
        SELECT l.session_id FROM ${schema}.sessions AS l WHERE l.removable_day <= ${dayOf("now_ms")}
        ORDER BY l.removable_day LIMIT p_limit * ${LOOKED_AT_PER_REMOVAL}
      ))
      LIMIT p_limit FOR UPDATE SKIP LOCKED
    ))
    RETURNING d.subject
  )
  SELECT count(*), array_agg(DISTINCT g.subject) INTO removed, touched FROM gone AS g;

  DELETE FROM ${schema}.used_ids AS d WHERE d.id = ANY (ARRAY(
    SELECT u.id FROM ${schema}.used_ids AS u WHERE u.removable_from_ms <= now_ms
    ORDER BY u.removable_from_ms LIMIT p_limit - removed FOR UPDATE SKIP LOCKED
  ));
  GET DIAGNOSTICS removed_ids = ROW_COUNT;
  ${expiredRevocations(schema, "now_ms", "p_limit - removed - removed_ids")}
  GET DIAGNOSTICS removed_revocations = ROW_COUNT;

  -- A subject that never logged out everywhere needs no row once it has no session. Lock, then look.
  touched := ARRAY(
    SELECT t.subject FROM ${schema}.subjects AS t WHERE t.subject = ANY (touched) AND t.epoch = 0 FOR UPDATE SKIP LOCKED
  );
  DELETE FROM ${schema}.subjects AS t WHERE t.subject = ANY (touched)
    AND NOT EXISTS (SELECT FROM ${schema}.sessions AS s WHERE s.subject = t.subject);
  RETURN removed + removed_ids + removed_revocations;
END
$sweep$;
`;
}
