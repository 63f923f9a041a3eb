/** Following one shard: what is asked, as of when an answer counts, and how long a feed that fails is left alone. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RevocationEvent } from "../../src/revocation/events.ts";
import { follow } from "../../src/revocation/follow.ts";
import type { Moment } from "../../src/revocation/freshness.ts";
import type { Revocation } from "../../src/store/revocation.ts";
import type { FeedReader } from "../../src/store/revocation-feed.ts";
import { type Answer, changes, START_MS, sessionEntry, settled, snapshot } from "./scripted-feed.ts";

const SHARD = 3;
const WAIT_MS = 1000;
const one = sessionEntry("session 1");
const two = sessionEntry("session 2");
const down = new Error("connect ECONNREFUSED");

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  // The shortest pauses: half of the longest.
  vi.spyOn(Math, "random").mockReturnValue(0);
});
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

interface Followed {
  readonly asked: string[];
  readonly heard: [readonly Revocation[], Moment | undefined][];
  readonly events: RevocationEvent[];
  readonly givenUp: FeedReader[];
  readonly readers: FeedReader[];
  readonly over: Promise<void>;
  /** The next answers, of whoever waits for one or will. */
  answer(...answers: readonly Answer[]): Promise<void>;
  advance(seconds: number): void;
  end(): void;
}

function followed({ signal }: { signal?: AbortSignal } = {}): Followed {
  const abort = new AbortController();
  ends.push(() => abort.abort());
  const asked: string[] = [];
  const ready: Answer[] = [];
  let waiting: (() => void) | undefined;
  let ms = 0;
  async function ask(question: string): Promise<never> {
    asked.push(question);
    while (ready.length === 0) {
      await new Promise<void>((resolve) => {
        waiting = resolve;
      });
    }
    const answer = ready.shift();
    if (answer instanceof Error) throw answer;
    return (answer === "silence" ? new Promise(() => {}) : answer) as never;
  }
  const readers: FeedReader[] = [];
  const open = (): FeedReader => {
    const reader: FeedReader = {
      snapshot: (shard) => ask(`snapshot ${shard}`),
      tail: (shard, { position, history }, waitMs) => ask(`tail ${shard} ${position} ${history} ${waitMs}`),
      close: async () => {},
    };
    readers.push(reader);
    return reader;
  };
  open();
  const [heard, events, givenUp]: [Followed["heard"], RevocationEvent[], FeedReader[]] = [[], [], []];
  const over = follow({
    shard: SHARD,
    reader: () => readers.at(-1) as FeedReader,
    giveUp: (reader) => {
      givenUp.push(reader);
      open();
    },
    waitMs: WAIT_MS,
    now: () => ({ wallMs: START_MS + ms, monotonicMs: ms }),
    heard: (revocations, asOf) => heard.push([revocations, asOf]),
    emit: (event) => events.push(event),
    signal: signal ?? abort.signal,
  });
  return {
    asked,
    heard,
    events,
    givenUp,
    readers,
    over,
    answer: async (...answers) => {
      ready.push(...answers);
      waiting?.();
      await settled();
    },
    advance: (seconds) => {
      ms += seconds * 1000;
    },
    end: () => abort.abort(),
  };
}

/** Nothing was asked until so many milliseconds had passed; then something was. */
async function expectPause(ms: number, { asked }: Followed): Promise<void> {
  const before = asked.length;
  await vi.advanceTimersByTimeAsync(ms - 1);
  await settled();
  expect(asked).toHaveLength(before);
  await vi.advanceTimersByTimeAsync(1);
  await settled();
  expect(asked).toHaveLength(before + 1);
}

describe("a shard is read", () => {
  it("whole at first, and from where that led on, with the wait", async () => {
    const shard = followed();
    await shard.answer(snapshot(7, one), changes(8, two));
    expect(shard.asked).toEqual(["snapshot 3", "tail 3 7 history 1 1000", "tail 3 8 history 1 1000"]);
    expect(shard.heard.map(([revocations]) => revocations)).toEqual([[one], [two]]);
    expect(shard.events).toEqual([]);
  });

  it("not at all once the signal was aborted", async () => {
    const shard = followed({ signal: AbortSignal.abort() });
    await shard.over;
    expect(shard.asked).toEqual([]);
  });

  it("no further after an answer that comes when the list was closed", async () => {
    const shard = followed();
    shard.end();
    await shard.answer(snapshot(0));
    await shard.over;
    expect(shard.asked).toHaveLength(1);
  });
});

describe("an answer counts as of", () => {
  const at = (ms: number): Moment => ({ wallMs: START_MS + ms, monotonicMs: ms });

  it("its question", async () => {
    const shard = followed();
    shard.advance(2);
    await shard.answer(snapshot(0));
    shard.advance(3);
    await shard.answer(changes(0));
    expect(shard.heard.map(([, asOf]) => asOf)).toEqual([at(0), at(2000)]);
  });

  it("its question, less what the feed itself was behind", async () => {
    const shard = followed();
    await shard.answer({ ...snapshot(0), ageMs: 300 }, { ...changes(0), ageMs: 200 });
    expect(shard.heard.map(([, asOf]) => asOf)).toEqual([at(-300), at(-200)]);
  });

  it("no moment where more is to come", async () => {
    const shard = followed();
    await shard.answer(snapshot(0), { ...changes(1, one), isPart: true }, { ...changes(2, two), isPart: false });
    expect(shard.heard).toEqual([
      [[], at(0)],
      [[one], undefined],
      [[two], at(0)],
    ]);
  });
});

describe("a gap", () => {
  it.each<[string, Answer]>([
    ["entries were skipped", changes(3, one)],
    ["entries came twice", changes(1, one)],
    ["the place is gone", "gone"],
  ])("is told where %s; nothing of the answer is taken in, and the whole is read at once", async (_, answer) => {
    const shard = followed();
    await shard.answer(snapshot(1), answer);
    expect(shard.events).toEqual([{ type: "gap", shard: SHARD }]);
    expect(shard.heard).toHaveLength(1);
    expect(shard.asked.at(-1)).toBe("snapshot 3");
  });

  it("after a gap is waited for, longer each time, until a change is read in its turn", async () => {
    const shard = followed();
    await shard.answer(snapshot(1), "gone", snapshot(1), "gone");
    await expectPause(50, shard);
    await shard.answer(snapshot(1), "gone");
    await expectPause(100, shard);
    expect(shard.asked.at(-1)).toBe("snapshot 3");
    await shard.answer(snapshot(1), changes(1), "gone");
    expect(shard.asked.at(-1)).toBe("snapshot 3");
    await shard.answer(snapshot(1), "gone");
    await expectPause(50, shard);
  });
});

describe("a feed that lost entries", () => {
  const afterGap = async (position: number): Promise<Followed> => {
    const shard = followed();
    await shard.answer(snapshot(5), changes(6, one), "gone", snapshot(position));
    return shard;
  };

  it("is told of when it is less far than it was", async () => {
    expect((await afterGap(5)).events).toEqual([
      { type: "gap", shard: SHARD },
      { type: "regressed", shard: SHARD },
    ]);
  });

  it("is one no more where it is as far as it was", async () => {
    expect((await afterGap(6)).events).toEqual([{ type: "gap", shard: SHARD }]);
  });

  it("is told of once: what it has now is what counts", async () => {
    const shard = await afterGap(2);
    await shard.answer("gone");
    await expectPause(50, shard);
    await shard.answer(snapshot(3));
    expect(shard.events.filter(({ type }) => type === "regressed")).toHaveLength(1);
  });
});

describe("a question that fails", () => {
  const failed = (failures: number, error: unknown = down): RevocationEvent => ({
    type: "failed",
    shard: SHARD,
    error,
    failures,
  });

  it("is told and asked again after a pause that doubles, up to half of five seconds at least", async () => {
    const shard = followed();
    for (const ms of [50, 100, 200, 400, 800, 1600, 2500, 2500]) {
      await shard.answer(down);
      await expectPause(ms, shard);
    }
    expect(shard.events).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((failures) => failed(failures)));
    expect(new Set(shard.asked)).toEqual(new Set(["snapshot 3"]));
    expect(shard.givenUp).toEqual([]);
  });

  it("waits up to twice as long, by chance", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const shard = followed();
    await shard.answer(down);
    await expectPause(75, shard);
  });

  it("is the first again after an answer, and keeps its place", async () => {
    const shard = followed();
    await shard.answer(down);
    await expectPause(50, shard);
    await shard.answer(snapshot(4), down);
    await expectPause(50, shard);
    expect(shard.asked.slice(-2)).toEqual(["tail 3 4 history 1 1000", "tail 3 4 history 1 1000"]);
    expect(shard.events).toEqual([failed(1), failed(1)]);
  });

  it("is not told, nor asked again, once the list was closed", async () => {
    const shard = followed();
    shard.end();
    await shard.answer(down);
    await shard.over;
    expect([shard.events, shard.asked.length]).toEqual([[], 1]);
  });

  it("ends its pause when the list is closed", async () => {
    const shard = followed();
    await shard.answer(down);
    shard.end();
    await shard.over;
    expect(shard.asked).toHaveLength(1);
  });

  it("in that nothing comes, five seconds after its wait, has its reader given up, and asks the next", async () => {
    const shard = followed();
    await shard.answer("silence");
    await vi.advanceTimersByTimeAsync(5999);
    expect(shard.events).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(shard.events).toMatchObject([{ type: "failed", error: { name: "Unanswered" }, failures: 1 }]);
    expect(shard.givenUp).toEqual([shard.readers[0]]);
    await expectPause(50, shard);
  });
});
