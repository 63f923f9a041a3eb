/** The list of revocations in Redis: written by the scripts that end sessions, read whole, then followed. */
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Family } from "../../../src/store/contract.ts";
import { redisFeed, redisStore } from "../../../src/store/redis.ts";
import { formatRevocation, REVOCATION_MARGIN_MS } from "../../../src/store/revocation.ts";
import type { FeedChanges, FeedReader, RevocationFeed } from "../../../src/store/revocation-feed.ts";
import { type RedisServer, requireRedis, startRedis } from "../../services/redis.ts";
import { addressOf, present, sessionIdOf, start } from "../commands.ts";
import { clientNames } from "./fixtures.ts";
import { withClock } from "./told-time.ts";

const config = expect.objectContaining({ code: "CONFIG" }) as Error;
const HOUR_MS = 3_600_000;
const KEPT_MS = HOUR_MS + REVOCATION_MARGIN_MS;

/** Clients that are connected, by name. */
const clients = {
  async ioredis(port: number) {
    const client = new Redis({ port, host: "127.0.0.1", retryStrategy: () => 50 });
    client.on("error", () => {});
    return { client, close: () => client.disconnect() };
  },
  async "node-redis"(port: number) {
    const client = createClient({ socket: { port, host: "127.0.0.1", reconnectStrategy: () => 50 } });
    client.on("error", () => {});
    await client.connect();
    return { client, close: () => client.destroy() };
  },
};

describe("redisFeed", () => {
  const client = { call: async () => null, duplicate: () => ({}) };

  it.each([undefined, null, "redis://localhost", {}])("refuses what is no client: %j", (no) => {
    expect(() => redisFeed(no as never)).toThrow(config);
  });

  it.each([
    { shard: 1 },
    { shards: 0 },
    { shards: 65_537 },
    { prefix: "{a}" },
    { maxTokenLife: "1 hour" },
    { maxTokenLife: 0 },
  ])("refuses an option that it does not know, or that is out of range: %j", (options) => {
    expect(() => redisFeed(client, options as never)).toThrow(config);
  });

  it("refuses a client whose duplicate is none", async () => {
    const opens = { ...client, call: async () => "64" };
    await expect(redisFeed(opens).reader().snapshot(0)).rejects.toThrow(config);
  });
});

describe.each(clientNames)("the revocations in Redis, with %s", requireRedis(), (clientName) => {
  let server: RedisServer;
  let admin: Redis;
  let connection:
    | Awaited<ReturnType<(typeof clients)["ioredis"]>>
    | Awaited<ReturnType<(typeof clients)["node-redis"]>>;
  let feed: RevocationFeed;
  let reader: FeedReader;
  let store: ReturnType<typeof redisStore>;
  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.port, "127.0.0.1");
    admin.on("error", () => {});
    connection = await clients[clientName](server.port);
  });
  beforeEach(async () => {
    await reader?.close();
    await admin.flushall();
    store = redisStore(connection.client);
    feed = redisFeed(connection.client);
    reader = feed.reader();
  });
  afterAll(async () => {
    await reader?.close();
    connection?.close();
    admin?.disconnect();
    await server?.stop();
  });

  const alice = addressOf("alice");

  async function started(...args: Parameters<typeof start>): Promise<Family> {
    const outcome = await store.create(start(...args));
    if (outcome.outcome !== "created") throw new Error(outcome.outcome);
    return outcome.family;
  }

  /** What an operation writes to the list of a shard. */
  async function writtenBy(
    operation: () => Promise<unknown>,
    shard = alice.shard,
  ): Promise<FeedChanges["revocations"]> {
    const { cursor } = await reader.snapshot(shard);
    await operation();
    const changes = await reader.tail(shard, cursor, 0);
    if (changes === "gone") throw new Error("gone");
    expect(changes.cursor.position).toBe(cursor.position + changes.revocations.length);
    const { revocations } = await reader.snapshot(shard);
    for (const revocation of changes.revocations) expect(revocations).toContainEqual(revocation);
    return changes.revocations;
  }

  async function nowMs(): Promise<number> {
    return (await store.readSubject(alice)).nowMs;
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
  });

  it.each([
    ["reused", "end", 2, "reused"],
    ["regressed", "end", 9, "ended"],
  ] as const)("hold a session whose token was %s", async (_, onRegressed, times, outcome) => {
    const family = await started(alice);
    const second = await store.rotate(present(family));
    if (second.outcome !== "rotated") throw new Error(second.outcome);
    const told = times === 9 ? { ...family, generation: 9 } : family;
    const written = await writtenBy(async () => {
      expect((await store.rotate(present(told, { onRegressed, graceMs: -1 }))).outcome).toBe(outcome);
    });
    expect(written).toEqual([sessionEntry(family)]);
    expect(await writtenBy(() => store.rotate(present(told, { onRegressed, graceMs: -1 })))).toEqual([]);
  });

  it("hold a session of two histories", async () => {
    const family = await started(alice);
    const written = await writtenBy(async () => {
      const forked = await store.rotate(present({ ...family, current: present(family).proposal.secretHash }));
      expect(forked).toMatchObject({ outcome: "ended", reason: "forked", endedNow: true });
    });
    expect(written).toEqual([sessionEntry(family)]);
  });

  it("hold nothing of a rotation, a retry, a wrong binding", async () => {
    const family = await started(alice, { binding: { clientId: "app" } });
    const binding = { clientId: "app" };
    const written = await writtenBy(async () => {
      const command = present(family, { binding });
      expect((await store.rotate(present(family))).outcome).toBe("binding");
      expect((await store.rotate(command)).outcome).toBe("rotated");
      expect((await store.rotate(command)).outcome).toBe("replayed");
    });
    expect(written).toEqual([]);
  });

  it("hold each session that a start pushed out", async () => {
    const first = await started(alice);
    const second = await started(alice);
    const limit = { count: 1, whenFull: "evict-oldest" } as const;
    const written = await writtenBy(() => started(alice, { limit }));
    expect(written).toHaveLength(2);
    expect(written).toEqual(
      expect.arrayContaining([first, second].map(({ sessionId }) => sessionEntry({ sessionId }))),
    );
  });

  it("hold a subject, with the epoch that its tokens must have, whatever its name", async () => {
    const odd = addressOf('Ålice "of" \\ % \n 🙂');
    await started(odd);
    let epoch = 0;
    const written = await writtenBy(async () => {
      ({ epoch } = await store.bumpSubject(odd, { except: undefined }));
    }, odd.shard);
    expect(written).toEqual([{ kind: "subject", subject: odd.subject, epoch, atMs: epoch, untilMs: epoch + KEPT_MS }]);
  });

  it("hold everyone of one shard, with the epoch", async () => {
    let epoch = 0;
    const written = await writtenBy(async () => {
      ({ epoch } = await store.bumpEveryone(7));
    }, 7);
    expect(written).toEqual([{ kind: "everyone", shard: 7, epoch, atMs: epoch, untilMs: epoch + KEPT_MS }]);
    expect((await reader.snapshot(8)).revocations).toEqual([]);
  });

  it("hold what is added without a session, in the shard where it is looked for", async () => {
    const expiresAtMs = (await nowMs()) + 60_000;
    const add = (request: Parameters<RevocationFeed["addRevocation"]>[0], shard: number) =>
      writtenBy(() => feed.addRevocation(request), shard);
    const times = { atMs: expect.any(Number), untilMs: expect.any(Number) };
    expect(await add({ kind: "token", jti: "a jti", expiresAtMs }, 0)).toEqual([
      { kind: "token", jti: "a jti", untilMs: expiresAtMs + REVOCATION_MARGIN_MS },
    ]);
    expect(await add({ kind: "key", kid: "k1" }, 0)).toEqual([{ kind: "key", kid: "k1" }]);
    const sessionId = sessionIdOf(alice);
    expect(await add({ kind: "session", sessionId }, alice.shard)).toEqual([sessionEntry({ sessionId })]);
    expect(await add({ kind: "subject", subject: "alice" }, alice.shard)).toEqual([
      { kind: "subject", subject: "alice", epoch: undefined, ...times },
    ]);
    expect(await add({ kind: "everyone" }, 63)).toEqual([{ kind: "everyone", shard: 63, epoch: undefined, ...times }]);
    const shards = await Promise.all(Array.from({ length: 64 }, (_, shard) => reader.snapshot(shard)));
    expect(shards.every(({ revocations }) => revocations.some(({ kind }) => kind === "everyone"))).toBe(true);
    expect(await add({ kind: "token", jti: "over", expiresAtMs: 0 }, 0)).toEqual([]);
  });

  it("refuse what no reader would understand", async () => {
    for (const request of [
      { kind: "token", jti: "", expiresAtMs: 5 },
      { kind: "token", jti: "x", expiresAtMs: Number.NaN },
      { kind: "session", sessionId: "s".repeat(1025) },
      { kind: "subject", subject: 7 },
      { kind: "key" },
      { kind: "nothing" },
    ]) {
      await expect(feed.addRevocation(request as never)).rejects.toThrow(config);
    }
  });

  it("are followed from a place, oldest first, with nothing between", async () => {
    let { cursor } = await reader.snapshot(0);
    const heard: string[] = [];
    for (let round = 0; round < 30; round++) {
      await Promise.all([1, 2, 3].map((n) => feed.addRevocation({ kind: "key", kid: `${round} ${n}` })));
      const changes = await reader.tail(0, cursor, 0);
      if (changes === "gone") throw new Error("gone");
      expect(changes.cursor.position).toBe(cursor.position + 3);
      heard.push(...changes.revocations.map(formatRevocation));
      cursor = changes.cursor;
    }
    expect(new Set(heard).size).toBe(90);
    expect(await reader.tail(0, cursor, 0)).toEqual({ revocations: [], isPart: false, cursor });
  });

  it("are told to who waits, and to who waited in vain that there was nothing", async () => {
    const { cursor } = await reader.snapshot(3);
    const waiting = reader.tail(3, cursor, 10_000);
    await store.bumpEveryone(3);
    expect(await waiting).toMatchObject({ revocations: [{ kind: "everyone" }], cursor: { position: 1 } });
    expect(await reader.tail(4, (await reader.snapshot(4)).cursor, 30)).toMatchObject({ revocations: [] });
  });

  it("that come between a snapshot and its tail are not lost", async () => {
    const keys = Array.from({ length: 300 }, (_, n) => ({ kind: "key", kid: `k${n}` }) as const);
    const writing = Promise.all(keys.map((key) => feed.addRevocation(key)));
    let { revocations, cursor } = await reader.snapshot(0);
    const found = new Set(revocations.map(formatRevocation));
    await writing;
    for (;;) {
      const changes = await reader.tail(0, cursor, 0);
      if (changes === "gone") throw new Error("gone");
      if (changes.revocations.length === 0) break;
      ({ revocations, cursor } = changes);
      for (const revocation of revocations) found.add(formatRevocation(revocation));
    }
    expect([...found].sort()).toEqual(keys.map(formatRevocation).sort());
  });

  it("are told whole where they are many", async () => {
    const log = "rejwt:{0}:r";
    await reader.snapshot(0);
    const pipeline = admin.pipeline();
    for (let n = 1; n <= 12_000; n++)
      pipeline.xadd(log, `${n}-0`, "c", `c${n}`, "u", "9999999999999", "e", `["k","k${n}"]`);
    await pipeline.exec();
    const { revocations, cursor } = await reader.snapshot(0);
    expect(cursor).toEqual({ position: 12_000, history: "c12000" });
    expect(new Set(revocations.map(formatRevocation)).size).toBe(12_000);
    const changes = await reader.tail(0, { position: 7000, history: "c7000" }, 0);
    expect(changes).toMatchObject({ cursor: { position: 11_999 }, isPart: true });
    const rest = await reader.tail(0, (changes as FeedChanges).cursor, 0);
    expect(rest).toMatchObject({ cursor: { position: 12_000 }, isPart: false });
  });

  it("are gone for who is behind a log that somebody trimmed, or took an entry from", async () => {
    const { cursor } = await reader.snapshot(0);
    for (let n = 1; n <= 5; n++) await feed.addRevocation({ kind: "key", kid: `k${n}` });
    await admin.xdel("rejwt:{0}:r", "3-0");
    expect(await reader.tail(0, cursor, 0)).toBe("gone");
    await admin.xtrim("rejwt:{0}:r", "MAXLEN", 1);
    expect(await reader.tail(0, cursor, 0)).toBe("gone");
    const again = await reader.snapshot(0);
    expect(again.cursor.position).toBe(5);
    // Keys are in the set beside the log as well.
    expect(again.revocations).toHaveLength(5 + 1);
    expect(await reader.tail(0, again.cursor, 0)).toEqual({ revocations: [], cursor: again.cursor, isPart: false });
  });

  it("that were lost are noticed, though the numbers catch up", async () => {
    await feed.addRevocation({ kind: "session", sessionId: sessionIdOf(alice) });
    const dump = await admin.dumpBuffer(`rejwt:{${alice.shard}}:r`);
    await feed.addRevocation({ kind: "session", sessionId: sessionIdOf(alice) });
    const { cursor } = await reader.snapshot(alice.shard);
    expect(cursor.position).toBe(2);
    await admin.restore(`rejwt:{${alice.shard}}:r`, 0, dump, "REPLACE");
    expect(await reader.tail(alice.shard, cursor, 0)).toBe("gone");
    await feed.addRevocation({ kind: "session", sessionId: sessionIdOf(alice) });
    expect((await reader.snapshot(alice.shard)).cursor.position).toBe(2);
    expect(await reader.tail(alice.shard, cursor, 0)).toBe("gone");
    await admin.flushall();
    expect(await reader.tail(alice.shard, cursor, 0)).toBe("gone");
    // The process that writes does not know that all was lost.
    const bare = await reader.snapshot(0);
    await admin.flushall();
    await store.bumpSubject(alice, { except: undefined });
    expect(await reader.tail(0, bare.cursor, 0)).toBe("gone");
    expect((await reader.snapshot(alice.shard)).revocations).toMatchObject([{ kind: "subject" }]);
  });

  it("of a later version are refused aloud", async () => {
    const { cursor } = await reader.snapshot(0);
    await admin.xadd("rejwt:{0}:r", "1-0", "c", "c", "u", "9999999999999", "e", '["z","new"]');
    await expect(reader.tail(0, cursor, 0)).rejects.toThrow("does not understand");
    await expect(reader.snapshot(0)).rejects.toThrow("does not understand");
  });

  it("are read on a connection of the reader's own, which close() ends", async () => {
    const connected = async (): Promise<number> =>
      Number(/connected_clients:(\d+)/.exec(await admin.info("clients"))?.[1]);
    const before = await connected();
    const own = feed.reader();
    expect(await connected()).toBe(before);
    const { cursor } = await own.snapshot(0);
    expect(await connected()).toBe(before + 1);
    const waiting = expect(own.tail(0, cursor, 60_000)).rejects.toThrow();
    await own.tail(0, cursor, 0);
    await own.close();
    await own.close();
    await waiting;
    await expect(own.snapshot(0)).rejects.toThrow("closed");
    await expect.poll(connected).toBe(before);
  });

  it("are not answered while Redis stands still or is away, and are again when it is back", {
    timeout: 30_000,
  }, async () => {
    const { cursor } = await reader.snapshot(0);
    server.freeze();
    await expect(reader.tail(0, cursor, 0)).rejects.toThrow("Redis did not answer");
    server.resume();
    await expect
      .poll(() => reader.tail(0, cursor, 0).catch(() => "away"), { timeout: 10_000 })
      .toMatchObject({ cursor });
    await server.kill();
    await expect(reader.tail(0, cursor, 0)).rejects.toThrow("Redis did not answer");
    await expect(reader.tail(0, cursor, 0)).rejects.toThrow("Redis did not answer");
    await server.restart();
    // It kept nothing, and says so.
    await expect.poll(() => reader.tail(0, cursor, 0).catch(() => "away"), { timeout: 10_000 }).toBe("gone");
  });
});

describe("the revocations in Redis, at their end", requireRedis(), () => {
  let server: RedisServer;
  let admin: Redis;
  let clockMs = Date.now();
  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.port, "127.0.0.1");
  });
  afterAll(async () => {
    admin?.disconnect();
    await server?.stop();
  });

  /** A client whose duplicate has the same clock. */
  const told = () => {
    const client = withClock(admin, () => clockMs);
    return { ...client, duplicate: () => ({ ...client, on: () => {}, connect: async () => {}, destroy: () => {} }) };
  };

  it("leave the list at their own time, and the log a few at a time", async () => {
    const feed = redisFeed(told(), { maxTokenLife: "10m", shards: 1 });
    const reader = feed.reader();
    const kinds = async () => (await reader.snapshot(0)).revocations.map(({ kind }) => kind).sort();
    await feed.addRevocation({ kind: "token", jti: "soon", expiresAtMs: clockMs + 1000 });
    await feed.addRevocation({ kind: "token", jti: "late", expiresAtMs: clockMs + 5 * HOUR_MS });
    await feed.addRevocation({ kind: "subject", subject: "alice" });
    await feed.addRevocation({ kind: "key", kid: "k1" });
    expect(new Set(await kinds())).toEqual(new Set(["key", "subject", "token"]));
    clockMs += 1000 + REVOCATION_MARGIN_MS - 1;
    expect((await reader.snapshot(0)).revocations).toContainEqual(expect.objectContaining({ jti: "soon" }));
    clockMs += 1;
    expect((await reader.snapshot(0)).revocations).not.toContainEqual(expect.objectContaining({ jti: "soon" }));
    clockMs += HOUR_MS;
    expect(await kinds()).toEqual(["key", "token"]);
    clockMs += 5 * HOUR_MS;
    expect(await kinds()).toEqual(["key"]);
    await feed.addRevocation({ kind: "key", kid: "k1" });
    expect(await admin.zrange("rejwt:{0}:k", "0", "-1")).toEqual(["", '["k","k1"]']);

    for (let n = 0; n < 400; n++) await feed.addRevocation({ kind: "session", sessionId: `s${n}` });
    clockMs += HOUR_MS;
    const { cursor } = await reader.snapshot(0);
    for (let n = 0; n < 100; n++) await feed.addRevocation({ kind: "session", sessionId: `t${n}` });
    expect(await admin.xlen("rejwt:{0}:r")).toBeLessThan(240);
    // Who was idle goes on all the same.
    expect(await reader.tail(0, cursor, 0)).toMatchObject({ revocations: { length: 100 } });
    await reader.close();
  });
});
