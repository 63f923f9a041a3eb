import Database from "libsql";
import { beforeEach, describe, expect, it } from "vitest";
import type { RotateOutcome, SessionStore } from "../../src/store/contract.ts";
import { type SqliteHandle, sqliteStore } from "../../src/store/sqlite.ts";
import { createCommand, hash, present } from "./families.ts";

let database: Database.Database;
/** What was executed beside prepared statements. */
let executed: string[];
/** Throws where something is to fail. */
let before: (sql: string) => void;
let store: SessionStore;

beforeEach(async () => {
  database = new Database(":memory:");
  executed = [];
  before = () => {};
  const handle: SqliteHandle = {
    prepare: (sql) => database.prepare(sql),
    exec: (sql) => {
      before(sql);
      executed.push(sql);
      return database.exec(sql);
    },
  };
  store = sqliteStore(handle);
  await store.migrate();
  await store.create(createCommand());
  executed = [];
});

const idOf = (letter: string): string => letter.repeat(35);
const transactions = (): readonly string[] => executed.filter((sql) => !sql.startsWith("PRAGMA"));
const outcomes = async (asked: readonly Promise<RotateOutcome>[]) => (await Promise.all(asked)).map((it) => it.outcome);

describe("decisions that arrive together", () => {
  it("are committed together", async () => {
    const starts = ["B", "C", "D"].map((letter) => store.create(createCommand({ sessionId: idOf(letter) })));
    await Promise.all(starts);
    expect(transactions()).toEqual(["BEGIN IMMEDIATE", "COMMIT"]);
    expect(await store.read(idOf("D"))).toBeDefined();
  });

  it("are not answered before the commit", async () => {
    let answered = false;
    let atCommit: boolean | undefined;
    before = (sql) => {
      if (sql === "COMMIT") atCommit = answered;
    };
    const rotated = store.rotate(present(0)).then(() => (answered = true));
    await rotated;
    expect(atCommit).toBe(false);
  });

  it("are decided in order, each on what the one before left", async () => {
    const same = [present(0), present(0), present(0)].map((command) => store.rotate(command));
    expect(await outcomes(same)).toEqual(["rotated", "replayed", "replayed"]);
    const late = [present(1), present(0)].map((command) => store.rotate(command));
    expect(await outcomes(late)).toEqual(["rotated", "reused"]);
  });

  it("do not fail with a neighbour that fails", async () => {
    const results = await Promise.allSettled([
      store.rotate(present(0)),
      // Exists, and is never overwritten.
      store.create(createCommand()),
      store.create(createCommand({ sessionId: idOf("B") })),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(results[0]).toMatchObject({ value: { outcome: "rotated", family: { generation: 1 } } });
    expect(await store.read(idOf("A"))).toMatchObject({ family: { generation: 1, current: hash("g1") } });
    expect(await store.read(idOf("B"))).toBeDefined();
  });

  it("are all undone where the commit fails, and can all be asked for again", async () => {
    before = (sql) => {
      if (sql === "COMMIT") throw new Error("disk I/O error");
    };
    const ask = () => [store.rotate(present(0)), store.rotate(present(0))];
    const results = await Promise.allSettled(ask());
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(transactions()).toEqual(["BEGIN IMMEDIATE", "ROLLBACK"]);
    before = () => {};
    expect(await store.read(idOf("A"))).toMatchObject({ family: { generation: 0 } });
    expect(await outcomes(ask())).toEqual(["rotated", "replayed"]);
  });

  it("wait only once for a writer that does not end", async () => {
    let begun = 0;
    before = (sql) => {
      if (sql !== "BEGIN IMMEDIATE") return;
      begun++;
      throw new Error("database is locked");
    };
    const results = await Promise.allSettled([store.rotate(present(0)), store.rotate(present(0))]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(begun).toBe(1);
  });

  it("are committed in several groups where they are very many", async () => {
    await Promise.all(Array.from({ length: 600 }, () => store.rotate(present(0))));
    expect(transactions().filter((sql) => sql === "COMMIT")).toHaveLength(3);
  });

  it("are committed at once when the store is closed", async () => {
    const rotated = store.rotate(present(0));
    await store.close();
    expect(transactions()).toEqual(["BEGIN IMMEDIATE", "COMMIT"]);
    expect((await rotated).outcome).toBe("rotated");
  });
});
