/** The list and its feed: what it asks, what an answer does to its age, who waits for it, and what its end ends. */
import { afterEach, describe, expect, it, test, vi } from "vitest";
import type { RevocationEvent } from "../../src/revocation/events.ts";
import { FollowedList } from "../../src/revocation/revocation-list.ts";
import type { FeedReader } from "../../src/store/revocation-feed.ts";
import { changes, ScriptedFeed, START_MS, sessionEntry, settled, snapshot, TwoClocks } from "./scripted-feed.ts";

const HOUR_MS = 3_600_000;
const MARGIN_MS = 600_000;

const lists: FollowedList[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(lists.splice(0).map((list) => list.close()));
});

/** Writes down how long each question may wait, and which readers were closed. */
class WatchedFeed extends ScriptedFeed {
  readonly waits: number[] = [];
  readonly closed: number[] = [];

  override reader(): FeedReader {
    const reader = super.reader();
    const number = this.readers;
    return {
      snapshot: (shard) => reader.snapshot(shard),
      tail: (shard, cursor, waitMs) => {
        this.waits.push(waitMs);
        return reader.tail(shard, cursor, waitMs);
      },
      close: () => {
        this.closed.push(number);
        return reader.close();
      },
    };
  }
}

interface Made {
  readonly feed: WatchedFeed;
  readonly clocks: TwoClocks;
  readonly list: FollowedList;
  readonly events: RevocationEvent[];
}

function make({ bound = 5, shards = 1 } = {}): Made {
  const feed = new WatchedFeed(shards);
  const clocks = new TwoClocks();
  const events: RevocationEvent[] = [];
  const list = new FollowedList({
    feed,
    promises: { bound, acceptFor: undefined },
    clock: clocks.clock,
    monotonic: clocks.monotonic,
    onEvent: (event) => events.push(event),
  });
  lists.push(list);
  return { feed, clocks, list, events };
}

/** What a promise has answered, no time having passed. */
async function answerOf<T>(promise: Promise<T>): Promise<T | "none yet"> {
  let answer: T | "none yet" = "none yet";
  void promise.then((value) => {
    answer = value;
  });
  await settled();
  return answer;
}

describe("ready", () => {
  it("answers at once where the whole list was read", async () => {
    const { feed, list } = make();
    await feed.answer(snapshot(0));
    expect(await answerOf(list.ready())).toBe(true);
  });

  it("answers all who wait when the last shard was read, and not before", async () => {
    const { feed, list } = make({ shards: 2 });
    const waiting = [list.ready(), list.ready()];
    await feed.answer(snapshot(0), 1);
    expect(await answerOf(Promise.race(waiting))).toBe("none yet");
    await feed.answer(snapshot(0), 0);
    expect(await answerOf(Promise.all(waiting))).toEqual([true, true]);
  });

  it("answers false at once where the list was closed, before or while somebody waits", async () => {
    const { list } = make();
    const waiting = list.ready();
    await list.close();
    expect(await answerOf(waiting)).toBe(false);
    expect(await answerOf(list.ready())).toBe(false);
  });

  it("warns of no leak, however many wait", async () => {
    const warned = vi.spyOn(process, "emitWarning");
    const { feed, list } = make();
    const waiting = Array.from({ length: 20 }, () => list.ready());
    await feed.answer(snapshot(0));
    await Promise.all(waiting);
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });
});

describe("close", () => {
  it("ends the question under way and its reader, and nothing is asked any more", async () => {
    const { feed, list, events } = make();
    await feed.answer(snapshot(0));
    const before = events.length;
    await list.close();
    await settled();
    expect(feed.closed).toEqual([1]);
    expect(feed.asked).toEqual(["snapshot 0", "tail 0 0"]);
    expect(events).toHaveLength(before);
  });

  it("may be called again", async () => {
    const { list } = make();
    await list.close();
    await expect(list.close()).resolves.toBeUndefined();
  });
});

test.each([
  [5, 1250],
  [0.001, 1],
  [0.0099, 2],
  [80, 20_000],
  [600, 20_000],
])("with a bound of %d s, a question waits for news for %i ms: a quarter, within limits", async (bound, waitMs) => {
  const { feed } = make({ bound });
  await feed.answer(snapshot(0));
  expect(feed.waits).toEqual([waitMs]);
});

it("a reader that stalls for every shard is given up once", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { feed } = make({ shards: 2 });
  await feed.answer("silence", 0);
  await feed.answer("silence", 1);
  await vi.advanceTimersByTimeAsync(6250);
  expect([feed.readers, feed.closed]).toEqual([2, [1]]);
});

it("a list that never heard anything is blind from the start, which is no change to tell", () => {
  const { list, events } = make();
  expect(list.status().state).toBe("blind");
  expect(events).toEqual([]);
});

it("tells how many entries of an answer were news, and of which shard", async () => {
  const { feed, events } = make({ shards: 2 });
  const three = sessionEntry("session 3");
  await feed.answer(snapshot(2, sessionEntry("session 1"), sessionEntry("session 2")), 1);
  await feed.answer(changes(4, sessionEntry("session 2"), three), 1);
  await feed.answer(changes(5, three), 1);
  expect(events.filter(({ type }) => type === "changed")).toEqual([
    { type: "changed", shard: 1, entries: 2 },
    { type: "changed", shard: 1, entries: 1 },
  ]);
});

test.each([
  ["the longest end that a store writes is kept as it is", 0, []],
  ["an end that is later is shortened, and told", 1, [{ type: "shortened", shard: 0 }]],
])("%s", async (_, later, told) => {
  const { feed, events } = make();
  await feed.answer(snapshot(1, sessionEntry("session 1", START_MS + HOUR_MS + 2 * MARGIN_MS + later)));
  expect(events.filter(({ type }) => type === "shortened")).toEqual(told);
});

describe("what the list is known to be whole as of", () => {
  const lagAfter = async ({ feed, list }: Made, ageMs: number): Promise<number> => {
    await feed.answer({ ...changes(0), ageMs });
    return list.status().lagMs;
  };

  async function read(): Promise<Made> {
    const made = make();
    await made.feed.answer(snapshot(0));
    // The question that waits was asked when nothing had passed.
    await made.feed.answer(changes(0));
    return made;
  }

  it("stays where an answer is of an earlier time, as from a relay that lags", async () => {
    const made = await read();
    expect(await lagAfter(made, 2000)).toBe(0);
    made.clocks.advance(3);
    expect(made.list.status().lagMs).toBe(3000);
  });

  it("stays where a part of an answer came", async () => {
    const { feed, list } = await read();
    await feed.answer({ ...changes(1, sessionEntry("session 1")), isPart: true });
    expect(list.status()).toMatchObject({ lagMs: 0, entries: 1 });
  });

  it("moves by the wall clock where the machine slept", async () => {
    const made = await read();
    made.clocks.suspend(60);
    await made.feed.answer(changes(0));
    expect(made.list.status().lagMs).toBe(60_000);
    expect(await lagAfter(made, 0)).toBe(0);
  });

  it("moves by the monotonic clock where the wall clock was set back", async () => {
    const made = await read();
    made.clocks.suspend(-3600);
    made.clocks.monotonicMs += 4000;
    await made.feed.answer(changes(0));
    expect(made.list.status().lagMs).toBe(4000);
    expect(await lagAfter(made, 0)).toBe(0);
  });

  it("stays where an answer is as late by one clock and earlier by the other", async () => {
    const slept = await read();
    slept.clocks.suspend(2);
    await slept.feed.answer(changes(0));
    expect(await lagAfter(slept, 2000)).toBe(2000);
    slept.clocks.suspend(-2);
    expect(slept.list.status().lagMs).toBe(0);

    const setBack = await read();
    setBack.clocks.suspend(-2);
    setBack.clocks.advance(2);
    await setBack.feed.answer(changes(0));
    expect(await lagAfter(setBack, 2000)).toBe(2000);
    setBack.clocks.suspend(2);
    expect(setBack.list.status().lagMs).toBe(2000);
  });
});
