/** The copy of one shard that a publishing server keeps: read on to the end of what is there, and never less than it was. */
import { describe, expect, it } from "vitest";
import { ShardCopy } from "../../src/revocation/shard-copy.ts";
import type { FeedReader } from "../../src/store/revocation-feed.ts";
import { type Answer, changes, LATER_MS, START_MS, sessionEntry, snapshot } from "./scripted-feed.ts";

const SHARD = 2;
const one = sessionEntry("session 1");
const two = sessionEntry("session 2");
const textOf = (id: string, untilMs = LATER_MS): string => `["s","${id}",${untilMs}]`;

interface Read {
  readonly copy: ShardCopy;
  readonly asked: string[];
  read(...answers: readonly Answer[]): Promise<number>;
}

function copied(): Read {
  const copy = new ShardCopy(SHARD);
  const asked: string[] = [];
  const ready: Answer[] = [];
  const answer = async (question: string): Promise<never> => {
    asked.push(question);
    const next = ready.shift();
    if (next === undefined) throw new Error("one question too many");
    if (next instanceof Error) throw next;
    return next as never;
  };
  const reader: FeedReader = {
    snapshot: (shard) => answer(`snapshot ${shard}`),
    tail: (shard, { position, history }, waitMs) => answer(`tail ${shard} ${position} ${history} ${waitMs}`),
    close: async () => {},
  };
  return {
    copy,
    asked,
    read: (...answers) => {
      ready.push(...answers);
      return copy.readOn(reader);
    },
  };
}

it("a shard that was not read is at its beginning, and has no entries", () => {
  const { copy } = copied();
  expect([copy.cursor, copy.entriesAt(0)]).toEqual([{ position: 0, history: "" }, []]);
});

it("the whole is read at first, and then what came since, without waiting for more", async () => {
  const { copy, asked, read } = copied();
  await read(snapshot(7, one));
  expect(copy.cursor).toEqual({ position: 7, history: "history 1" });
  await read(changes(8, two));
  expect(asked).toEqual(["snapshot 2", "tail 2 7 history 1 0"]);
  expect(copy.cursor.position).toBe(8);
  expect(copy.entriesAt(START_MS)).toEqual([textOf("session 1"), textOf("session 2")]);
});

describe("how far behind the feed was", () => {
  it.each([
    [undefined, 0],
    [300, 300],
    [-300, 0],
  ])("%s: %i", async (ageMs, behind) => {
    expect(await copied().read({ ...snapshot(0), ...(ageMs !== undefined && { ageMs }) })).toBe(behind);
  });

  it("is that of the last part", async () => {
    const { read } = copied();
    await read(snapshot(0));
    const first = { ...changes(1, one), isPart: true, ageMs: 900 };
    expect(await read(first, { ...changes(2, two), isPart: false, ageMs: 40 })).toBe(40);
  });
});

it.each<[string, Answer]>([
  ["skipped entries", changes(3, two)],
  ["told an entry twice", changes(1, two)],
  ["no longer has the place", "gone"],
])("a feed that %s is read as a whole at once, and what it has lost stays", async (_, answer) => {
  const { copy, asked, read } = copied();
  await read(snapshot(1, one));
  const three = sessionEntry("session 3");
  await read(answer, { ...snapshot(1, three), cursor: { position: 1, history: "history 2" } });
  expect(asked.slice(1)).toEqual(["tail 2 1 history 1 0", "snapshot 2"]);
  expect(copy.cursor).toEqual({ position: 1, history: "history 2" });
  expect(copy.entriesAt(START_MS)).toEqual([textOf("session 1"), textOf("session 3")]);
});

it("a question that fails keeps the place, and is the reader's to tell", async () => {
  const { copy, read } = copied();
  await read(snapshot(1, one));
  const down = new Error("down");
  await expect(read({ ...changes(2, two), isPart: true }, down)).rejects.toBe(down);
  expect(copy.cursor.position).toBe(2);
  expect(copy.entriesAt(START_MS)).toEqual([textOf("session 1"), textOf("session 2")]);
});

describe("answers in parts", () => {
  const part = { ...changes(0), isPart: true };

  it("may be 63 before the last", async () => {
    const { asked, read } = copied();
    await read(snapshot(0));
    await expect(read(...Array(63).fill(part), changes(0))).resolves.toBe(0);
    expect(asked).toHaveLength(65);
  });

  it("are a failure when 64 were none the last", async () => {
    const { asked, read } = copied();
    await read(snapshot(0));
    await expect(read(...Array(64).fill(part))).rejects.toThrow("the feed did not answer the whole of its list");
    expect(asked).toHaveLength(65);
  });
});

it("an entry is left out from its end on, and that of a key never", async () => {
  const { copy, read } = copied();
  await read(snapshot(2, one, { kind: "key", kid: "key 1" }));
  expect(copy.entriesAt(LATER_MS - 1)).toHaveLength(2);
  expect(copy.entriesAt(LATER_MS)).toEqual(['["k","key 1"]']);
  expect(copy.entriesAt(Number.MAX_SAFE_INTEGER)).toEqual(['["k","key 1"]']);
  // It was let go of, and does not come back with the clock.
  expect(copy.entriesAt(START_MS)).toEqual(['["k","key 1"]']);
});
