/**
 * The life of a session as pure functions: what a presented refresh token leads to, in the order of the table in
 * docs/decisions/0002. Every store runs these, inside one atomic operation; nothing here does I/O or reads a clock.
 */
import { timingSafeEqual } from "node:crypto";
import type { EndReason } from "../errors.ts";
import type { Binding, CreateFamily, Epochs, Family, RotateCommand, RotateOutcome } from "./contract.ts";

/** An outcome, and the record to store where the outcome changes it. */
export interface Decision {
  readonly outcome: RotateOutcome;
  readonly next: Family | undefined;
}

/** What `decideRotation` judges, all of it read at one moment. */
export interface Presentation {
  readonly family: Family | undefined;
  /** The current epochs of the family's subject and shard. */
  readonly epochs: Epochs;
  readonly command: RotateCommand;
  /** The store's clock, read once. */
  readonly clockMs: number;
}

/** Decides one presentation of a refresh token whose MAC was valid. The first row that matches wins. */
export function decideRotation({ family, epochs, command, clockMs: nowMs }: Presentation): Decision {
  // No record: it never was, or it died so long ago that it was swept.
  if (family === undefined) return unchanged({ outcome: "ended", nowMs, reason: "unknown", endedNow: false, family });

  // Over already.
  const reason = endReasonOf(family, epochs, nowMs);
  if (reason !== undefined) return unchanged({ outcome: "ended", nowMs, reason, endedNow: false, family });

  // The wrong DPoP key or client: nothing is consumed, so that a thief without the key cannot log anybody out.
  if (!meetsBinding(family.binding, command.binding)) return unchanged({ outcome: "binding", nowMs, family });

  const presented = command.generation;
  const current = family.generation;

  // The current token.
  if (presented === current && sameHash(command.presentedHash, family.current)) return rotate(family, command, nowMs);

  // The token before: a retry within its window, else theft.
  if (presented === current - 1 && sameHash(command.presentedHash, family.previous)) {
    const explained = meetsAttempt(family, command);
    const windowMs = explained ? Math.max(command.graceMs, command.attemptWindowMs) : command.graceMs;
    const elapsedMs = laterOf(nowMs, family.rotatedAtMs) - family.rotatedAtMs;
    return elapsedMs <= windowMs ? replay(family, explained, nowMs) : reuse(family, nowMs);
  }

  // An older token, even within the window: whoever holds the one after it has already answered for this one.
  if (presented < current - 1) return reuse(family, nowMs);

  // We issued this token (its MAC is ours) and the store has not heard of it: it lost a write. One can be mended.
  if (presented === current + 1 && command.onRegressed === "heal") return rotate(family, command, nowMs);
  if (presented > current) return end(family, "regressed", nowMs);

  // Two tokens of one generation, both ours: the store took two histories. Never called theft.
  return end(family, "forked", nowMs);
}

/** Why a session is over at this moment, or undefined while it lives. At the very millisecond of its expiry it is over. */
export function endReasonOf(family: Family, epochs: Epochs, clockMs: number): EndReason | undefined {
  if (family.ended !== undefined) return family.ended.reason;
  if (laterOf(clockMs, family.rotatedAtMs) >= family.idleExpiresAtMs) {
    return family.idleExpiresAtMs < family.absoluteExpiresAtMs ? "idle" : "absolute";
  }
  const past = family.epochs.subject < epochs.subject || family.epochs.everyone < epochs.everyone;
  return past ? "epoch" : undefined;
}

/** The record of a session that starts now. */
export function startFamily(command: CreateFamily, epochs: Epochs, clockMs: number): Family {
  const absoluteExpiresAtMs = clockMs + command.absoluteMs;
  return {
    sessionId: command.sessionId,
    subject: command.address.subject,
    epochs,
    generation: 0,
    current: command.secretHash,
    previous: undefined,
    salt: undefined,
    keyId: command.keyId,
    rotatedAtMs: clockMs,
    replayFlag: false,
    replayStreak: 0,
    attempt: undefined,
    createdAtMs: clockMs,
    idleExpiresAtMs: Math.min(clockMs + command.idleMs, absoluteExpiresAtMs),
    absoluteExpiresAtMs,
    ended: undefined,
    binding: command.binding,
    metadata: command.metadata,
  };
}

/** The record of a session that an operation ends now. */
export function endFamily(family: Family, reason: EndReason, clockMs: number): Family {
  return { ...family, ended: { reason, atMs: clockMs } };
}

/** The epoch after this one. The store's time keeps it from starting low again where the store was restored. */
export function nextEpoch(epoch: number, clockMs: number): number {
  return Math.max(epoch + 1, clockMs);
}

/** One number that moves whenever either epoch does, since both only grow. */
export function startEpoch(epochs: Epochs): number {
  return epochs.subject + epochs.everyone;
}

function rotate(family: Family, command: RotateCommand, nowMs: number): Decision {
  const replayStreak = family.replayFlag ? family.replayStreak + 1 : 0;
  if (command.maxReplayStreak !== undefined && replayStreak >= command.maxReplayStreak) return reuse(family, nowMs);
  const rotatedAtMs = laterOf(nowMs, family.rotatedAtMs);
  const next: Family = {
    ...family,
    generation: command.generation + 1,
    current: command.proposal.secretHash,
    previous: command.presentedHash,
    salt: command.proposal.salt,
    keyId: command.proposal.keyId,
    rotatedAtMs,
    replayFlag: false,
    replayStreak,
    attempt: command.attempt?.hash,
    idleExpiresAtMs: Math.min(rotatedAtMs + command.idleMs, family.absoluteExpiresAtMs),
  };
  return { outcome: { outcome: "rotated", nowMs, family: next }, next };
}

/** The window does not move and idle expiry is not extended: all that a replay may change is one bit. */
function replay(family: Family, explained: boolean, nowMs: number): Decision {
  if (explained || family.replayFlag) return unchanged({ outcome: "replayed", nowMs, family });
  const next: Family = { ...family, replayFlag: true };
  return { outcome: { outcome: "replayed", nowMs, family: next }, next };
}

function reuse(family: Family, nowMs: number): Decision {
  const next = endFamily(family, "reuse", nowMs);
  return { outcome: { outcome: "reused", nowMs, family: next }, next };
}

function end(family: Family, reason: EndReason, nowMs: number): Decision {
  const next = endFamily(family, reason, nowMs);
  return { outcome: { outcome: "ended", nowMs, reason, endedNow: true, family: next }, next };
}

function unchanged(outcome: RotateOutcome): Decision {
  return { outcome, next: undefined };
}

/** Only what came as the verifier itself proves anything: a copied challenge never matches. */
function meetsAttempt(family: Family, command: RotateCommand): boolean {
  return command.attempt?.verified === true && sameHash(command.attempt.hash, family.attempt);
}

function meetsBinding(bound: Binding | undefined, presented: Binding | undefined): boolean {
  return (
    (bound?.jkt === undefined || bound.jkt === presented?.jkt) &&
    (bound?.clientId === undefined || bound.clientId === presented?.clientId)
  );
}

function sameHash(presented: string, stored: string | undefined): boolean {
  if (stored === undefined || presented.length !== stored.length) return false;
  return timingSafeEqual(Buffer.from(presented), Buffer.from(stored));
}

/** A clock that jumped back (a failover, an NTP step) must reopen no window and revive no session. */
function laterOf(clockMs: number, rotatedAtMs: number): number {
  return Math.max(clockMs, rotatedAtMs);
}
