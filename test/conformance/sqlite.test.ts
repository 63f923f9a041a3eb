import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, beforeAll, describe, test } from "vitest";
import { sqliteStore } from "../../src/store/sqlite.ts";
import { feedConformance, manualClock, storeConformance } from "../../src/testing/index.ts";

const folder = mkdtempSync(join(tmpdir(), "rejwt-conformance-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("on a clock that can be moved", () => {
  const handle = new Database(join(folder, "moved.db"));
  const clock = manualClock("2026-05-01T12:00:00Z");
  storeConformance({
    test,
    makeStore: async () => sqliteStore(handle, { clock }),
    advance: (milliseconds) => clock.advance(milliseconds / 1000),
    rotations: 2000,
  });
});

describe("on its own clock", () => {
  const handle = new Database(join(folder, "own.db"));
  storeConformance({
    // Without `skip`, the rules about time are not named a second time.
    test: (name, run) => test(name, run),
    makeStore: async () => sqliteStore(handle),
    rotations: 50,
    presenters: 16,
  });
});

describe("as a feed", () => {
  const handle = new Database(join(folder, "feed.db"));
  const store = sqliteStore(handle);
  beforeAll(() => store.migrate());
  feedConformance({ test, makeFeed: async () => store });
});
