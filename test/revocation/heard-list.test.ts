/** What a reader over HTTP makes of one list after another: what is news, what is a gap, and what is refused. */
import { describe, expect, it, test } from "vitest";
import { HeardList } from "../../src/revocation/heard-list.ts";
import type { SignedList } from "../../src/revocation/signed-list.ts";
import type { FeedCursor } from "../../src/store/revocation-feed.ts";

const iss = "https://auth.example";
const NOW_MS = 1_000_000;
const place = (position: number, history = "h"): FeedCursor => ({ position, history });

/** One list a call, of the keys "1" to the position, or those that are given. */
function hearing(): {
  heard: HeardList;
  take(position: number, changes?: { tag?: string; history?: string; kids?: readonly number[]; asOf?: number }): void;
  kidsAfter(from: FeedCursor): readonly string[] | "gone";
} {
  const heard = new HeardList();
  let count = 0;
  return {
    heard,
    take(position, { tag = `tag_${++count}`, history = "h", kids = upTo(position), asOf = NOW_MS } = {}) {
      const entries = kids.map((kid) => `["k","${kid}"]`);
      const list: SignedList = { iss, tag, maxTokenLifeMs: 1000, shards: [{ position, history, entries }] };
      heard.take(list, { iss, tag, asOf }, { sent: at(NOW_MS), cachedMs: 0, nowMs: NOW_MS + 60_000 });
    },
    kidsAfter(from) {
      const answer = heard.changesAfter(0, from);
      return answer === "gone" ? answer : answer.revocations.map((entry) => (entry.kind === "key" ? entry.kid : "?"));
    },
  };
}
const at = (ms: number): { wallMs: number; monotonicMs: number } => ({ wallMs: ms, monotonicMs: ms });
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

it("before the first list there is no shard to ask", () => {
  const { heard } = hearing();
  expect(() => heard.snapshot(0)).toThrow(new Error("no list has come yet"));
  expect([heard.heard, heard.tag]).toEqual([undefined, undefined]);
});

describe("who asks from a place hears", () => {
  it("what came after it, from as many lists as there were", () => {
    const { take, kidsAfter } = hearing();
    take(1);
    take(2);
    take(4);
    expect(kidsAfter(place(1))).toEqual(["2", "3", "4"]);
    expect(kidsAfter(place(2))).toEqual(["3", "4"]);
    expect(kidsAfter(place(4))).toEqual([]);
    expect(kidsAfter(place(3))).toBe("gone");
    expect(kidsAfter(place(4, "g"))).toBe("gone");
  });

  it("of sixteen lists, and of none before them", () => {
    const { take, kidsAfter } = hearing();
    for (const position of upTo(18)) take(position);
    expect(kidsAfter(place(1))).toBe("gone");
    expect(kidsAfter(place(2))).toHaveLength(16);
  });

  test.each<[string, number, object]>([
    ["entries came and left again between", 4, { kids: [1, 2, 4] }],
    ["more entries came than the place says", 3, { kids: [1, 2, 3, 4] }],
    ["the history is another, at the same place", 2, { history: "g" }],
  ])("of a gap, where %s", (_what, position, changes) => {
    const { take, kidsAfter } = hearing();
    take(1);
    take(2);
    take(position, changes);
    expect(kidsAfter(place(2))).toBe("gone");
    expect(kidsAfter(place(1))).toBe("gone");
  });

  it("the same as before, where only entries that are over have left", () => {
    const { heard, take, kidsAfter } = hearing();
    take(1);
    take(2);
    take(2, { kids: [2] });
    expect(kidsAfter(place(1))).toEqual(["2"]);
    expect(heard.snapshot(0).revocations).toEqual([{ kind: "key", kid: "2" }]);
  });
});

it("a list of the tag that is held is the one that is held", () => {
  const { heard, take } = hearing();
  take(1, { tag: "tag" });
  take(2, { tag: "tag" });
  expect(heard.snapshot(0).cursor).toEqual(place(1));
});

describe("a list that knows less is refused", () => {
  test.each<[string, object]>([
    ["of the same history, however much later", { asOf: NOW_MS + 60_000 }],
    ["of another history, within what clocks may differ", { history: "g", asOf: NOW_MS + 5000 }],
  ])("%s", (_what, changes) => {
    const { heard, take } = hearing();
    take(2);
    expect(() => take(1, changes)).toThrow(expect.objectContaining({ reason: "cursor-older" }));
    expect(heard.snapshot(0).cursor).toEqual(place(2));
  });

  it("but is taken later, of another history: entries were lost", () => {
    const { heard, take, kidsAfter } = hearing();
    take(2);
    take(1, { history: "g", asOf: NOW_MS + 5001 });
    expect(heard.snapshot(0).cursor).toEqual(place(1, "g"));
    expect(kidsAfter(place(2))).toBe("gone");
  });
});

describe("the moment that counts", () => {
  const asOf = (ms: number): { iss: string; tag: string; asOf: number } => ({ iss, tag: "tag", asOf: ms });
  const take = (heard: HeardList, ms: number, sentMs: number): void =>
    heard.take(undefined, asOf(ms), { sent: at(sentMs), cachedMs: 0, nowMs: sentMs });

  it("is that of the first answer with a signed time, and of the next only with a later one", () => {
    const { heard, take: takeList } = hearing();
    takeList(1, { tag: "tag", asOf: 0 });
    expect(heard.heard).toEqual({ sent: at(NOW_MS), behindMs: NOW_MS });
    take(heard, 0, NOW_MS + 1000);
    expect(heard.heard?.sent).toEqual(at(NOW_MS));
    take(heard, 1, NOW_MS + 2000);
    expect(heard.heard).toEqual({ sent: at(NOW_MS + 2000), behindMs: NOW_MS + 1999 });
  });
});
