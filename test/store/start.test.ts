import { describe, expect, it } from "vitest";
import type { Family } from "../../src/store/contract.ts";
import { startFamily } from "../../src/store/family.ts";
import { decideLogout } from "../../src/store/logout.ts";
import { DEAD_SESSION_MS, removableFromMs } from "../../src/store/retention.ts";
import { decideStart, newestFirst } from "../../src/store/start.ts";
import { createCommand, DAY, familyAt5, NO_EPOCHS, T0 } from "./families.ts";

function started(sessionId: string, createdAtMs: number, changes: Partial<Family> = {}): Family {
  return { ...startFamily(createCommand({ sessionId }), NO_EPOCHS, createdAtMs), ...changes };
}

describe("a start", () => {
  it("compares the epochs before it counts", () => {
    const command = createCommand({ expectedEpoch: 6, limit: { count: 1, whenFull: "refuse" } });
    const families = [started("a", T0)];
    const decide = (subject: number, everyone: number) =>
      decideStart({ command, families, epochs: { subject, everyone }, clockMs: T0 }).outcome.outcome;
    expect(decide(0, 0)).toBe("epoch-moved");
    expect(decide(3, 4)).toBe("epoch-moved");
    expect(decide(2, 4)).toBe("created");
  });

  it("counts the sessions that live at this moment", () => {
    const command = createCommand({ limit: { count: 2, whenFull: "refuse" } });
    const families = [
      started("a", T0),
      started("b", T0 - 14 * DAY),
      started("c", T0, { ended: { reason: "denied", atMs: T0 } }),
    ];
    const decide = (more: Family[]) =>
      decideStart({ command, families: [...families, ...more], epochs: NO_EPOCHS, clockMs: T0 }).outcome.outcome;
    expect(decide([])).toBe("created");
    expect(decide([started("d", T0)])).toBe("full");
  });

  it("pushes out as many as need be, the oldest first", () => {
    const families = [started("b", T0 + 2), started("a", T0 + 1), started("d", T0 + 3), started("c", T0 + 3)];
    const command = createCommand({ sessionId: "new", limit: { count: 2, whenFull: "evict-oldest" } });
    const { outcome, evicted } = decideStart({ command, families, epochs: NO_EPOCHS, clockMs: T0 + 9 });
    expect(outcome).toMatchObject({ outcome: "created", nowMs: T0 + 9, evicted: ["a", "b", "c"] });
    expect(evicted.map(({ ended }) => ended)).toEqual(Array(3).fill({ reason: "evicted", atMs: T0 + 9 }));
  });

  it("pushes out none where there is room or no limit", () => {
    const families = [started("a", T0)];
    for (const limit of [undefined, { count: 2, whenFull: "evict-oldest" } as const]) {
      const { outcome } = decideStart({ command: createCommand({ limit }), families, epochs: NO_EPOCHS, clockMs: T0 });
      expect(outcome).toMatchObject({ outcome: "created", evicted: [] });
    }
  });
});

describe("the order of lists", () => {
  it("is newest first, by id where two started at once, and total", () => {
    const a = started("a", T0);
    const b = started("b", T0);
    const c = started("c", T0 - 1);
    expect([c, a, b].sort(newestFirst)).toEqual([b, a, c]);
    expect(newestFirst(a, { ...a })).toBe(0);
  });
});

describe("logging out everywhere", () => {
  it("ends what lives, keeps what is excepted, and leaves what is over", () => {
    const over = started("over", T0, { ended: { reason: "denied", atMs: T0 } });
    const families = [started("a", T0), started("b", T0), over];
    const { epoch, ended, kept } = decideLogout({ families, except: "b", epochs: NO_EPOCHS, clockMs: T0 + 5 });
    expect(epoch).toBe(T0 + 5);
    expect(ended).toEqual([started("a", T0, { ended: { reason: "logout", atMs: T0 + 5 } })]);
    expect(kept).toEqual(started("b", T0, { epochs: { subject: T0 + 5, everyone: 0 } }));
  });

  it("keeps nothing that is over", () => {
    const over = started("over", T0, { ended: { reason: "denied", atMs: T0 } });
    expect(decideLogout({ families: [over], except: "over", epochs: NO_EPOCHS, clockMs: T0 })).toMatchObject({
      ended: [],
      kept: undefined,
    });
  });
});

describe("a dead record", () => {
  it("may be removed seven days after the session ended or expired, whichever came first", () => {
    expect(removableFromMs(familyAt5())).toBe(T0 + 14 * DAY + DEAD_SESSION_MS);
    expect(removableFromMs(familyAt5({ ended: { reason: "logout", atMs: T0 } }))).toBe(T0 + DEAD_SESSION_MS);
    expect(removableFromMs(familyAt5({ ended: { reason: "logout", atMs: T0 + 15 * DAY } }))).toBe(
      T0 + 14 * DAY + DEAD_SESSION_MS,
    );
  });
});
