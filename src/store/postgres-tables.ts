/** The tables of the PostgreSQL store, and the expressions that more than one of its functions needs. */
import { DEAD_SESSION_MS } from "./retention.ts";

const DAY_MS = 86_400_000;

/**
 * From when on a row of `sessions` may be removed, as `removableFromMs` of retention.ts. (`least` passes over nulls.)
 * @param row what the columns are qualified with
 */
export function removableFrom(row: string): string {
  return `least(${row}.idle_expires_at_ms, ${row}.ended_at_ms) + ${DEAD_SESSION_MS}`;
}

/** The number of the day, in UTC, in which a time in milliseconds lies. */
export function dayOf(milliseconds: string): string {
  return `((${milliseconds}) / ${DAY_MS})`;
}

/** All times are milliseconds since 1970 on this server's clock. Nothing here can be used as a token. */
export function tables(schema: string): string {
  return `
-- One row a session, of constant size however often it rotates.
CREATE TABLE ${schema}.sessions (
  -- 35 characters. "C" sorts by byte, as the application does.
  session_id             text COLLATE "C" PRIMARY KEY,
  subject                text COLLATE "C" NOT NULL,
  -- The epochs when the session started; below the current ones it is over.
  subject_epoch          bigint NOT NULL,
  everyone_epoch         bigint NOT NULL,
  -- How often it rotated.
  generation             bigint NOT NULL,
  -- SHA-256 of the secrets of this generation and of the one before, base64url.
  current_hash           text NOT NULL,
  previous_hash          text,
  -- What the current secret was derived from, with the refresh secret of that id and the token before.
  salt                   text,
  key_id                 text NOT NULL,
  rotated_at_ms          bigint NOT NULL,
  -- A retry without its attempt was answered in this generation; and for how many in a row before it.
  replay_flag            boolean NOT NULL,
  replay_streak          integer NOT NULL,
  -- The attempt that won this generation, hashed.
  attempt_hash           text,
  created_at_ms          bigint NOT NULL,
  idle_expires_at_ms     bigint NOT NULL,
  absolute_expires_at_ms bigint NOT NULL,
  -- Both null until an operation ends the session; expiry alone leaves them null.
  end_reason             text,
  ended_at_ms            bigint,
  -- Who alone may refresh: a DPoP key's thumbprint, a client.
  jkt                    text,
  client_id              text,
  -- JSON text of at most 4 KiB.
  metadata               text NOT NULL,
  -- What sweeping goes by. A day, not a millisecond, so that a rotation rarely touches an index (HOT updates).
  removable_day          bigint NOT NULL GENERATED ALWAYS AS (
    ${dayOf(`least(idle_expires_at_ms, ended_at_ms) + ${DEAD_SESSION_MS}`)}
  ) STORED
) WITH (fillfactor = 70);
CREATE INDEX sessions_by_subject ON ${schema}.sessions (subject, created_at_ms, session_id);
CREATE INDEX sessions_by_end ON ${schema}.sessions (removable_day);

-- One row a subject that has sessions, or logged out everywhere: the lock under which its sessions start and are ended.
CREATE TABLE ${schema}.subjects (
  subject text COLLATE "C" PRIMARY KEY,
  -- 0 until the subject's first "log out everywhere".
  epoch   bigint NOT NULL
) WITH (fillfactor = 70);

-- At most one row: the moment since which every session of the issuer must have started.
CREATE TABLE ${schema}.everyone_epochs (
  shard integer PRIMARY KEY,
  epoch bigint NOT NULL
);

-- Tokens that work once. The id is SHA-256 of what was used, so that its length is bounded.
CREATE TABLE ${schema}.used_ids (
  id                text COLLATE "C" PRIMARY KEY,
  removable_from_ms bigint NOT NULL
);
CREATE INDEX used_ids_by_end ON ${schema}.used_ids (removable_from_ms);
`;
}
