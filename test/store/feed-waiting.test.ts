/** How a reader waits for news: what the answers take is part of the wait, or a slow line would outlast the bound. */
import { afterEach, expect, it, vi } from "vitest";
import { pollChanges, stepOf } from "../../src/store/feed-waiting.ts";
import type { FeedChanges } from "../../src/store/revocation-feed.ts";

const nothing: FeedChanges = { revocations: [], cursor: { position: 0, history: "history" } };

afterEach(() => vi.restoreAllMocks());

it.each([900, 1200])("over a line that takes %i ms of a wait of 1000 ms, nothing is asked twice", async (tripMs) => {
  let nowMs = 0;
  vi.spyOn(performance, "now").mockImplementation(() => nowMs);
  let questions = 0;
  const ask = async (): Promise<FeedChanges> => {
    questions++;
    nowMs += tripMs;
    return nothing;
  };
  await pollChanges(ask, 1000, async () => {});
  expect([questions, nowMs]).toEqual([1, tripMs]);
});

it("asks in equal steps of 200 ms at most", () => {
  expect([0, 1, 200, 201, 1250].map(stepOf)).toEqual([0, 1, 200, 100.5, 1250 / 7]);
});
