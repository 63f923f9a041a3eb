/** The Redis store with both clients: what each operation promises, and what is Redis's own. */
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Family } from "../../../src/store/contract.ts";
import { type RedisServer, requireRedis, startRedis } from "../../services/redis.ts";
import { addressOf, hash, present, sessionIdOf, start } from "../commands.ts";
import { sessionsOver } from "../sessions.ts";
import { type Connection, clientNames, connections } from "./fixtures.ts";

describe.each(clientNames)("the Redis store with %s", requireRedis(), (clientName) => {
  let server: RedisServer;
  let admin: Redis;
  let connection: Connection;
  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.port, "127.0.0.1");
    connection = await connections[clientName](server.port);
  });
  beforeEach(async () => {
    await admin.flushall();
    await connection.store.migrate();
  });
  afterAll(async () => {
    await connection?.close();
    admin?.disconnect();
    await server?.stop();
  });

  const alice = addressOf("alice");

  async function started(...args: Parameters<typeof start>): Promise<Family> {
    const outcome = await connection.store.create(start(...args));
    if (outcome.outcome !== "created") throw new Error(outcome.outcome);
    return outcome.family;
  }

  it("rotates once, and answers a retry with the same salt", async () => {
    const first = await started(alice, { keyId: "old" });
    const command = present(first, { proposal: { secretHash: hash(), salt: "saltsaltsaltsaltsalt22", keyId: "new" } });
    const rotated = await connection.store.rotate(command);
    expect(rotated).toMatchObject({
      outcome: "rotated",
      family: { generation: 1, previous: first.current, keyId: "new" },
    });
    const replayed = await connection.store.rotate(present(first));
    expect(replayed).toMatchObject({
      outcome: "replayed",
      family: { salt: "saltsaltsaltsaltsalt22", replayFlag: true },
    });
    const next = await connection.store.rotate(present((rotated as { family: Family }).family));
    expect(next).toMatchObject({ outcome: "rotated", family: { generation: 2, replayStreak: 1, replayFlag: false } });
    expect(await connection.store.rotate(present(first))).toMatchObject({
      outcome: "reused",
      family: { ended: { reason: "reuse" } },
    });
    expect(await connection.store.rotate(present(first))).toMatchObject({
      outcome: "ended",
      reason: "reuse",
      endedNow: false,
    });
  });

  it("never overwrites a session", async () => {
    const command = start(alice);
    await connection.store.create(command);
    await expect(connection.store.create(command)).rejects.toThrow("the session id exists");
  });

  it("ends all sessions of a subject under all its tags, but one", async () => {
    const both = addressOf("alice", 64, ["new", "old"]);
    const [newTag, oldTag] = both.tags;
    const kept = await started(both, { sessionId: sessionIdOf(both, newTag) });
    const other = await started(both, { sessionId: sessionIdOf(both, oldTag) });
    const ended = await connection.store.bumpSubject(both, { except: kept.sessionId });
    expect(ended.ended).toEqual([other.sessionId]);
    expect((await connection.store.readSubject(both)).epochs.subject).toBe(ended.epoch);
    expect(await connection.store.rotate(present(other))).toMatchObject({ outcome: "ended", reason: "logout" });
    expect(await connection.store.rotate(present(kept))).toMatchObject({
      outcome: "rotated",
      family: { epochs: { subject: ended.epoch } },
    });
  });

  it("carries a subject's epoch over to the tag of a new refresh secret", async () => {
    const { epoch } = await connection.store.bumpSubject(addressOf("alice", 64, ["old"]), { except: undefined });
    const both = addressOf("alice", 64, ["new", "old"]);
    expect(await started(both)).toMatchObject({ epochs: { subject: epoch } });
    expect((await connection.store.readSubject(addressOf("alice", 64, ["new"]))).epochs.subject).toBe(epoch);
  });

  it("ends everyone of a shard, and nobody who starts after", async () => {
    const before = await started(alice);
    const { epoch } = await connection.store.bumpEveryone(alice.shard);
    expect(await connection.store.rotate(present(before))).toMatchObject({ outcome: "ended", reason: "epoch" });
    const after = await started(alice);
    expect(after.epochs.everyone).toBe(epoch);
    expect(await connection.store.rotate(present(after))).toMatchObject({ outcome: "rotated" });
  });

  it("lists a subject's living sessions newest first, in pages", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 7; count++) ids.push((await started(alice)).sessionId);
    await connection.store.endFamily(ids[3] ?? "", "logout");
    const listed: Family[] = [];
    let after: string | undefined;
    do {
      const page = await connection.store.list(alice, { limit: 2, after });
      expect(page.families.length).toBeLessThanOrEqual(2);
      listed.push(...page.families);
      after = page.next;
    } while (after !== undefined);
    expect(listed).toHaveLength(6);
    const times = listed.map((family) => family.createdAtMs);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(new Set(listed.map((family) => family.sessionId))).toEqual(new Set(ids.filter((_, at) => at !== 3)));
    await expect(connection.store.list(alice, { limit: 2, after: "x" })).rejects.toMatchObject({
      code: "REQUEST_INVALID",
    });
  });

  it("does not show one subject another's sessions, though their tags be the same", async () => {
    const mallory = { ...alice, subject: "mallory" };
    await started(mallory);
    await started(alice);
    expect((await connection.store.list(mallory, { limit: 10, after: undefined })).families).toHaveLength(1);
  });

  it("keeps a limit under concurrent starts, by refusing or by evicting the oldest", async () => {
    const refuse = { count: 3, whenFull: "refuse" } as const;
    const starts = Array.from({ length: 40 }, () => connection.store.create(start(alice, { limit: refuse })));
    const outcomes = (await Promise.all(starts)).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(3);
    expect(outcomes.filter((outcome) => outcome === "full")).toHaveLength(37);
    const evict = { count: 2, whenFull: "evict-oldest" } as const;
    const last = await connection.store.create(start(alice, { limit: evict }));
    expect(last).toMatchObject({ outcome: "created", evicted: [expect.any(String), expect.any(String)] });
    expect((await connection.store.list(alice, { limit: 10, after: undefined })).families).toHaveLength(2);
  });

  it("refuses a start that saw an older epoch", async () => {
    const { epochs } = await connection.store.readSubject(alice);
    await connection.store.bumpSubject(alice, { except: undefined });
    const outcome = await connection.store.create(start(alice, { expectedEpoch: epochs.subject + epochs.everyone }));
    expect(outcome).toEqual({ outcome: "epoch-moved" });
  });

  it("marks an id as used once among 64 at a time, and forgets it an hour after its time", async () => {
    const until = new Date(Date.now() + 60_000);
    const marks = await Promise.all(Array.from({ length: 64 }, () => connection.store.markUsed("a jti", until)));
    expect(marks.filter(Boolean)).toHaveLength(1);
    const [key] = await admin.keys("rejwt:{*}:u:*");
    const leavesIn = (await admin.pttl(key ?? "")) - 60_000;
    expect(Math.abs(leavesIn - 3_600_000)).toBeLessThan(5000);
    expect(await connection.store.markUsed("a stale jti", new Date(0))).toBe(true);
    expect(await connection.store.markUsed("a stale jti", new Date(0))).toBe(false);
    await expect(connection.store.markUsed("x", new Date(Number.NaN))).rejects.toThrow(RangeError);
  });

  it("takes a restored older copy for what it is: the session ends, and nobody is called a thief", async () => {
    const { sessions, events } = sessionsOver(connection.store);
    const first = await sessions.start({ subject: "ann" });
    const [key = ""] = await admin.keys("rejwt:{*}:s:*");
    const copy = await admin.dumpBuffer(key);
    const second = await sessions.refresh(first.refreshToken);
    await admin.restore(key, 0, copy, "REPLACE");
    await expect(sessions.refresh(second.refreshToken)).rejects.toMatchObject({ reason: "regressed" });
    expect(events.map(({ type }) => type)).toEqual(["started", "rotated", "ended"]);
  });

  it("survives SCRIPT FLUSH", async () => {
    let family = await started(alice);
    for (let generation = 0; generation < 5; generation++) {
      await admin.script("FLUSH");
      const outcome = await connection.store.rotate(present(family));
      if (outcome.outcome !== "rotated") throw new Error(outcome.outcome);
      family = outcome.family;
    }
    expect(family.generation).toBe(5);
  });

  it("fixes the number of shards at the first use", async () => {
    const other = await connections[clientName](server.port, { shards: 8 });
    await expect(other.store.migrate()).rejects.toMatchObject({ code: "CONFIG" });
    await expect(other.store.read(sessionIdOf(alice))).rejects.toMatchObject({ code: "CONFIG" });
    await other.close();
    const elsewhere = await connections[clientName](server.port, { shards: 8, prefix: "app[1]*:" });
    await elsewhere.store.migrate();
    expect((await admin.keys("app\\[1\\]\\*:{*}:w")).length).toBe(8);
    await elsewhere.close();
  });

  it("leaves no trace of a session id that is none of ours", async () => {
    const before = await admin.dbsize();
    for (const sessionId of ["nonsense", sessionIdOf({ subject: "x", shard: 65_535, tags: ["AAAAAAAAAAA"] })]) {
      expect(await connection.store.read(sessionId)).toBeUndefined();
      const outcome = await connection.store.rotate(present({ sessionId, generation: 3, current: hash() }));
      expect(outcome).toMatchObject({ outcome: "ended", reason: "unknown", family: undefined });
      expect(await connection.store.endFamily(sessionId, "logout")).toBeUndefined();
    }
    expect(await admin.dbsize()).toBe(before);
  });
});
