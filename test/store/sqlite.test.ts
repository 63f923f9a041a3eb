import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { memoryStore } from "../../src/store/memory.ts";
import { type SqliteHandle, sqliteStore } from "../../src/store/sqlite.ts";
import { manualClock } from "../../src/testing/index.ts";
import { setUp } from "../session/sessions.ts";

const folder = mkdtempSync(join(tmpdir(), "rejwt-sqlite-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

let files = 0;
let path = "";
let handle: Database.Database;
beforeEach(() => {
  path = join(folder, `${++files}.db`);
  handle = new Database(path);
});

const ann = { subject: "ann" };

async function openStore(on: SqliteHandle = handle) {
  const store = sqliteStore(on);
  await store.migrate();
  return store;
}

/** A handle whose `exec` first asks what should happen to this text. */
function withExec(inner: SqliteHandle, before: (sql: string) => void): SqliteHandle {
  return {
    prepare: (sql) => inner.prepare(sql),
    exec: (sql) => {
      before(sql);
      return inner.exec(sql);
    },
  };
}

describe("sqliteStore", () => {
  it.each([undefined, null, "app.db", {}, { exec: () => {} }])("refuses what is no handle: %j", (wrong) => {
    expect(() => sqliteStore(wrong as never)).toThrow(expect.objectContaining({ code: "CONFIG" }) as Error);
  });

  it("refuses unknown options, and a clock that is none", () => {
    expect(() => sqliteStore(handle, { clok: Date } as never)).toThrow(
      expect.objectContaining({ code: "CONFIG" }) as Error,
    );
    expect(() => sqliteStore(handle, { clock: 5 } as never)).toThrow(
      expect.objectContaining({ code: "CONFIG" }) as Error,
    );
  });

  it("says what to call where the tables are missing", async () => {
    const store = sqliteStore(handle);
    const refused = setUp({ store }).sessions.start(ann);
    await expect(refused).rejects.toMatchObject({ code: "CONFIG" });
    await expect(refused).rejects.toThrow("await store.migrate()");
    await store.migrate();
    await expect(setUp({ store }).sessions.start(ann)).resolves.toBeDefined();
  });

  it("says so where the tables are of another version", async () => {
    await openStore();
    handle.exec("UPDATE rejwt_schema SET version = 99");
    await expect(sqliteStore(handle).readSubject({ ...ann, shard: 0, tags: [] })).rejects.toThrow("newer version");
    await expect(sqliteStore(handle).migrate()).rejects.toThrow("newer version");
    handle.exec("UPDATE rejwt_schema SET version = 0");
    await expect(sqliteStore(handle).readSubject({ ...ann, shard: 0, tags: [] })).rejects.toThrow("older version");
  });

  it("says so where the handle answers promises", async () => {
    const asynchronous = { exec: async () => {}, prepare: () => ({ run: async () => {}, all: async () => [] }) };
    await expect(sqliteStore(asynchronous).migrate()).rejects.toMatchObject({ code: "CONFIG" });
    await expect(sqliteStore(asynchronous).sweep()).rejects.toMatchObject({ code: "CONFIG" });
  });

  it("writes ahead, to the disk, and waits for other writers", async () => {
    await openStore();
    expect(handle.prepare("PRAGMA journal_mode").all()).toMatchObject([{ journal_mode: "wal" }]);
    expect(handle.prepare("PRAGMA synchronous").all()).toMatchObject([{ synchronous: 2 }]);
    expect(handle.prepare("PRAGMA busy_timeout").all()).toMatchObject([{ timeout: 5000 }]);
  });

  it("sets that on a connection which did not migrate, too, and waits no shorter than it is told", async () => {
    await openStore();
    const second = new Database(path);
    second.exec("PRAGMA busy_timeout = 9000");
    await sqliteStore(second).sweep();
    expect(second.prepare("PRAGMA synchronous").all()).toMatchObject([{ synchronous: 2 }]);
    expect(second.prepare("PRAGMA busy_timeout").all()).toMatchObject([{ timeout: 9000 }]);
  });

  it("lives in memory where the database does", async () => {
    const store = await openStore(new Database(":memory:"));
    await expect(setUp({ store }).sessions.start(ann)).resolves.toBeDefined();
  });

  it("does not close the handle, and may be used again after its own close", async () => {
    const store = await openStore();
    await store.close();
    expect(handle.prepare("SELECT 1 AS one").all()).toEqual([{ one: 1 }]);
    await expect(setUp({ store }).sessions.start(ann)).resolves.toBeDefined();
  });

  it("keeps sessions through a restart, generations and all", async () => {
    const { sessions } = setUp({ store: await openStore() });
    const { refreshToken } = await sessions.start({ ...ann, metadata: { device: "Pixel 11" } });
    const next = await sessions.refresh(refreshToken);
    handle.close();
    const { sessions: later } = setUp({ store: sqliteStore(new Database(path)) });
    expect((await later.refresh(refreshToken)).refreshToken).toBe(next.refreshToken);
    expect((await later.list("ann")).sessions[0]?.metadata).toEqual({ device: "Pixel 11" });
  });

  it("prepares its statements once", async () => {
    let prepared = 0;
    const counting: SqliteHandle = {
      exec: (sql) => handle.exec(sql),
      prepare: (sql) => {
        prepared++;
        return handle.prepare(sql);
      },
    };
    const { sessions } = setUp({ store: await openStore(counting) });
    let { refreshToken } = await sessions.start(ann);
    const before = prepared;
    for (let n = 0; n < 5; n++) ({ refreshToken } = await sessions.refresh(refreshToken));
    expect(prepared).toBe(before);
  });

  it("reads numbers from a handle that answers bigints", async () => {
    const { sessions, store } = setUp({ store: await openStore() });
    const { refreshToken, sessionId } = await sessions.start(ann);
    const before = await store.read(sessionId);
    handle.defaultSafeIntegers(true);
    const other = sqliteStore(handle);
    expect((await other.read(sessionId))?.family).toEqual(before?.family);
    expect((await setUp({ store: other }).sessions.refresh(refreshToken)).outcome).toBe("rotated");
    expect(await other.markUsed("id", new Date())).toBe(true);
    expect(await other.markUsed("id", new Date())).toBe(false);
  });

  it("takes a restored older copy for what it is: the session ends, and nobody is called a thief", async () => {
    const { sessions } = setUp({ store: await openStore() });
    const { refreshToken } = await sessions.start(ann);
    handle.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    const copy = `${path}.copy`;
    copyFileSync(path, copy);
    const next = await sessions.refresh((await sessions.refresh(refreshToken)).refreshToken);
    const { sessions: restored, events } = setUp({ store: sqliteStore(new Database(copy)) });
    await expect(restored.refresh(next.refreshToken)).rejects.toMatchObject({
      code: "SESSION_ENDED",
      reason: "regressed",
    });
    expect(events.map((event) => event.type)).toEqual(["ended"]);
  });
});

describe("a transaction", () => {
  it("that cannot commit answers nothing, and changes nothing", async () => {
    let failing = false;
    const store = await openStore(
      withExec(handle, (sql) => {
        if (failing && sql === "COMMIT") throw new Error("disk I/O error");
      }),
    );
    const { sessions, events } = setUp({ store });
    const { refreshToken } = await sessions.start(ann);
    failing = true;
    await expect(sessions.refresh(refreshToken)).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      cause: expect.objectContaining({ message: "disk I/O error" }) as Error,
    });
    await expect(sessions.start(ann)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    failing = false;
    expect(events.map((event) => event.type)).toEqual(["started"]);
    expect((await sessions.list("ann")).sessions).toHaveLength(1);
    // It rotates, it is not replayed: the refused one left no trace.
    expect((await sessions.refresh(refreshToken)).outcome).toBe("rotated");
  });

  it("that SQLite rolled back by itself is told by the first error", async () => {
    let failing = false;
    const store = await openStore(
      withExec(handle, (sql) => {
        if (!failing || sql !== "COMMIT") return;
        handle.exec("ROLLBACK");
        throw new Error("database or disk is full");
      }),
    );
    failing = true;
    await expect(store.bumpEveryone(0)).rejects.toThrow("database or disk is full");
    await expect(store.bumpEveryone(0)).rejects.toThrow("database or disk is full");
    failing = false;
    await expect(store.bumpEveryone(0)).resolves.toBeDefined();
  });

  it("is never begun within the application's own, nor ends it", async () => {
    const store = await openStore();
    handle.exec("CREATE TABLE own (n INTEGER)");
    handle.exec("BEGIN");
    handle.exec("INSERT INTO own VALUES (1)");
    const { sessions } = setUp({ store });
    await expect(sessions.start(ann)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    handle.exec("COMMIT");
    expect(handle.prepare("SELECT n FROM own").all()).toEqual([{ n: 1 }]);
    await expect(sessions.start(ann)).resolves.toBeDefined();
  });

  it("that cannot begin because another process writes is an outage", async () => {
    const store = await openStore();
    const { sessions } = setUp({ store });
    const { refreshToken } = await sessions.start(ann);
    handle.exec("PRAGMA busy_timeout = 20");
    const writer = new Database(path);
    writer.exec("BEGIN IMMEDIATE");
    await expect(sessions.refresh(refreshToken)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", status: 503 });
    // Readers do not wait.
    expect((await sessions.list("ann")).sessions).toHaveLength(1);
    writer.exec("ROLLBACK");
    expect((await sessions.refresh(refreshToken)).outcome).toBe("rotated");
  });
});

describe("migrate", () => {
  it("tries again while another connection switches to the write-ahead log, as only one can", async () => {
    let failures = 3;
    const store = sqliteStore(
      withExec(handle, (sql) => {
        if (sql.includes("journal_mode") && failures-- > 0) throw new Error("database is locked");
      }),
    );
    await store.migrate();
    expect(failures).toBe(-1);
  });

  it("keeps what is there", async () => {
    const store = await openStore();
    const { sessions } = setUp({ store });
    const { refreshToken } = await sessions.start(ann);
    await openStore();
    await openStore(new Database(path));
    expect((await sessions.refresh(refreshToken)).outcome).toBe("rotated");
  });
});

describe("the file", () => {
  it("holds nothing that could be used as a token", async () => {
    const { sessions } = setUp({ store: await openStore() });
    const tokens = [(await sessions.start(ann)).refreshToken];
    for (let n = 0; n < 10; n++) tokens.push((await sessions.refresh(tokens.at(-1) ?? "")).refreshToken);
    const bytes = Buffer.concat([readFileSync(path), readFileSync(`${path}-wal`)]);
    expect(bytes.includes("ann")).toBe(true);
    for (const token of tokens) {
      const secret = Buffer.from(token, "base64url").subarray(38, 70);
      for (const form of [
        token,
        secret,
        secret.toString("base64url"),
        secret.toString("hex"),
        secret.toString("base64"),
      ]) {
        expect(bytes.includes(form)).toBe(false);
      }
    }
  });

  it("holds a row of the same size after 200 rotations as after one", async () => {
    const store = await openStore();
    const { sessions } = setUp({ store });
    const size = () => {
      const [row] = handle.prepare("SELECT * FROM rejwt_sessions").all() as Record<string, unknown>[];
      return Object.values(row ?? {}).map((value) => (typeof value === "string" ? value.length : 1));
    };
    let { refreshToken } = await sessions.start(ann);
    ({ refreshToken } = await sessions.refresh(refreshToken));
    const first = size();
    for (let n = 0; n < 200; n++) ({ refreshToken } = await sessions.refresh(refreshToken));
    expect(size()).toEqual(first);
    expect(handle.prepare("SELECT count(*) AS rows FROM rejwt_sessions").all()).toEqual([{ rows: 1 }]);
  });

  it("is not touched in its indexes by a rotation, but once an hour", async () => {
    const clock = manualClock("2026-05-01T12:30:00Z");
    const updates: string[] = [];
    const watched: SqliteHandle = {
      exec: (sql) => handle.exec(sql),
      prepare(sql) {
        const statement = handle.prepare(sql);
        return {
          all: (...values: never[]) => statement.all(...values) as unknown,
          run(...values: never[]) {
            if (sql.startsWith("UPDATE rejwt_sessions")) updates.push(sql);
            return statement.run(...values);
          },
        };
      },
    };
    const store = sqliteStore(watched, { clock });
    await store.migrate();
    const { sessions } = setUp({ store, clock });
    let { refreshToken } = await sessions.start(ann);
    for (let minutes = 0; minutes < 180; minutes += 5) {
      clock.advance("5m");
      refreshToken = (await sessions.refresh(refreshToken)).refreshToken;
    }
    expect(updates).toHaveLength(36);
    const indexed = updates.filter((sql) =>
      /\b(session_id|subject|created_at_ms|removable_from_ms) = \?,|removable_from_ms = \?/.test(sql),
    );
    expect(indexed).toHaveLength(3);
  });

  it("does not grow for ever: starts remove the subject's dead sessions, and sweeps the others'", async () => {
    const clock = manualClock("2026-05-01T12:00:00Z");
    for (const store of [sqliteStore(handle, { clock }), memoryStore({ clock })]) {
      await store.migrate();
      const { sessions } = setUp({ store });
      for (let n = 0; n < 30; n++) await sessions.start(ann);
      await sessions.start({ subject: "bob" });
      clock.advance("21d");
      const { sessionId } = await sessions.start(ann);
      // 30 dead of ann's, of which one start removes 16, and one of bob's.
      expect(await store.sweep(1000)).toBe(15);
      expect(await store.sweep(1000)).toBe(0);
      expect((await store.read(sessionId))?.family.subject).toBe("ann");
    }
  });
});
