/** The list of revocations in PostgreSQL: its tables, and the functions that write and read it. */

/** Entries that stay although they are over: a reader that was idle goes on from its place, instead of starting anew. */
const LEAST_LENGTH = 128;
/** How many expired entries leave with each that comes. */
const REMOVED_BY_A_WRITE = 4;

export function revocationTables(schema: string): string {
  return `
-- One row: the place of the last entry. Its lock makes entries commit in the order of their positions, without a gap.
CREATE TABLE ${schema}.revocation_log (
  one      boolean PRIMARY KEY DEFAULT true CHECK (one),
  position bigint NOT NULL,
  -- SHA-256 over all entries so far. In a history that lost entries, the same position has another.
  history  text NOT NULL
) WITH (fillfactor = 20);

CREATE TABLE ${schema}.revocations (
  position bigint PRIMARY KEY,
  history  text NOT NULL,
  -- What is revoked, as a JSON array.
  entry    text NOT NULL,
  -- Null: for good.
  until_ms bigint
);
CREATE INDEX revocations_by_end ON ${schema}.revocations (until_ms);

-- The place before the first entry, which no two databases have in common.
INSERT INTO ${schema}.revocation_log (position, history) VALUES (0, gen_random_uuid()::text);
INSERT INTO ${schema}.revocations (position, history, entry, until_ms)
  SELECT position, history, '', 0 FROM ${schema}.revocation_log;
`;
}

/** The entries that may go, oldest end first, as SQL for a DELETE. What somebody holds is left for the next time. */
export function expiredRevocations(schema: string, nowMs: string, limit: string): string {
  return `DELETE FROM ${schema}.revocations AS d WHERE d.position = ANY (ARRAY(
    SELECT r.position FROM ${schema}.revocations AS r
    WHERE r.until_ms <= ${nowMs} AND r.position <= (SELECT l.position FROM ${schema}.revocation_log AS l) - ${LEAST_LENGTH}
    ORDER BY r.until_ms LIMIT ${limit} FOR UPDATE SKIP LOCKED
  ));`;
}

export function revoking(schema: string): string {
  return `
-- The last thing that an operation does: from here to its commit, nobody else appends.
CREATE FUNCTION ${schema}.revoke(p_entries text[], p_until_ms bigint, p_now_ms bigint) RETURNS void
LANGUAGE plpgsql AS $revoke$
DECLARE
  next_entry text;
BEGIN
  IF coalesce(cardinality(p_entries), 0) = 0 THEN
    RETURN;
  END IF;
  FOREACH next_entry IN ARRAY p_entries LOOP
    WITH place AS (
      UPDATE ${schema}.revocation_log AS l SET
        position = l.position + 1,
        history = encode(sha256(convert_to(l.history || next_entry, 'UTF8')), 'hex')
      RETURNING l.position, l.history
    )
    INSERT INTO ${schema}.revocations (position, history, entry, until_ms)
      SELECT p.position, p.history, next_entry, p_until_ms FROM place AS p;
  END LOOP;
  ${expiredRevocations(schema, "p_now_ms", `${REMOVED_BY_A_WRITE} * cardinality(p_entries)`)}
END
$revoke$;

CREATE FUNCTION ${schema}.revoke_sessions(p_session_ids text[], p_now_ms bigint, p_kept_ms bigint) RETURNS void
LANGUAGE sql AS $revoke_sessions$
  SELECT ${schema}.revoke(
    ARRAY(SELECT format('["s",%s,%s]', to_json(id), p_now_ms + p_kept_ms) FROM unnest(p_session_ids) AS id),
    p_now_ms + p_kept_ms, p_now_ms
  )
$revoke_sessions$;

-- Revokes what a caller names: of a token its end, of everything else for how long it is kept.
CREATE FUNCTION ${schema}.add_revocation(p_kind text, p_what text, p_ends_ms bigint, p_kept_ms bigint) RETURNS void
LANGUAGE plpgsql AS $add_revocation$
DECLARE
  now_ms bigint;
  until_ms bigint;
BEGIN
  PERFORM FROM ${schema}.revocation_log FOR UPDATE;
  now_ms := ${schema}.clock_ms();
  until_ms := CASE p_kind WHEN 't' THEN p_ends_ms WHEN 'k' THEN NULL ELSE now_ms + p_kept_ms END;
  IF until_ms <= now_ms THEN
    RETURN;
  END IF;
  PERFORM ${schema}.revoke(ARRAY[CASE p_kind
    WHEN 'k' THEN format('["k",%s]', p_what)
    WHEN 'u' THEN format('["u",%s,null,%s,%s]', p_what, now_ms, until_ms)
    WHEN 'e' THEN format('["e",%s,null,%s,%s]', p_what, now_ms, until_ms)
    ELSE format('["%s",%s,%s]', p_kind, p_what, until_ms)
  END], until_ms, now_ms);
END
$add_revocation$;

-- All that is revoked now, a line each, and the place after it: one statement, one view.
CREATE FUNCTION ${schema}.read_revocations(OUT last_position bigint, OUT last_history text, OUT entries text)
LANGUAGE plpgsql AS $read_revocations$
DECLARE
  now_ms bigint := ${schema}.clock_ms();
BEGIN
  SELECT l.position, l.history, (
    SELECT string_agg(r.entry, E'\\n') FROM ${schema}.revocations AS r WHERE r.until_ms IS NULL OR r.until_ms > now_ms
  ) INTO last_position, last_history, entries FROM ${schema}.revocation_log AS l;
END
$read_revocations$;

-- What came after a place; nulls where there is no such place, or something that came after it has left.
CREATE FUNCTION ${schema}.follow_revocations(
  p_position bigint, p_history text, p_limit bigint, OUT last_position bigint, OUT last_history text, OUT entries text
) LANGUAGE sql STABLE AS $follow_revocations$
  WITH held AS (
    SELECT r.position, r.history, r.entry FROM ${schema}.revocations AS r
    WHERE r.position >= p_position ORDER BY r.position LIMIT p_limit + 1
  )
  SELECT max(h.position), (array_agg(h.history ORDER BY h.position DESC))[1],
    string_agg(h.entry, E'\\n' ORDER BY h.position) FILTER (WHERE h.position > p_position)
  FROM held AS h
  HAVING bool_or(h.position = p_position AND h.history = p_history) AND count(*) = max(h.position) - p_position + 1
$follow_revocations$;
`;
}
