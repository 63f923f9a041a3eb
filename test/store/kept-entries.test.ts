/** What the feeds of the memory and the SQLite store keep, and what they refuse to: an entry must not be passed over. */
import Database from "libsql";
import { beforeEach, describe, expect, it } from "vitest";
import type { SessionStore } from "../../src/store/contract.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { RevocationFeed } from "../../src/store/revocation-feed.ts";
import { type SqliteHandle, sqliteStore } from "../../src/store/sqlite.ts";

const config = expect.objectContaining({ code: "CONFIG" }) as Error;
const stores: Readonly<Record<string, (handle: SqliteHandle) => SessionStore & RevocationFeed>> = {
  memory: () => memoryStore(),
  SQLite: (handle) => sqliteStore(handle),
};

describe.each(Object.entries(stores))("the revocations in %s", (_name, make) => {
  let handle: Database.Database;
  let feed: SessionStore & RevocationFeed;
  beforeEach(async () => {
    handle = new Database(":memory:");
    feed = make(handle);
    await feed.migrate();
  });

  it.each<[string, object]>([
    ["a token without a name", { kind: "token", jti: "", expiresAtMs: 5 }],
    ["a token whose end is no time", { kind: "token", jti: "x", expiresAtMs: Number.NaN }],
    ["a name that is too long", { kind: "session", sessionId: "s".repeat(1025) }],
    ["a name that is no text", { kind: "subject", subject: 7 }],
    ["no name", { kind: "key" }],
    ["another kind", { kind: "nothing" }],
  ])("refuse what no reader would understand: %s", async (_what, request) => {
    await expect(feed.addRevocation(request as never)).rejects.toThrow(config);
    expect((await feed.reader().snapshot(0)).revocations).toEqual([]);
  });

  it("hold a token to its end, though that is a fraction of a millisecond", async () => {
    const expiresAtMs = Date.now() + 60_000.5;
    await feed.addRevocation({ kind: "token", jti: "token 1", expiresAtMs });
    const [entry] = (await feed.reader().snapshot(0)).revocations;
    expect(entry).toEqual({ kind: "token", jti: "token 1", untilMs: Math.ceil(expiresAtMs) + 600_000 });
  });
});

it("an entry of a later version in SQLite is refused aloud", async () => {
  const handle = new Database(":memory:");
  const feed = sqliteStore(handle as SqliteHandle);
  await feed.migrate();
  const reader = feed.reader();
  const { cursor } = await reader.snapshot(0);
  handle.exec(`INSERT INTO rejwt_revocations (history, entry, until_ms) VALUES ('next', '["z","new"]', NULL)`);
  await expect(reader.tail(0, cursor, 0)).rejects.toThrow("does not understand");
  await expect(reader.snapshot(0)).rejects.toThrow("does not understand");
});
