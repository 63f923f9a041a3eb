import { test } from "vitest";
import { memoryStore } from "../../src/store/memory.ts";
import { feedConformance, manualClock, storeConformance } from "../../src/testing/index.ts";

const clock = manualClock("2026-05-01T12:00:00Z");

storeConformance({
  test,
  makeStore: async () => memoryStore({ clock }),
  advance: (milliseconds) => clock.advance(milliseconds / 1000),
});

feedConformance({ test, makeFeed: async () => memoryStore() });
