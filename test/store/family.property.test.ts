import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Family, RotateOutcome } from "../../src/store/contract.ts";
import { decideRotation, startFamily } from "../../src/store/family.ts";
import { createCommand, DAY, GRACE, hash, NO_EPOCHS, present, T0 } from "./families.ts";

/** One presentation: how many generations back the token is, how long after the last, by whom. */
const step = fc.record({
  back: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: fc.constant(1) }, fc.nat(4)),
  waitMs: fc.oneof(fc.nat(GRACE), fc.nat(2 * GRACE), fc.integer({ min: -DAY, max: 15 * DAY })),
  attempt: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Played {
  readonly before: Family;
  readonly outcome: RotateOutcome;
  readonly after: Family;
  readonly presented: number;
  readonly clockMs: number;
}

/** Presents tokens one after the other. Every winner's secret is distinct, as a random salt makes it. */
function play(steps: readonly Step[], maxReplayStreak: number | undefined): Played[] {
  let family = startFamily(createCommand(), NO_EPOCHS, T0);
  let clockMs = T0;
  const hashes = new Map([[0, family.current]]);
  return steps.map(({ back, waitMs, attempt }, index) => {
    clockMs += waitMs;
    const before = family;
    const presented = Math.max(0, family.generation - back);
    const command = present(presented, {
      presentedHash: hashes.get(presented) ?? "",
      proposal: { secretHash: hash(`winner ${index}`), salt: `salt ${index}`, keyId: "key-a1" },
      attempt: attempt ? { hash: hash(`attempt ${presented}`), verified: true } : undefined,
      maxReplayStreak,
    });
    const { outcome, next } = decideRotation({ family, epochs: NO_EPOCHS, command, clockMs });
    family = next ?? family;
    hashes.set(family.generation, family.current);
    return { before, outcome, after: family, presented, clockMs };
  });
}

const games = fc.tuple(
  fc.array(step, { minLength: 1, maxLength: 60 }),
  fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
);

function always(check: (played: Played) => void): void {
  fc.assert(
    fc.property(games, ([steps, maxReplayStreak]) => {
      for (const played of play(steps, maxReplayStreak)) check(played);
    }),
    { numRuns: 400, seed: 20260501 },
  );
}

describe("whatever is presented, in whatever order", () => {
  it("only a rotation makes a successor, and a generation has one", () => {
    always(({ before, outcome, after }) => {
      if (outcome.outcome === "rotated") expect(after.generation).toBe(before.generation + 1);
      else
        expect([after.generation, after.current, after.salt]).toEqual([before.generation, before.current, before.salt]);
    });
  });

  it("a session that is over stays over, for its first reason", () => {
    always(({ before, outcome, after }) => {
      if (before.ended === undefined) return;
      expect(outcome).toMatchObject({ outcome: "ended", reason: before.ended.reason, endedNow: false });
      expect(after).toBe(before);
    });
  });

  it("theft is told once, where the session ends by it", () => {
    always(({ before, outcome, after }) => {
      const endsNow = before.ended === undefined && after.ended?.reason === "reuse";
      expect(outcome.outcome === "reused").toBe(endsNow);
    });
  });

  it("absolute expiry never moves, idle expiry never passes it, and only a rotation moves idle expiry", () => {
    always(({ before, outcome, after }) => {
      expect(after.absoluteExpiresAtMs).toBe(before.absoluteExpiresAtMs);
      expect(after.idleExpiresAtMs).toBeLessThanOrEqual(after.absoluteExpiresAtMs);
      if (outcome.outcome !== "rotated") expect(after.idleExpiresAtMs).toBe(before.idleExpiresAtMs);
    });
  });

  it("time never runs backwards in the record", () => {
    always(({ before, after }) => expect(after.rotatedAtMs).toBeGreaterThanOrEqual(before.rotatedAtMs));
  });

  it("a retry within grace of the last rotation is never punished", () => {
    always(({ before, outcome, presented, clockMs }) => {
      const lives = before.ended === undefined && Math.max(clockMs, before.rotatedAtMs) < before.idleExpiresAtMs;
      const isRetry = presented === before.generation - 1;
      if (lives && isRetry && clockMs <= before.rotatedAtMs + GRACE) expect(outcome.outcome).toBe("replayed");
    });
  });

  it("a token older than the one before is never answered with a successor", () => {
    always(({ before, outcome, presented }) => {
      if (presented < before.generation - 1) expect(["reused", "ended"]).toContain(outcome.outcome);
    });
  });

  it("an honest client that only ever presents its newest token is never ended before it expires", () => {
    const honest = fc.array(fc.nat(13 * DAY), { maxLength: 40 });
    fc.assert(
      fc.property(honest, (waits) => {
        const steps = waits.map((waitMs) => ({ back: 0, waitMs, attempt: false }));
        for (const { outcome, before, clockMs } of play(steps, 1)) {
          expect(outcome.outcome).toBe(clockMs < before.absoluteExpiresAtMs ? "rotated" : "ended");
        }
      }),
      { seed: 20260501 },
    );
  });
});
