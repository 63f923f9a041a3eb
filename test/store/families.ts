/** Families and presentations for tests of the pure rules. */
import type { CreateFamily, Epochs, Family, RotateCommand } from "../../src/store/contract.ts";
import { startFamily } from "../../src/store/family.ts";

export const T0 = Date.parse("2026-05-01T12:00:00Z");
export const SECOND = 1000;
export const DAY = 86_400 * SECOND;
export const GRACE = 30 * SECOND;
export const ATTEMPT_WINDOW = 600 * SECOND;
export const NO_EPOCHS: Epochs = { subject: 0, everyone: 0 };

/** Text as long as a hash is, told apart by its name. */
export function hash(name: string): string {
  return name.padEnd(43, "_");
}

export function createCommand(changes: Partial<CreateFamily> = {}): CreateFamily {
  return {
    sessionId: "A".repeat(35),
    address: { subject: "ann", shard: 0, tags: ["AAAAAAAAAAA"] },
    secretHash: hash("g0"),
    keyId: "key-a1",
    idleMs: 14 * DAY,
    absoluteMs: 90 * DAY,
    binding: undefined,
    metadata: "{}",
    expectedEpoch: undefined,
    limit: undefined,
    ...changes,
  };
}

/** A family in generation 5 that rotated at T0. */
export function familyAt5(changes: Partial<Family> = {}): Family {
  return {
    ...startFamily(createCommand(), NO_EPOCHS, T0 - DAY),
    generation: 5,
    current: hash("g5"),
    previous: hash("g4"),
    salt: "salt-of-5",
    rotatedAtMs: T0,
    idleExpiresAtMs: T0 + 14 * DAY,
    ...changes,
  };
}

/** The presentation of generation `generation`'s token. */
export function present(generation: number, changes: Partial<RotateCommand> = {}): RotateCommand {
  return {
    sessionId: "A".repeat(35),
    generation,
    presentedHash: hash(`g${generation}`),
    proposal: { secretHash: hash(`g${generation + 1}`), salt: "salt-proposed", keyId: "key-b2" },
    attempt: undefined,
    binding: undefined,
    graceMs: GRACE,
    attemptWindowMs: ATTEMPT_WINDOW,
    idleMs: 14 * DAY,
    maxReplayStreak: undefined,
    onRegressed: "end",
    ...changes,
  };
}
