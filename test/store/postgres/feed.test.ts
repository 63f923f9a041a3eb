/** The list of revocations in PostgreSQL: written by the functions that end sessions, read whole, then followed. */
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Family, SessionStore } from "../../../src/store/contract.ts";
import { postgresFeed, postgresStore } from "../../../src/store/postgres.ts";
import { formatRevocation, REVOCATION_MARGIN_MS } from "../../../src/store/revocation.ts";
import type { FeedChanges, FeedReader, RevocationFeed } from "../../../src/store/revocation-feed.ts";
import { type PostgresServer, requirePostgres, startPostgres } from "../../services/postgres.ts";
import { addressOf, hash, present, sessionIdOf, start } from "../commands.ts";
import { found, liveIn } from "../disk.ts";
import { storeWithToldTime } from "./told-time.ts";

const config = expect.objectContaining({ code: "CONFIG" }) as Error;
const HOUR_MS = 3_600_000;
const KEPT_MS = HOUR_MS + REVOCATION_MARGIN_MS;
const alice = addressOf("alice", 1);

describe("postgresFeed", () => {
  const client = { query: async () => ({ rows: [] as unknown[] }) };

  it.each([undefined, null, "postgres://localhost", {}])("refuses what is no client: %j", (no) => {
    expect(() => postgresFeed(no as never)).toThrow(config);
  });

  it.each([{ shards: 1 }, { schema: "pg_x" }, { maxTokenLife: "1 hour" }, { maxTokenLife: 0 }])(
    "refuses an option that it does not know, or that is out of range: %j",
    (options) => {
      expect(() => postgresFeed(client, options as never)).toThrow(config);
    },
  );

  it("rejects an answer without a place", async () => {
    await expect(postgresFeed(client).reader().snapshot(0)).rejects.toThrow("without the place");
  });
});

describe("the revocations in PostgreSQL", requirePostgres(), () => {
  let server: PostgresServer;
  let pool: Pool;
  let store: SessionStore;
  let feed: RevocationFeed;
  let reader: FeedReader;
  beforeAll(async () => {
    server = await startPostgres();
    pool = new Pool({ connectionString: server.url, connectionTimeoutMillis: 2000 });
    pool.on("error", () => {});
    store = postgresStore(pool);
    await store.migrate();
    feed = postgresFeed(pool);
    reader = feed.reader();
  });
  afterAll(async () => {
    await reader?.close();
    await pool?.end();
    await server?.stop();
  });

  async function started(...args: Parameters<typeof start>): Promise<Family> {
    const outcome = await store.create(start(...args));
    if (outcome.outcome !== "created") throw new Error(outcome.outcome);
    return outcome.family;
  }

  async function changesSince(cursor: FeedChanges["cursor"], waitMs = 0): Promise<FeedChanges> {
    const changes = await reader.tail(0, cursor, waitMs);
    if (changes === "gone") throw new Error("gone");
    expect(changes.cursor.position).toBe(cursor.position + changes.revocations.length);
    return changes;
  }

  /** What an operation writes to the list. */
  async function writtenBy(operation: () => Promise<unknown>): Promise<FeedChanges["revocations"]> {
    const { cursor } = await reader.snapshot(0);
    await operation();
    const { revocations } = await changesSince(cursor);
    const { revocations: all } = await reader.snapshot(0);
    for (const revocation of revocations) expect(all).toContainEqual(revocation);
    return revocations;
  }

  const sessionEntry = ({ sessionId, ended }: { sessionId: string; ended?: Family["ended"] }) => ({
    kind: "session",
    sessionId,
    untilMs: ended === undefined ? expect.any(Number) : ended.atMs + KEPT_MS,
  });

  it("hold a session that was ended, until no token of it can live any more", async () => {
    const family = await started(alice);
    let ended: Family | undefined;
    const written = await writtenBy(async () => {
      ended = await store.endFamily(family.sessionId, "logout");
    });
    expect(ended?.ended).toBeDefined();
    expect(written).toEqual([sessionEntry({ sessionId: family.sessionId, ended: ended?.ended })]);
    expect(await writtenBy(() => store.endFamily(family.sessionId, "logout"))).toEqual([]);
    expect(await writtenBy(() => store.endFamily(sessionIdOf(alice), "logout"))).toEqual([]);
  });

  it("hold a session whose token was reused, came from the future, or was of two histories", async () => {
    for (const [spoil, outcome] of [
      [(first: Family) => first, "reused"],
      [(first: Family) => ({ ...first, generation: 9 }), "ended"],
      [(first: Family) => ({ ...first, generation: 1, current: hash() }), "ended"],
    ] as const) {
      const family = await started(alice);
      await store.rotate(present(family));
      const rotate = () => store.rotate(present(spoil(family), { graceMs: -1 }));
      const written = await writtenBy(async () => {
        expect((await rotate()).outcome).toBe(outcome);
      });
      expect(written).toEqual([sessionEntry({ sessionId: family.sessionId })]);
      expect(await writtenBy(rotate)).toEqual([]);
    }
  });

  it("hold nothing of a rotation, a retry, a wrong binding", async () => {
    const family = await started(alice, { binding: { clientId: "app" } });
    const written = await writtenBy(async () => {
      const command = present(family, { binding: { clientId: "app" } });
      expect((await store.rotate(present(family))).outcome).toBe("binding");
      expect((await store.rotate(command)).outcome).toBe("rotated");
      expect((await store.rotate(command)).outcome).toBe("replayed");
    });
    expect(written).toEqual([]);
  });

  it("hold each session that a start pushed out", async () => {
    const bob = addressOf("bob", 1);
    const first = await started(bob);
    const second = await started(bob);
    const written = await writtenBy(() => started(bob, { limit: { count: 1, whenFull: "evict-oldest" } }));
    expect(written).toEqual([first, second].map(({ sessionId }) => sessionEntry({ sessionId })));
  });

  it("hold a subject or everyone, with the epoch that tokens must have", async () => {
    const odd = addressOf('Ålice "of" \\ % \n 🙂', 1);
    let epoch = 0;
    const times = { atMs: expect.any(Number), untilMs: expect.any(Number) };
    const subject = await writtenBy(async () => {
      ({ epoch } = await store.bumpSubject(odd, { except: undefined }));
    });
    expect(subject).toEqual([{ kind: "subject", subject: odd.subject, epoch, ...times }]);
    const everyone = await writtenBy(async () => {
      ({ epoch } = await store.bumpEveryone(0));
    });
    expect(everyone).toEqual([{ kind: "everyone", shard: 0, epoch, ...times }]);
    const [{ atMs, untilMs }] = everyone as unknown as [{ atMs: number; untilMs: number }];
    expect(untilMs).toBe(atMs + KEPT_MS);
  });

  it("hold what is added without a session", async () => {
    const add = (request: Parameters<RevocationFeed["addRevocation"]>[0]) =>
      writtenBy(() => feed.addRevocation(request));
    const times = { epoch: undefined, atMs: expect.any(Number), untilMs: expect.any(Number) };
    const expiresAtMs = Date.now() + 60_000.5;
    expect(await add({ kind: "token", jti: "a\njti", expiresAtMs })).toEqual([
      { kind: "token", jti: "a\njti", untilMs: Math.ceil(expiresAtMs) + REVOCATION_MARGIN_MS },
    ]);
    expect(await add({ kind: "key", kid: "k1" })).toEqual([{ kind: "key", kid: "k1" }]);
    const sessionId = sessionIdOf(alice);
    expect(await add({ kind: "session", sessionId })).toEqual([sessionEntry({ sessionId })]);
    expect(await add({ kind: "subject", subject: "Ålice" })).toEqual([{ kind: "subject", subject: "Ålice", ...times }]);
    expect(await add({ kind: "everyone" })).toEqual([{ kind: "everyone", shard: 0, ...times }]);
    expect(await add({ kind: "token", jti: "over", expiresAtMs: 0 })).toEqual([]);
    await expect(feed.addRevocation({ kind: "key", kid: "" })).rejects.toThrow(config);
  });

  it("come in the order of their commits: who would overtake waits, and a rollback leaves no gap", async () => {
    const [first, second, third] = [await started(alice), await started(alice), await started(alice)];
    const { cursor } = await reader.snapshot(0);
    const [slow, undone] = [await pool.connect(), await pool.connect()];
    await slow.query("BEGIN");
    await slow.query("SELECT rejwt.end_session($1, 'logout', 1000000)", [first.sessionId]);
    const overtaking = store.endFamily(second.sessionId, "logout");
    expect((await changesSince(cursor, 250)).revocations).toEqual([]);
    await slow.query("COMMIT");
    await overtaking;
    await undone.query("BEGIN");
    await undone.query("SELECT rejwt.end_session($1, 'logout', 1000000)", [third.sessionId]);
    await undone.query("ROLLBACK");
    for (const connection of [slow, undone]) connection.release();
    await store.endFamily(third.sessionId, "logout");
    const { revocations } = await changesSince(cursor);
    expect(revocations).toMatchObject([first, second, third].map(({ sessionId }) => ({ sessionId })));
  });

  it("are not hidden by a transaction that somebody else leaves open", async () => {
    const foreign = await pool.connect();
    await foreign.query("CREATE TABLE IF NOT EXISTS theirs (n int)");
    await foreign.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    await foreign.query("INSERT INTO theirs SELECT count(*) FROM rejwt.revocations");
    const family = await started(alice);
    const written = await writtenBy(() => store.endFamily(family.sessionId, "logout"));
    expect(written).toEqual([sessionEntry(family)]);
    await foreign.query("ROLLBACK");
    foreign.release();
  });

  it("are all told, each once and in its place, where many end at once", async () => {
    const families = await Promise.all(Array.from({ length: 200 }, (_, n) => started(addressOf(`user ${n}`, 1))));
    let { cursor } = await reader.snapshot(0);
    let ended = false;
    const ending = Promise.all(families.map(({ sessionId }) => store.endFamily(sessionId, "logout"))).then(() => {
      ended = true;
    });
    const heard: string[] = [];
    for (let last = false; ; ) {
      const changes = await changesSince(cursor, 50);
      cursor = changes.cursor;
      for (const revocation of changes.revocations) heard.push((revocation as { sessionId: string }).sessionId);
      if (last && changes.revocations.length === 0) break;
      last = ended;
    }
    await ending;
    expect(heard.sort()).toEqual(families.map(({ sessionId }) => sessionId).sort());
  });

  it("come in parts where they are very many, and the reader is told", async () => {
    const { cursor } = await reader.snapshot(0);
    const keys =
      "SELECT count(rejwt.add_revocation('k', '\"many ' || n || '\"', null, 1000)) FROM generate_series(1, 5001) AS n";
    await pool.query(keys);
    const first = await changesSince(cursor);
    expect(first).toMatchObject({ cursor: { position: cursor.position + 5000 }, isPart: true });
    const rest = await changesSince(first.cursor);
    expect(rest).toMatchObject({ cursor: { position: cursor.position + 5001 }, isPart: false });
  });

  it("that come between a snapshot and its tail are not lost", async () => {
    const keys = Array.from({ length: 100 }, (_, n) => ({ kind: "key", kid: `between ${n}` }) as const);
    const writing = Promise.all(keys.map((key) => feed.addRevocation(key)));
    const { revocations, cursor } = await reader.snapshot(0);
    await writing;
    const changes = await changesSince(cursor);
    const heard = new Set([...revocations, ...changes.revocations].map(formatRevocation));
    for (const key of keys) expect(heard).toContain(formatRevocation(key));
  });

  it("are told to who waits", async () => {
    const { cursor } = await reader.snapshot(0);
    const waiting = changesSince(cursor, 10_000);
    await store.bumpEveryone(0);
    expect((await waiting).revocations).toMatchObject([{ kind: "everyone" }]);
  });

  it("are gone for who is behind what was removed", async () => {
    const { cursor } = await reader.snapshot(0);
    for (const kid of ["gone 1", "gone 2", "gone 3"]) await feed.addRevocation({ kind: "key", kid });
    await pool.query("DELETE FROM rejwt.revocations WHERE position = $1", [cursor.position + 2]);
    expect(await reader.tail(0, cursor, 0)).toBe("gone");
    await pool.query("DELETE FROM rejwt.revocations WHERE position = $1", [cursor.position]);
    expect(await reader.tail(0, cursor, 0)).toBe("gone");
    const again = await reader.snapshot(0);
    expect(await changesSince(again.cursor)).toEqual({ revocations: [], isPart: false, cursor: again.cursor });
  });

  it("that a restored backup lost are noticed, though the positions catch up", async () => {
    await pool.query(
      "CREATE TABLE saved AS TABLE rejwt.revocations; CREATE TABLE saved_log AS TABLE rejwt.revocation_log",
    );
    await feed.addRevocation({ kind: "session", sessionId: "lost" });
    const { cursor } = await reader.snapshot(0);
    await pool.query(`
      TRUNCATE rejwt.revocations, rejwt.revocation_log;
      INSERT INTO rejwt.revocations TABLE saved; INSERT INTO rejwt.revocation_log TABLE saved_log`);
    expect(await reader.tail(0, cursor, 0)).toBe("gone");
    await feed.addRevocation({ kind: "session", sessionId: "other" });
    expect((await reader.snapshot(0)).cursor.position).toBe(cursor.position);
    expect(await reader.tail(0, cursor, 0)).toBe("gone");
  });

  it("of a later version are refused aloud", async () => {
    await postgresStore(pool, { schema: "later" }).migrate();
    const later = postgresFeed(pool, { schema: "later" }).reader();
    const { cursor } = await later.snapshot(0);
    await pool.query(`SELECT later.revoke(ARRAY['["z","new"]'], NULL, 0)`);
    await expect(later.tail(0, cursor, 0)).rejects.toThrow("does not understand");
    await expect(later.snapshot(0)).rejects.toThrow("does not understand");
  });

  it("leave at their own time, a few at a time, but for the newest", async () => {
    const { tell } = await storeWithToldTime(pool, "told");
    const told = postgresFeed(pool, { schema: "told", maxTokenLife: "10m" });
    const own = told.reader();
    let clockMs = Date.parse("2026-05-01T12:00:00Z");
    const advance = (ms: number): Promise<void> => {
      clockMs += ms;
      return tell(clockMs);
    };
    const kinds = async () => (await own.snapshot(0)).revocations.map(({ kind }) => kind).sort();
    await advance(0);
    await told.addRevocation({ kind: "token", jti: "soon", expiresAtMs: clockMs + 1000 });
    await told.addRevocation({ kind: "subject", subject: "alice" });
    await told.addRevocation({ kind: "key", kid: "k1" });
    await advance(1000 + REVOCATION_MARGIN_MS - 1);
    expect(await kinds()).toEqual(["key", "subject", "token"]);
    await advance(1);
    expect(await kinds()).toEqual(["key", "subject"]);
    await advance(HOUR_MS);
    expect(await kinds()).toEqual(["key"]);
    for (let n = 0; n < 300; n++) await told.addRevocation({ kind: "session", sessionId: `s${n}` });
    await advance(HOUR_MS);
    const { cursor } = await own.snapshot(0);
    for (let n = 0; n < 20; n++) await told.addRevocation({ kind: "session", sessionId: `t${n}` });
    const count = async () => Number((await pool.query("SELECT count(*) FROM told.revocations")).rows[0]?.count);
    // Three of the first four had left before: the place before the first entry, and what was over.
    expect(await count()).toBe(1 + 3 + 320 - 3 - 4 * 20);
    expect(await own.tail(0, cursor, 0)).toMatchObject({ revocations: { length: 20 } });
    await postgresStore(pool, { schema: "told" }).sweep();
    // The key, and the newest.
    expect(await count()).toBe(1 + 128);
    expect(await kinds()).toEqual(["key", ...Array<string>(20).fill("session")]);
  });

  it("hold no token, nor what a token is made of", async () => {
    await postgresStore(pool, { schema: "secret" }).migrate();
    const secret = postgresStore(pool, { schema: "secret" });
    const secrets = await liveIn(secret);
    const [sessionId = ""] = secrets.sessionIds;
    await secret.endFamily(sessionId, "logout");
    await secret.bumpSubject(alice, { except: undefined });
    const { rows } = await pool.query("SELECT * FROM secret.revocations");
    const held = Buffer.from(JSON.stringify(rows));
    expect(sessionId).not.toBe("");
    expect(held.includes(sessionId)).toBe(true);
    expect(held.includes("alice")).toBe(true);
    expect(found(held, secrets)).toEqual([]);
  });

  it("are not answered while PostgreSQL stands still or is away, and are again when it is back", {
    timeout: 30_000,
  }, async () => {
    const { cursor } = await reader.snapshot(0);
    const blocking = await pool.connect();
    blocking.on("error", () => {});
    await blocking.query("BEGIN; LOCK TABLE rejwt.revocations IN ACCESS EXCLUSIVE MODE");
    const asked = Array.from({ length: 4 }, () => expect(reader.tail(0, cursor, 0)).rejects.toThrow(/answer/));
    await Promise.all(asked);
    // No more questions than these stand in the application's pool.
    await expect(reader.tail(0, cursor, 0)).rejects.toThrow("asked before");
    await blocking.query("ROLLBACK");
    blocking.release();
    await expect.poll(() => reader.tail(0, cursor, 0).catch(() => "away")).toMatchObject({ cursor });
    await server.kill();
    await expect(reader.tail(0, cursor, 0)).rejects.toThrow("PostgreSQL did not answer");
    await server.restart();
    await expect
      .poll(() => reader.tail(0, cursor, 0).catch(() => "away"), { timeout: 10_000 })
      .toMatchObject({ cursor });
  });

  it("end what waits when the reader is closed", async () => {
    const own = feed.reader();
    const { cursor } = await own.snapshot(0);
    const waiting = expect(own.tail(0, cursor, 60_000)).rejects.toThrow();
    await own.tail(0, cursor, 0);
    await own.close();
    await own.close();
    await waiting;
    await expect(own.snapshot(0)).rejects.toThrow("closed");
    expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });
});
