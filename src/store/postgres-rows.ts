/** How a row of PostgreSQL's answers spells a family. */
import type { EndReason } from "../errors.ts";
import type { Binding, Epochs, Family } from "./contract.ts";
import type { PostgresRow } from "./postgres-client.ts";

/**
 * The family that a row spells, or undefined where its columns are null. pg answers `bigint` as text, others as a number
 * or a bigint, and applications change that: each is converted here.
 */
export function familyOf(row: PostgresRow): Family | undefined {
  if (optional(row, "session_id") === undefined) return undefined;
  const reason = optional(row, "end_reason") as EndReason | undefined;
  return {
    sessionId: text(row, "session_id"),
    subject: text(row, "subject"),
    epochs: { subject: number(row, "subject_epoch"), everyone: number(row, "everyone_epoch") },
    generation: number(row, "generation"),
    current: text(row, "current_hash"),
    previous: optional(row, "previous_hash"),
    salt: optional(row, "salt"),
    keyId: text(row, "key_id"),
    rotatedAtMs: number(row, "rotated_at_ms"),
    replayFlag: row.replay_flag === true,
    replayStreak: number(row, "replay_streak"),
    attempt: optional(row, "attempt_hash"),
    createdAtMs: number(row, "created_at_ms"),
    idleExpiresAtMs: number(row, "idle_expires_at_ms"),
    absoluteExpiresAtMs: number(row, "absolute_expires_at_ms"),
    ended: reason && { reason, atMs: number(row, "ended_at_ms") },
    binding: bindingOf(optional(row, "jkt"), optional(row, "client_id")),
    metadata: text(row, "metadata"),
  };
}

/** The current epochs beside a family, from the same reading. */
export function currentEpochsOf(row: PostgresRow): Epochs {
  return { subject: number(row, "current_subject_epoch"), everyone: number(row, "current_everyone_epoch") };
}

/** Session ids that a function joined by commas, which no id has. */
export function idsOf(joined: unknown): readonly string[] {
  return typeof joined === "string" ? joined.split(",") : [];
}

export function text(row: PostgresRow, name: string): string {
  return row[name] as string;
}

export function number(row: PostgresRow, name: string): number {
  return Number(row[name]);
}

function optional(row: PostgresRow, name: string): string | undefined {
  return (row[name] as string | null) ?? undefined;
}

function bindingOf(jkt: string | undefined, clientId: string | undefined): Binding | undefined {
  return jkt === undefined && clientId === undefined ? undefined : { jkt, clientId };
}
