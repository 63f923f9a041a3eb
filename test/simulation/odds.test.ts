/** What is promised about thieves in numbers: how likely one escapes, for how long, and what a streak finds. */
import { describe, expect, it } from "vitest";
import { chanceOf } from "./chance.ts";
import { DAY, Duel, MINUTE } from "./duel.ts";

describe("(b) a thief who cannot see the victim's timing", () => {
  const { graceMs, intervalMs } = new Duel();
  const expected = (2 * graceMs) / intervalMs;

  /** Until it is found: how many generations it escaped. */
  function escapes(chance: ReturnType<typeof chanceOf>): number {
    const duel = new Duel({ absoluteMs: 10_000 * DAY, idleMs: 10_000 * DAY });
    for (let escaped = 0; ; escaped++) {
      const victimMs = duel.nowMs + intervalMs;
      // Any moment of one interval, as likely as any other.
      const thiefMs = victimMs + chance.between(graceMs - intervalMs + 1, graceMs);
      if (!duel.both(victimMs, thiefMs)) return escaped;
    }
  }

  it("escapes each generation with probability about 2W / interval, and the next one no less", () => {
    const chance = chanceOf(2);
    const duels = Array.from({ length: 30_000 }, () => escapes(chance));
    const atLeast = (count: number): number => duels.filter((escaped) => escaped >= count).length;
    const first = atLeast(1) / duels.length;
    const second = atLeast(2) / atLeast(1);
    console.log(
      `escaped a generation: ${first.toFixed(4)}, the next: ${second.toFixed(4)}, 2W/interval: ${expected.toFixed(4)}, ` +
        `longest: ${Math.max(...duels)} generations`,
    );
    expect(Math.abs(first - expected)).toBeLessThan(0.005);
    // Geometric: having escaped says nothing about the next generation. Some 2,000 of them are looked at.
    expect(Math.abs(second - expected)).toBeLessThan(0.02);
    expect(Math.max(...duels)).toBeGreaterThan(2);
  });
});

describe("(c) rotation alone does not find", () => {
  /** Right after the victim, each time. @returns the duel after so many generations */
  function alwaysInside(generations: number): Duel {
    const chance = chanceOf(3);
    const duel = new Duel();
    for (let generation = 0; generation < generations; generation++) {
      const victimMs = duel.nowMs + duel.intervalMs;
      expect(duel.both(victimMs, victimMs + chance.below(duel.graceMs + 1))).toBe(true);
    }
    return duel;
  }

  it("one who is always inside the window", () => {
    alwaysInside(5000);
  });

  it("one who never returns: the victim sees nothing", () => {
    const duel = new Duel();
    for (let generation = 0; generation < 1000; generation++) {
      const answer = duel.present(duel.nowMs + duel.intervalMs);
      expect(answer.outcome).toBe("rotated");
      duel.goOn(answer);
    }
  });

  it("one whose victim never returns, who may go on until absolute expiry and no longer", () => {
    const duel = new Duel();
    let last = duel.present(MINUTE);
    for (; last.successor !== undefined; last = duel.present(duel.nowMs + duel.intervalMs)) duel.goOn(last);
    expect(last).toMatchObject({ outcome: "ended", reason: "absolute" });
    expect(duel.nowMs).toBeGreaterThanOrEqual(90 * DAY);
    expect(duel.nowMs).toBeLessThan(90 * DAY + duel.intervalMs);
  });

  it.each([
    ["session", "logout"],
    ["subject", "epoch"],
    ["everyone", "epoch"],
  ] as const)("but logging out ends both: %s", (how, reason) => {
    const duel = alwaysInside(10);
    duel.logOut(how);
    expect(duel.present(duel.nowMs + 1)).toMatchObject({ outcome: "ended", reason });
  });

  it("but absolute expiry ends both", () => {
    const duel = alwaysInside(10);
    expect(duel.present(90 * DAY)).toMatchObject({ outcome: "ended" });
  });
});

describe("(d) with a streak of 8", () => {
  const maxReplayStreak = 8;

  it("one who is always inside the window is found within 8 generations and one refresh", () => {
    const chance = chanceOf(4);
    let found = 0;
    for (let racer = 0; racer < 400; racer++) {
      const duel = new Duel({ maxReplayStreak });
      let generations = 0;
      while (generations < 100) {
        const victimMs = duel.nowMs + duel.intervalMs;
        if (!duel.both(victimMs, victimMs + chance.between(-duel.graceMs, duel.graceMs))) break;
        generations++;
      }
      expect(generations).toBe(8);
      found++;
    }
    console.log(`found within 8 generations and one refresh: ${found} of 400`);
  });

  /** Refreshes every 15 minutes for 90 days, and asks again whenever a reply was lost. */
  function isLoggedOut(chance: ReturnType<typeof chanceOf>, lostReplies: number): boolean {
    const duel = new Duel({ maxReplayStreak });
    for (let refresh = 1; refresh * duel.intervalMs < 90 * DAY; refresh++) {
      let answer = duel.present(refresh * duel.intervalMs);
      while (answer.successor !== undefined && chance.happens(lostReplies)) answer = duel.present(duel.nowMs + 2000);
      if (answer.successor === undefined) return true;
      duel.goOn(answer);
    }
    return false;
  }

  it.each([
    [0.05, 0],
    [0.2, 10],
  ])("of 200 honest clients with a share of %f replies lost, at most %i are logged out", (lostReplies, most) => {
    const chance = chanceOf(5);
    const loggedOut = Array.from({ length: 200 }, () => isLoggedOut(chance, lostReplies)).filter(Boolean).length;
    console.log(`logged out at ${lostReplies * 100} % lost replies: ${loggedOut} of 200`);
    expect(loggedOut).toBeLessThanOrEqual(most);
  });
});
