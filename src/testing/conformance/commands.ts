/** The commands that rules are spoken in: what sessions would send, with random text in the place of hashes. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import type {
  CreateFamily,
  CreateOutcome,
  Family,
  FamilyReading,
  RotateCommand,
  RotateOutcome,
  SessionStore,
  SubjectAddress,
} from "../../store/contract.ts";
import { decideRotation } from "../../store/family.ts";
import { formatSessionId, SESSION_RANDOM_BYTES, SUBJECT_TAG_BYTES } from "../../store/session-id.ts";

export const DAY_MS = 86_400_000;
export const IDLE_MS: number = 14 * DAY_MS;
export const ABSOLUTE_MS: number = 90 * DAY_MS;
export const GRACE_MS = 30_000;
export const ATTEMPT_WINDOW_MS = 600_000;

/** A window that closed before it opened: what comes later than it, whatever the time. */
export const CLOSED_MS = -1;
/** A window that no run of these rules outlasts. */
export const OPEN_MS: number = DAY_MS;

/** Text of the length of a SHA-256 in base64url, never the same twice. */
export function randomHash(): string {
  return createHash("sha256").update(randomBytes(32)).digest("base64url");
}

/** A subject that nobody else has, at the shard it hashes to. */
export function newSubject(store: SessionStore): SubjectAddress {
  const subject = `user ${randomBytes(12).toString("base64url")}`;
  const shard = createHash("sha256").update(subject).digest().readUInt32BE(0) % store.shards;
  return { subject, shard, tags: [randomBytes(SUBJECT_TAG_BYTES).toString("base64url")] };
}

export function createCommand(address: SubjectAddress, changes: Partial<CreateFamily> = {}): CreateFamily {
  const tag = Buffer.from(address.tags[0] ?? "", "base64url");
  return {
    sessionId: formatSessionId(address.shard, tag, randomBytes(SESSION_RANDOM_BYTES)),
    address,
    secretHash: randomHash(),
    keyId: "AAAAAA",
    idleMs: IDLE_MS,
    absoluteMs: ABSOLUTE_MS,
    binding: undefined,
    metadata: "{}",
    expectedEpoch: undefined,
    limit: undefined,
    ...changes,
  };
}

export async function create(
  store: SessionStore,
  address: SubjectAddress,
  changes: Partial<CreateFamily> = {},
): Promise<Extract<CreateOutcome, { readonly outcome: "created" }>> {
  const created = await store.create(createCommand(address, changes));
  assert.equal(created.outcome, "created");
  return created as Extract<CreateOutcome, { readonly outcome: "created" }>;
}

/** A session of a subject of its own. */
export async function start(store: SessionStore, changes: Partial<CreateFamily> = {}): Promise<Family> {
  return (await create(store, newSubject(store), changes)).family;
}

/** The presentation of the family's current token. */
export function presentation(family: Family, changes: Partial<RotateCommand> = {}): RotateCommand {
  return {
    sessionId: family.sessionId,
    generation: family.generation,
    presentedHash: family.current,
    proposal: { secretHash: randomHash(), salt: randomBytes(16).toString("base64url"), keyId: "AAAAAA" },
    attempt: undefined,
    binding: family.binding,
    graceMs: GRACE_MS,
    attemptWindowMs: ATTEMPT_WINDOW_MS,
    idleMs: IDLE_MS,
    maxReplayStreak: undefined,
    onRegressed: "end",
    ...changes,
  };
}

/** The presentation of the token that the family rotated last. */
export function retryOf(family: Family, changes: Partial<RotateCommand> = {}): RotateCommand {
  return presentation(family, {
    generation: family.generation - 1,
    presentedHash: family.previous ?? "",
    graceMs: OPEN_MS,
    ...changes,
  });
}

/** Rotates, and demands that it worked. */
export async function rotate(
  store: SessionStore,
  family: Family,
  changes: Partial<RotateCommand> = {},
): Promise<Family> {
  const result = await store.rotate(presentation(family, changes));
  assert.equal(result.outcome, "rotated");
  return result.family as Family;
}

export async function readFamily(store: SessionStore, sessionId: string): Promise<FamilyReading> {
  const reading = await store.read(sessionId);
  assert.ok(reading, "the record is there");
  return reading;
}

/**
 * Presents a token, and demands that outcome and record are exactly what the state machine says for the record before
 * and the time that the store answered.
 */
export async function present(
  store: SessionStore,
  command: RotateCommand,
  expected?: RotateOutcome["outcome"],
): Promise<RotateOutcome> {
  const before = await readFamily(store, command.sessionId);
  const outcome = await store.rotate(command);
  const after = await readFamily(store, command.sessionId);
  const decision = decideRotation({ ...before, command, clockMs: outcome.nowMs });
  assert.deepEqual(plain(outcome), plain(decision.outcome));
  assert.deepEqual(plain(after.family), plain(decision.next ?? before.family));
  if (expected !== undefined) assert.equal(outcome.outcome, expected);
  return outcome;
}

/** Demands that a presentation finds the session over, for this reason. */
export async function assertOver(store: SessionStore, command: RotateCommand, reason: string): Promise<void> {
  const outcome = await store.rotate(command);
  assert.equal(outcome.outcome, "ended");
  assert.equal(outcome.outcome === "ended" && outcome.reason, reason);
}

/** Without members that are undefined: whether a store spells them out is its own business. */
export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
