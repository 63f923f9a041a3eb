import { describe, expect, it } from "vitest";
import type { SessionStore } from "../../src/store/contract.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { manualClock, spoil, storeConformance } from "../../src/testing/index.ts";
import { claimsOf, createTestSigner } from "../session/sessions.ts";

describe("manualClock", () => {
  it("moves only when it is told to", () => {
    const clock = manualClock("2026-05-01T12:00:00Z");
    const start = clock();
    expect(clock()).toEqual(start);
    clock.advance("1h");
    clock.advance(0.001);
    expect(clock().getTime() - start.getTime()).toBe(3_600_001);
    clock.set(new Date(5));
    expect(clock().getTime()).toBe(5);
    clock.set("2026-05-01T12:00:00Z");
    expect(clock()).toEqual(start);
  });

  it("hands out dates that cannot move it", () => {
    const start = new Date(1000);
    const clock = manualClock(start);
    start.setTime(0);
    clock().setTime(0);
    expect(clock().getTime()).toBe(1000);
  });

  it("refuses what is no date, no duration, or goes back", () => {
    const config = expect.objectContaining({ code: "CONFIG" }) as Error;
    expect(() => manualClock("yesterday")).toThrow(config);
    const clock = manualClock(new Date(0));
    expect(() => clock.set(new Date(Number.NaN))).toThrow(config);
    for (const wrong of [5, Symbol("now"), Object.create(null), undefined]) {
      expect(() => clock.set(wrong as Date)).toThrow(config);
    }
    expect(() => clock.advance(-1)).toThrow(config);
    expect(() => clock.advance("5" as never)).toThrow(config);
  });
});

describe("spoil", () => {
  const clock = manualClock("2026-05-01T12:00:00Z");
  const token = createTestSigner(clock).sign({ sub: "ann" });

  it.each([
    ["signature", "SIGNATURE"],
    ["payload", "SIGNATURE"],
    ["alg-none", "MALFORMED"],
  ] as const)("makes a twin whose %s is refused", (how, code) => {
    expect(claimsOf(clock, token)).toMatchObject({ sub: "ann" });
    expect(() => claimsOf(clock, spoil(token, how))).toThrow(expect.objectContaining({ code }) as Error);
  });

  it("refuses what is no signed JWT", () => {
    const config = expect.objectContaining({ code: "CONFIG" }) as Error;
    for (const wrong of ["", "a.b", "a.b.c.d", "a..c", "..", "a.b.", undefined, Promise.resolve(token)]) {
      expect(() => spoil(wrong as string, "signature")).toThrow(config);
    }
    expect(() => spoil(token, "header" as never)).toThrow(config);
  });
});

/** Runs the suite on a store and answers which rules it breaks. */
async function brokenRules(breakIt: (store: SessionStore) => Partial<SessionStore>): Promise<string[]> {
  const clock = manualClock("2026-05-01T12:00:00Z");
  const rules: [string, () => Promise<void> | void][] = [];
  storeConformance({
    test: (name, run) => rules.push([name, run]),
    makeStore: async () => {
      const good = memoryStore({ clock });
      const wrong = breakIt(good);
      return new Proxy(good, {
        get: (target, name: keyof SessionStore) => {
          const member: unknown = wrong[name] ?? target[name];
          return typeof member === "function" ? (member.bind(target) as unknown) : member;
        },
      });
    },
    advance: (milliseconds) => clock.advance(milliseconds / 1000),
    rotations: 10,
  });
  const broken: string[] = [];
  for (const [name, run] of rules) {
    try {
      await run();
    } catch {
      broken.push(name);
    }
  }
  return broken;
}

describe("storeConformance", () => {
  it("passes a store that keeps the contract", async () => {
    expect(await brokenRules(() => ({}))).toEqual([]);
  });

  it.each<[string, RegExp, (store: SessionStore) => Partial<SessionStore>]>([
    [
      "forks the chain in grace",
      /at once, one rotates/,
      (store) => ({
        rotate: async (command) => {
          const outcome = await store.rotate(command);
          if (outcome.outcome !== "replayed") return outcome;
          return { ...outcome, family: { ...outcome.family, salt: command.proposal.salt } };
        },
      }),
    ],
    [
      "reads, waits, then writes",
      /at once, one rotates/,
      (store) => {
        const held = new Map<string, number>();
        return {
          rotate: async (command) => {
            const reading = await store.read(command.sessionId);
            const generation = reading?.family.generation ?? 0;
            await Promise.resolve();
            held.set(command.sessionId, generation + 1);
            const outcome = await store.rotate(command);
            return outcome.outcome === "replayed" && generation === command.generation
              ? { ...outcome, outcome: "rotated" as const }
              : outcome;
          },
        };
      },
    ],
    [
      "lets grace slide",
      /does not slide/,
      (store) => {
        const extra = new Map<string, number>();
        return {
          rotate: async (command) => {
            const graceMs = command.graceMs + (extra.get(command.sessionId) ?? 0);
            const outcome = await store.rotate({ ...command, graceMs });
            if (outcome.outcome === "replayed")
              extra.set(command.sessionId, outcome.nowMs - outcome.family.rotatedAtMs);
            return outcome;
          },
        };
      },
    ],
    [
      "has grace for older generations",
      /older token ends the session/,
      (store) => ({
        rotate: async (command) => {
          const { family } = (await store.read(command.sessionId)) ?? {};
          if (family && family.ended === undefined && command.generation < family.generation - 1) {
            return { outcome: "replayed", nowMs: 0, family };
          }
          return store.rotate(command);
        },
      }),
    ],
    [
      "exempts the first token",
      /first token of a session is not exempt/,
      (store) => ({
        rotate: async (command) => store.rotate(command.generation === 0 ? { ...command, graceMs: 1e12 } : command),
      }),
    ],
    [
      "consumes what a wrong key presents",
      /another key or client is refused/,
      (store) => ({
        rotate: async (command) => {
          const { family } = (await store.read(command.sessionId)) ?? {};
          const outcome = await store.rotate(command);
          if (outcome.outcome === "binding") await store.rotate({ ...command, binding: family?.binding });
          return outcome;
        },
      }),
    ],
    [
      "tells theft every time",
      /told of the theft/,
      (store) => ({
        rotate: async (command) => {
          const outcome = await store.rotate(command);
          return outcome.outcome === "ended" && outcome.reason === "reuse" && outcome.family
            ? { outcome: "reused", nowMs: outcome.nowMs, family: outcome.family }
            : outcome;
        },
      }),
    ],
    [
      "races its limit",
      /no more than the limit/,
      (store) => ({
        create: async (command) => {
          const { families } = await store.list(command.address, { limit: 100, after: undefined });
          await Promise.resolve();
          if (command.limit && families.length >= command.limit.count) return { outcome: "full" };
          return store.create({ ...command, limit: undefined });
        },
      }),
    ],
    [
      "ignores the expected epoch",
      /logged out everywhere in between/,
      (store) => ({
        create: (command) => store.create({ ...command, expectedEpoch: undefined }),
      }),
    ],
    [
      "ends the excepted session",
      /session that stays/,
      (store) => ({
        bumpSubject: (address) => store.bumpSubject(address, { except: undefined }),
      }),
    ],
    [
      "checks, then marks",
      /one id at once/,
      (store) => {
        const used = new Set<string>();
        return {
          markUsed: async (id: string) => {
            const seen = used.has(id);
            await Promise.resolve();
            used.add(id);
            return !seen;
          },
          sweep: store.sweep.bind(store),
        };
      },
    ],
    [
      "forgets why a session ended",
      /says why for seven days/,
      (store) => ({
        rotate: async (command) => {
          const outcome = await store.rotate(command);
          return outcome.outcome === "ended" && outcome.reason === "logout"
            ? { ...outcome, reason: "unknown" }
            : outcome;
        },
      }),
    ],
    [
      "lists what is over",
      /shows the subject's live sessions/,
      (store) => {
        const all: string[] = [];
        return {
          create: async (command) => {
            const outcome = await store.create(command);
            if (outcome.outcome === "created") all.push(command.sessionId);
            return outcome;
          },
          list: async () => {
            const readings = await Promise.all(all.map((id) => store.read(id)));
            return { families: readings.flatMap((reading) => reading?.family ?? []), next: undefined };
          },
        };
      },
    ],
    ["forgets that it was told to end", /logout that races/, () => ({ endFamily: async () => undefined })],
    [
      "grows with every rotation",
      /same size/,
      (store) => ({
        read: async (id) => {
          const reading = await store.read(id);
          return (
            reading && { ...reading, family: { ...reading.family, metadata: "x".repeat(reading.family.generation) } }
          );
        },
      }),
    ],
  ])("catches a store that %s", async (_, rule, breakIt) => {
    expect(await brokenRules(breakIt)).toEqual(expect.arrayContaining([expect.stringMatching(rule) as string]));
  });

  it("names the rules that it cannot try where the clock cannot be moved, and has no need to", () => {
    const names = { run: 0, skipped: 0, unnamed: 0 };
    const test = Object.assign(() => names.run++, { skip: () => names.skipped++ });
    storeConformance({ test, makeStore: async () => memoryStore() });
    expect(names.skipped).toBe(12);
    storeConformance({ test: () => names.unnamed++, makeStore: async () => memoryStore() });
    expect(names.unnamed).toBe(names.run);
  });
});
