/** The memory store: what its options and its feed say, and when and how much of what is dead it lets go of. */
import { describe, expect, it, test } from "vitest";
import type { CreateFamily, Family } from "../../src/store/contract.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { DEAD_SESSION_MS, USED_ID_MARGIN_MS } from "../../src/store/retention.ts";
import type { Revocation } from "../../src/store/revocation.ts";
import { refusalOf } from "../fixtures/refusals.ts";
import { addressOf, hash, present, start } from "./commands.ts";

const START_MS = Date.parse("2026-05-01T12:00:00Z");
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LONG = { idleMs: 365 * DAY_MS, absoluteMs: 365 * DAY_MS };
const ann = addressOf("ann");
const bob = addressOf("bob");

type Store = ReturnType<typeof memoryStore>;

function opened(): {
  readonly store: Store;
  advance(ms: number): void;
  begin(command: CreateFamily): Promise<Family>;
  isKnown(...families: readonly Family[]): Promise<boolean[]>;
  entries(): Promise<readonly Revocation[]>;
} {
  let ms = START_MS;
  const store = memoryStore({ clock: () => new Date(ms) });
  return {
    store,
    advance: (by) => {
      ms += by;
    },
    begin: async (command) => {
      const outcome = await store.create(command);
      if (outcome.outcome !== "created") throw new Error(`the start came to ${outcome.outcome}`);
      return outcome.family;
    },
    isKnown: async (...families) => {
      const readings = await Promise.all(families.map(({ sessionId }) => store.read(sessionId)));
      return readings.map((reading) => reading !== undefined);
    },
    entries: async () => (await store.reader().snapshot(0)).revocations,
  };
}

/** So many sessions of a subject, one after another. */
async function begun(count: number, begin: (command: CreateFamily) => Promise<Family>, more = {}): Promise<Family[]> {
  const families: Family[] = [];
  for (let number = 0; number < count; number++) families.push(await begin(start(ann, more)));
  return families;
}

describe("memoryStore refuses", () => {
  test.each<[string, object]>([
    ['there is no option "x". The options are: clock, maxTokenLife', { x: 1 }],
    ['option "clock" must be a function', { clock: 5 }],
    [
      'option "maxTokenLife" must be more than zero: seconds as a number, or text with a unit like "15m", got 0',
      { maxTokenLife: 0 },
    ],
  ])("%s", (message, options) => {
    expect(refusalOf(() => memoryStore(options))).toMatchObject({ code: "CONFIG", message: `memoryStore: ${message}` });
  });

  it("a session id that exists: two sessions would be one", async () => {
    const { store, begin } = opened();
    const { sessionId } = await begin(start(ann));
    await expect(store.create(start(bob, { sessionId }))).rejects.toThrow("the session id exists");
  });
});

it("memoryStore is a session store and a feed of one shard, for tokens that live for an hour unless it is told", () => {
  const kinds = { "~store": "session", "~feed": true, shards: 1 };
  expect(memoryStore()).toMatchObject({ ...kinds, maxTokenLifeMs: HOUR_MS });
  expect(memoryStore({ clock: undefined, maxTokenLife: "10m" })).toMatchObject({ ...kinds, maxTokenLifeMs: 600_000 });
});

describe("the feed is told", () => {
  const sessionsIn = (entries: readonly Revocation[]): unknown[] =>
    entries.map((entry) => (entry.kind === "session" ? entry.sessionId : entry.kind));

  it("which sessions a start pushed out, and of none where it pushed out none", async () => {
    const { begin, entries } = opened();
    const first = await begin(start(ann));
    expect(await entries()).toEqual([]);
    await begin(start(ann, { limit: { count: 1, whenFull: "evict-oldest" } }));
    expect(sessionsIn(await entries())).toEqual([first.sessionId]);
  });

  it("of a session that a presented token ended, and of none that goes on", async () => {
    const { store, begin, entries } = opened();
    const family = await begin(start(ann));
    const first = present(family);
    await store.rotate(first);
    await store.rotate(present(family, { attempt: undefined }));
    expect(await entries()).toEqual([]);
    const forged = present(family, { presentedHash: hash("another") });
    expect(await store.rotate(forged)).toMatchObject({ outcome: "ended", endedNow: true });
    expect(sessionsIn(await entries())).toEqual([family.sessionId]);
    await store.rotate(forged);
    expect(await entries()).toHaveLength(1);
  });

  it("of a session that was ended, once", async () => {
    const { store, begin, entries } = opened();
    const family = await begin(start(ann));
    expect(await store.endFamily(family.sessionId, "logout")).toMatchObject({ ended: { reason: "logout" } });
    expect(await store.endFamily(family.sessionId, "logout")).toBeUndefined();
    expect(sessionsIn(await entries())).toEqual([family.sessionId]);
  });

  it("of a subject, of everyone, and of what it is given, at the time of each", async () => {
    const { store, begin, advance, entries } = opened();
    await begin(start(ann));
    const { epoch } = await store.bumpSubject(ann, { except: undefined });
    advance(1000);
    const { epoch: everyone } = await store.bumpEveryone(0);
    await store.addRevocation({ kind: "key", kid: "key 1" });
    expect(await entries()).toMatchObject([
      { kind: "subject", subject: "ann", epoch, atMs: START_MS },
      { kind: "everyone", shard: 0, epoch: everyone, atMs: START_MS + 1000 },
      { kind: "key", kid: "key 1" },
    ]);
  });
});

describe("a start lets go of dead sessions of its subject", () => {
  it("from seven days after their end on, and of no others", async () => {
    const { store, advance, begin, isKnown } = opened();
    const [ended, idle] = [await begin(start(ann, LONG)), await begin(start(ann, { idleMs: DAY_MS }))];
    const [living, other] = [await begin(start(ann, LONG)), await begin(start(bob, { idleMs: DAY_MS }))];
    await store.endFamily(ended.sessionId, "logout");
    advance(DEAD_SESSION_MS - 1);
    await begin(start(ann));
    expect(await isKnown(ended, idle, living, other)).toEqual([true, true, true, true]);
    advance(1);
    await begin(start(ann));
    expect(await isKnown(ended, idle, living, other)).toEqual([false, true, true, true]);
    advance(DAY_MS);
    await begin(start(ann));
    expect(await isKnown(ended, idle, living, other)).toEqual([false, false, true, true]);
  });

  it("sixteen at a time", async () => {
    const { advance, begin, isKnown } = opened();
    const dead = await begun(18, begin);
    advance(HOUR_MS + DEAD_SESSION_MS);
    await begin(start(ann));
    expect(await isKnown(...dead)).toEqual([...Array(16).fill(false), true, true]);
    await begin(start(ann));
    expect(await isKnown(...dead)).toEqual(Array(18).fill(false));
  });

  it("and not where it is refused, but before it counts", async () => {
    const { store, advance, begin } = opened();
    await begun(2, begin);
    advance(HOUR_MS + DEAD_SESSION_MS);
    const family = await begin(start(ann, { limit: { count: 1, whenFull: "refuse" } }));
    const full = await store.create(start(ann, { limit: { count: 1, whenFull: "refuse" } }));
    expect(full.outcome).toBe("full");
    expect((await store.list(ann, { limit: 10, after: undefined })).families).toEqual([family]);
  });
});

describe("a sweep", () => {
  it("removes what is dead, sessions and used ids, and says how many", async () => {
    const { store, advance, begin, isKnown } = opened();
    const [dead, living] = [await begin(start(ann)), await begin(start(ann, LONG))];
    await begin(start(bob));
    for (const [id, hours] of [
      ["used 1", 1],
      ["used 2", 24 * 30],
    ] as const) {
      expect(await store.markUsed(id, new Date(START_MS + hours * HOUR_MS))).toBe(true);
      expect(await store.markUsed(id, new Date(START_MS))).toBe(false);
    }
    expect(await store.sweep()).toBe(0);
    advance(HOUR_MS + DEAD_SESSION_MS);
    expect(await store.sweep()).toBe(3);
    expect(await isKnown(dead, living)).toEqual([false, true]);
    expect(await store.sweep()).toBe(0);
    const later = new Date(START_MS + DAY_MS);
    expect([await store.markUsed("used 1", later), await store.markUsed("used 2", later)]).toEqual([true, false]);
  });

  it.each([
    ["a session seven days after its end", HOUR_MS + DEAD_SESSION_MS],
    ["a used id an hour after its end", USED_ID_MARGIN_MS],
  ])("removes %s, and not a millisecond sooner", async (what, afterMs) => {
    const { store, advance, begin } = opened();
    if (what.startsWith("a session")) await begin(start(ann));
    else await store.markUsed("used", new Date(START_MS));
    advance(afterMs - 1);
    expect(await store.sweep()).toBe(0);
    advance(1);
    expect(await store.sweep()).toBe(1);
  });

  it("removes as many as it may, sessions before used ids", async () => {
    const { store, advance, begin } = opened();
    await begun(2, begin);
    for (const id of ["1", "2", "3"]) await store.markUsed(id, new Date(START_MS));
    advance(HOUR_MS + DEAD_SESSION_MS);
    expect([await store.sweep(1), await store.sweep(2), await store.sweep(1)]).toEqual([1, 2, 1]);
    expect([await store.sweep(5), await store.sweep(5)]).toEqual([1, 0]);
  });

  it("looks at ten sessions for each that it may remove, goes on from there, and begins anew at the end", async () => {
    const { store, advance, begin, isKnown } = opened();
    const living = await begun(10, begin, LONG);
    const [dead] = await begun(1, begin);
    advance(HOUR_MS + DEAD_SESSION_MS);
    expect(await store.sweep(1)).toBe(0);
    expect(await store.sweep(1)).toBe(1);
    expect(await isKnown(dead as Family)).toEqual([false]);
    await store.endFamily((living[0] as Family).sessionId, "logout");
    advance(DEAD_SESSION_MS);
    expect(await store.sweep(1)).toBe(1);
    expect(await isKnown(...living)).toEqual([false, ...Array(9).fill(true)]);
  });

  it("looks at ten used ids for each that it may remove, and goes on from there", async () => {
    const { store, advance } = opened();
    for (let number = 0; number < 10; number++) await store.markUsed(`${number}`, new Date(START_MS + DAY_MS));
    await store.markUsed("over", new Date(START_MS));
    advance(USED_ID_MARGIN_MS);
    expect([await store.sweep(1), await store.sweep(1), await store.sweep(1)]).toEqual([0, 1, 0]);
    expect(await store.markUsed("over", new Date(START_MS + DAY_MS))).toBe(true);
  });
});

it("a list in pages has each session once, and no page after the last", async () => {
  const { store, begin, advance } = opened();
  const families: Family[] = [];
  for (let number = 0; number < 4; number++) {
    families.unshift(await begin(start(ann, LONG)));
    advance(1000);
  }
  const page = (limit: number, after?: string) => store.list(ann, { limit, after });
  const first = await page(2);
  expect(first.families).toEqual(families.slice(0, 2));
  const second = await page(2, first.next);
  expect(second).toEqual({ families: families.slice(2), next: undefined });
  expect(await page(4)).toEqual({ families, next: undefined });
  expect((await page(3)).next).toBeDefined();
  expect(await store.list(bob, { limit: 2, after: undefined })).toEqual({ families: [], next: undefined });
});
