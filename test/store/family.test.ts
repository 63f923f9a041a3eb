import { describe, expect, it } from "vitest";
import type { Epochs, Family, RotateCommand } from "../../src/store/contract.ts";
import { decideRotation, endReasonOf, nextEpoch, startEpoch, startFamily } from "../../src/store/family.ts";
import {
  ATTEMPT_WINDOW,
  createCommand,
  DAY,
  familyAt5,
  GRACE,
  hash,
  NO_EPOCHS,
  present,
  SECOND,
  T0,
} from "./families.ts";

function decide(command: RotateCommand, family: Family | undefined = familyAt5(), clockMs = T0, epochs = NO_EPOCHS) {
  const before = family === undefined ? undefined : structuredClone(family);
  const decision = decideRotation({ family, epochs, command, clockMs });
  expect(family).toEqual(before);
  expect(decision.outcome.nowMs).toBe(clockMs);
  return decision;
}

describe("no record", () => {
  it("is a session that is over, for an unknown reason", () => {
    const decision = decideRotation({ family: undefined, epochs: NO_EPOCHS, command: present(5), clockMs: T0 });
    expect(decision).toEqual({
      outcome: { outcome: "ended", nowMs: T0, reason: "unknown", endedNow: false, family: undefined },
      next: undefined,
    });
  });
});

describe("a session that is over", () => {
  const overs: [string, Partial<Family>, number, Epochs][] = [
    ["logout", { ended: { reason: "logout", atMs: T0 } }, T0, NO_EPOCHS],
    ["reuse", { ended: { reason: "reuse", atMs: T0 } }, T0 + 99 * DAY, { subject: 9, everyone: 9 }],
    ["idle", {}, T0 + 14 * DAY, NO_EPOCHS],
    ["absolute", { idleExpiresAtMs: T0 + DAY, absoluteExpiresAtMs: T0 + DAY }, T0 + DAY, NO_EPOCHS],
    ["epoch", {}, T0, { subject: 1, everyone: 0 }],
    ["epoch", {}, T0, { subject: 0, everyone: 1 }],
  ];
  it.each(overs)("answers %s, and stays as it is", (reason, changes, clockMs, epochs) => {
    const family = familyAt5(changes);
    for (const command of [present(5), present(4), present(1), present(6), present(5, { presentedHash: hash("x") })]) {
      const { outcome, next } = decide(command, family, clockMs, epochs);
      expect(outcome).toEqual({ outcome: "ended", nowMs: clockMs, reason, endedNow: false, family });
      expect(next).toBeUndefined();
    }
  });

  it("lives until the millisecond before its expiry", () => {
    expect(decide(present(5), familyAt5(), T0 + 14 * DAY - 1).outcome.outcome).toBe("rotated");
    expect(decide(present(5), familyAt5(), T0 + 14 * DAY).outcome.outcome).toBe("ended");
  });

  it("is told by the deadline that came first", () => {
    expect(endReasonOf(familyAt5(), NO_EPOCHS, T0 + 200 * DAY)).toBe("idle");
    const family = familyAt5({ idleExpiresAtMs: T0 + 89 * DAY, absoluteExpiresAtMs: T0 + 89 * DAY });
    expect(endReasonOf(family, NO_EPOCHS, T0 + 200 * DAY)).toBe("absolute");
  });

  it("is not ended by epochs that are its own", () => {
    const epochs = { subject: 7, everyone: 8 };
    expect(endReasonOf(familyAt5({ epochs }), epochs, T0)).toBeUndefined();
    // A store restored from an older copy forgets logouts; it must not turn that into new ones.
    expect(endReasonOf(familyAt5({ epochs }), NO_EPOCHS, T0)).toBeUndefined();
  });
});

describe("another key or client", () => {
  const family = familyAt5({ binding: { jkt: "key", clientId: "web" } });
  it.each([
    undefined,
    {},
    { jkt: "other", clientId: "web" },
    { jkt: "key", clientId: "other" },
    { jkt: "key" },
    { clientId: "web" },
  ])("%j is refused, and nothing changes", (binding) => {
    for (const generation of [5, 4, 1, 6]) {
      const { outcome, next } = decide(present(generation, { binding }), family, T0 + DAY);
      expect(outcome).toEqual({ outcome: "binding", nowMs: T0 + DAY, family });
      expect(next).toBeUndefined();
    }
  });

  it("is only asked for where one is bound", () => {
    expect(decide(present(5, { binding: { jkt: "any" } })).outcome.outcome).toBe("rotated");
    const half = familyAt5({ binding: { jkt: "key" } });
    expect(decide(present(5, { binding: { jkt: "key", clientId: "any" } }), half).outcome.outcome).toBe("rotated");
  });
});

describe("the current token", () => {
  it("rotates", () => {
    const command = present(5, { attempt: { hash: hash("attempt"), verified: false } });
    const { outcome, next } = decide(command, familyAt5(), T0 + DAY);
    expect(next).toEqual(
      familyAt5({
        generation: 6,
        current: hash("g6"),
        previous: hash("g5"),
        salt: "salt-proposed",
        keyId: "key-b2",
        rotatedAtMs: T0 + DAY,
        attempt: hash("attempt"),
        idleExpiresAtMs: T0 + 15 * DAY,
      }),
    );
    expect(outcome).toEqual({ outcome: "rotated", nowMs: T0 + DAY, family: next });
  });

  it("rotates whatever its attempt is", () => {
    for (const verified of [true, false]) {
      const { next } = decide(present(5, { attempt: { hash: hash("a"), verified } }));
      expect(next?.attempt).toBe(hash("a"));
    }
    expect(decide(present(5), familyAt5({ attempt: hash("a") })).next?.attempt).toBeUndefined();
  });

  it("moves idle expiry, up to absolute expiry, which never moves", () => {
    const family = familyAt5({ absoluteExpiresAtMs: T0 + 15 * DAY });
    const { next } = decide(present(5), family, T0 + 2 * DAY);
    expect(next?.idleExpiresAtMs).toBe(T0 + 15 * DAY);
    expect(next?.absoluteExpiresAtMs).toBe(T0 + 15 * DAY);
  });

  it("adds to the streak after an unexplained replay, and ends it otherwise", () => {
    expect(decide(present(5), familyAt5({ replayFlag: true, replayStreak: 2 })).next).toMatchObject({
      replayFlag: false,
      replayStreak: 3,
    });
    expect(decide(present(5), familyAt5({ replayFlag: false, replayStreak: 2 })).next?.replayStreak).toBe(0);
  });

  it("is reuse where the streak has reached its most, and only there", () => {
    const family = familyAt5({ replayFlag: true, replayStreak: 2 });
    expect(decide(present(5, { maxReplayStreak: 4 }), family).outcome.outcome).toBe("rotated");
    const { outcome, next } = decide(present(5, { maxReplayStreak: 3 }), family);
    expect(outcome.outcome).toBe("reused");
    expect(next?.ended).toEqual({ reason: "reuse", atMs: T0 });
    const quiet = familyAt5({ replayStreak: 2 });
    expect(decide(present(5, { maxReplayStreak: 1 }), quiet).outcome.outcome).toBe("rotated");
  });
});

describe("the token before", () => {
  it("is replayed until the last millisecond of grace", () => {
    for (const [elapsed, expected] of [
      [0, "replayed"],
      [GRACE, "replayed"],
      [GRACE + 1, "reused"],
    ] as const) {
      expect(decide(present(4), familyAt5(), T0 + elapsed).outcome.outcome).toBe(expected);
    }
  });

  it("sets one bit, the first time, and moves no window", () => {
    const { outcome, next } = decide(present(4), familyAt5(), T0 + 1);
    expect(next).toEqual(familyAt5({ replayFlag: true }));
    expect(outcome).toEqual({ outcome: "replayed", nowMs: T0 + 1, family: next });
    expect(decide(present(4), next, T0 + 2).next).toBeUndefined();
  });

  it("is replayed for its verifier until the last millisecond of the attempt's window, and leaves no trace", () => {
    const family = familyAt5({ attempt: hash("a") });
    const retry = present(4, { attempt: { hash: hash("a"), verified: true } });
    for (const [elapsed, expected] of [
      [0, "replayed"],
      [GRACE + 1, "replayed"],
      [ATTEMPT_WINDOW, "replayed"],
      [ATTEMPT_WINDOW + 1, "reused"],
    ] as const) {
      const { outcome, next } = decide(retry, family, T0 + elapsed);
      expect(outcome.outcome).toBe(expected);
      if (expected === "replayed") expect(next).toBeUndefined();
    }
  });

  it("gets grace for its verifier too, where the attempt's window is the shorter", () => {
    const retry = present(4, { attempt: { hash: hash("a"), verified: true }, attemptWindowMs: 0 });
    expect(decide(retry, familyAt5({ attempt: hash("a") }), T0 + GRACE).outcome.outcome).toBe("replayed");
  });

  it.each([
    ["a challenge", { hash: hash("a"), verified: false }, hash("a")],
    ["another verifier", { hash: hash("b"), verified: true }, hash("a")],
    ["a verifier of another length", { hash: "a", verified: true }, hash("a")],
    ["a verifier where the winner sent none", { hash: hash("a"), verified: true }, undefined],
    ["none", undefined, hash("a")],
    ["none where the winner sent none", undefined, undefined],
  ])("gets no longer window for %s, and leaves its trace", (_, attempt, stored) => {
    const family = familyAt5({ attempt: stored });
    expect(decide(present(4, { attempt }), family, T0 + GRACE + 1).outcome.outcome).toBe("reused");
    expect(decide(present(4, { attempt }), family, T0 + GRACE).next?.replayFlag).toBe(true);
  });

  it("ends the session when it is late", () => {
    const { outcome, next } = decide(present(4), familyAt5(), T0 + GRACE + 1);
    expect(next).toEqual(familyAt5({ ended: { reason: "reuse", atMs: T0 + GRACE + 1 } }));
    expect(outcome).toEqual({ outcome: "reused", nowMs: T0 + GRACE + 1, family: next });
  });

  it("does not exist in generation 0", () => {
    const family = startFamily(createCommand(), NO_EPOCHS, T0);
    expect(decide(present(-1), family).outcome).toMatchObject({ outcome: "ended", reason: "forked" });
  });
});

describe("an older token", () => {
  it.each([0, 1, 2, 3])("of generation %i is reuse, within grace and with an attempt too", (generation) => {
    const attempt = { hash: hash("a"), verified: true };
    const family = familyAt5({ attempt: hash("a") });
    expect(decide(present(generation, { attempt }), family, T0 + 1).outcome.outcome).toBe("reused");
    const wrong = present(generation, { presentedHash: hash("x") });
    expect(decide(wrong).outcome.outcome).toBe("reused");
  });
});

describe("a store that lost writes or forked", () => {
  it.each([
    ["regressed", 6, hash("g6")],
    ["regressed", 99, hash("g99")],
    ["forked", 5, hash("x")],
    ["forked", 4, hash("x")],
  ])("ends the session as %s at generation %i, and never calls it theft", (reason, generation, presentedHash) => {
    const { outcome, next } = decide(present(generation, { presentedHash }));
    expect(next).toEqual(familyAt5({ ended: { reason: reason as "forked", atMs: T0 } }));
    expect(outcome).toEqual({ outcome: "ended", nowMs: T0, reason, endedNow: true, family: next });
  });

  it("heals one lost rotation where that was asked for", () => {
    const { outcome, next } = decide(present(6, { onRegressed: "heal" }), familyAt5(), T0 + SECOND);
    expect(outcome.outcome).toBe("rotated");
    expect(next).toMatchObject({ generation: 7, current: hash("g7"), previous: hash("g6"), rotatedAtMs: T0 + SECOND });
  });

  it("heals no more than one, and no fork", () => {
    expect(decide(present(7, { onRegressed: "heal" })).outcome).toMatchObject({ reason: "regressed" });
    const forked = present(5, { presentedHash: hash("x"), onRegressed: "heal" });
    expect(decide(forked).outcome).toMatchObject({ reason: "forked" });
  });
});

describe("a clock that jumped back", () => {
  it("reopens no window, and stamps the earlier time", () => {
    const hourAgo = T0 - 3600 * SECOND;
    const { outcome, next } = decide(present(5), familyAt5(), hourAgo);
    expect(outcome.nowMs).toBe(hourAgo);
    expect(next?.rotatedAtMs).toBe(T0);
    expect(next?.idleExpiresAtMs).toBe(T0 + 14 * DAY);
    expect(decide(present(4), familyAt5(), hourAgo).outcome.outcome).toBe("replayed");
  });

  it("revives no session that expired by the time of its last rotation", () => {
    const family = familyAt5({ idleExpiresAtMs: T0, absoluteExpiresAtMs: T0 });
    expect(endReasonOf(family, NO_EPOCHS, T0 - DAY)).toBe("absolute");
  });
});

describe("epochs", () => {
  it("grow by one at least, and to the store's time", () => {
    expect(nextEpoch(0, T0)).toBe(T0);
    expect(nextEpoch(T0, T0)).toBe(T0 + 1);
    expect(nextEpoch(T0 + 5, T0)).toBe(T0 + 6);
  });

  it("move the start epoch, whichever of them moves", () => {
    const start = startEpoch({ subject: 5, everyone: 9 });
    expect(startEpoch({ subject: 6, everyone: 9 })).toBeGreaterThan(start);
    expect(startEpoch({ subject: 5, everyone: 10 })).toBeGreaterThan(start);
    expect(Number.isSafeInteger(startEpoch({ subject: T0 * 100, everyone: T0 * 100 }))).toBe(true);
  });
});
