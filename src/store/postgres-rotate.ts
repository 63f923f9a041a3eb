/** A rotation as it goes to PostgreSQL and comes back: one line each way. */
import type { EndReason } from "../errors.ts";
import type { RotateCommand, RotateOutcome } from "./contract.ts";
import { ask, askForSeveral, type PostgresClient } from "./postgres-client.ts";
import { type Gathered, Gathering } from "./postgres-gathering.ts";
import { familyOf } from "./postgres-rows.ts";

/** The rotations of one store. */
export class PostgresRotations {
  readonly #keptMs: number;
  readonly #gathering: Gathering<Sent, RotateOutcome>;

  /** @param schema quoted */
  constructor(client: PostgresClient, schema: string, keptMs: number) {
    this.#keptMs = keptMs;
    this.#gathering = new Gathering(statements(client, schema));
  }

  async rotate(command: RotateCommand): Promise<RotateOutcome> {
    return this.#gathering.ask({ sessionId: command.sessionId, line: commandLine(command, this.#keptMs) });
  }
}

interface Sent {
  readonly sessionId: string;
  readonly line: string;
}

function statements(client: PostgresClient, schema: string): Gathered<Sent, RotateOutcome> {
  const one = `SELECT ${schema}.rotate_one($1) AS answer`;
  const some = `SELECT ${schema}.rotate_some($1) AS answer`;
  return {
    nameOf: ({ sessionId }) => sessionId,
    async alone({ line }) {
      const [row] = await ask(client, one, [line]);
      if (typeof row?.answer !== "string") throw new Error("PostgreSQL answered rotate_one with no row");
      return rotateOutcome(row.answer);
    },
    async together(sent) {
      const rows = await askForSeveral(client, some, [sent.map(({ line }) => line).join("\n")]);
      const answer = rows === "refused" ? undefined : rows[0]?.answer;
      const outcomes = typeof answer === "string" ? answer.split("\n").map(rotateOutcome) : [];
      return new Map(outcomes.map((outcome) => [outcome.family?.sessionId ?? "", outcome]));
    },
  };
}

/**
 * A command as one line, its fields in the order of `at` in postgres-short-way.ts, nothing for what is absent.
 * @throws for a session id or a hash with a space in it, which is none
 */
function commandLine(command: RotateCommand, keptMs: number): string {
  const { sessionId, presentedHash, proposal, attempt, binding } = command;
  return [
    plain(sessionId),
    command.generation,
    plain(presentedHash),
    plain(proposal.secretHash),
    plain(proposal.salt),
    anyText(proposal.keyId),
    attempt === undefined ? "" : plain(attempt.hash),
    attempt?.verified ?? false,
    anyText(binding?.jkt),
    anyText(binding?.clientId),
    command.graceMs,
    command.attemptWindowMs,
    command.idleMs,
    command.maxReplayStreak ?? "",
    command.onRegressed === "heal",
    keptMs,
  ].join(" ");
}

const SEPARATOR = /[ \n]/;

function plain(value: string): string {
  if (SEPARATOR.test(value)) throw new RangeError("a session id, hash or salt must be base64url text");
  return value;
}

/** A JSON string without a space in it. */
function anyText(value: string | undefined): string {
  return value === undefined ? "" : JSON.stringify(value.toWellFormed()).replaceAll(" ", "\\u0020");
}

/** What `line` in postgres-short-way.ts wrote. */
function rotateOutcome(line: string): RotateOutcome {
  // In no field before it is there a bracket.
  const rest = line.indexOf("[");
  const [outcome, now, reason, endedNow, session_id, ...numbers] = line.slice(0, rest).trimEnd().split(" ");
  const nowMs = Number(now);
  const family = session_id === undefined ? undefined : familyOf(rowOf(session_id, numbers, line.slice(rest)));
  if (outcome === "ended") {
    return { outcome, nowMs, reason: reason as EndReason, endedNow: endedNow === "t", family };
  }
  if (family === undefined) throw new Error("PostgreSQL answered without the session that it decided on");
  return { outcome: outcome as "rotated" | "replayed" | "reused" | "binding", nowMs, family };
}

function rowOf(session_id: string, numbers: readonly string[], rest: string): Readonly<Record<string, unknown>> {
  const [subject_epoch, everyone_epoch, generation, rotated_at_ms, replay_flag, replay_streak, ...times] = numbers;
  const [created_at_ms, idle_expires_at_ms, absolute_expires_at_ms, current_hash] = times;
  const [subject, previous_hash, salt, key_id, attempt_hash, jkt, client_id, metadata, end_reason, ended_at_ms] =
    JSON.parse(rest) as readonly unknown[];
  return {
    session_id,
    subject,
    subject_epoch,
    everyone_epoch,
    generation,
    current_hash,
    previous_hash,
    salt,
    key_id,
    rotated_at_ms,
    replay_flag: replay_flag === "t",
    replay_streak,
    attempt_hash,
    created_at_ms,
    idle_expires_at_ms,
    absolute_expires_at_ms,
    end_reason,
    ended_at_ms,
    jkt,
    client_id,
    metadata,
  };
}
