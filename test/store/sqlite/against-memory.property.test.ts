import Database from "libsql";
import { describe, it } from "vitest";
import { sqliteStore } from "../../../src/store/sqlite.ts";
import { playAgainstMemory } from "../game/game.ts";

describe("the SQLite store beside the memory store", () => {
  it("decides the same, whatever is sent, in whatever order, at whatever time", { timeout: 120_000 }, async () => {
    await playAgainstMemory(
      async (clock) => {
        const store = sqliteStore(new Database(":memory:"), { clock: () => new Date(clock()) });
        await store.migrate();
        return store;
      },
      { games: 150 },
    );
  });
});
