/** What Redis holds: no token, no more than a constant size, and nothing for ever. */
import { inspect } from "node:util";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { redisStore } from "../../../src/store/redis.ts";
import { parseSessionId } from "../../../src/store/session-id.ts";
import { type RedisServer, requireRedis, startRedis } from "../../services/redis.ts";
import { addressOf, present, sessionIdOf, start } from "../commands.ts";
import { found, liveIn } from "../disk.ts";
import { clientNames, connections } from "./fixtures.ts";

const DAY_MS = 86_400_000;

describe("what Redis holds", requireRedis(), () => {
  let server: RedisServer;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.port, "127.0.0.1");
  });
  beforeEach(async () => {
    await redis.flushall();
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.stop();
  });

  /** Every key and value, as one text. */
  async function dump(): Promise<string> {
    const found: unknown[] = [];
    for (const key of await redis.keys("*")) {
      const type = await redis.type(key);
      if (type === "hash") found.push(key, await redis.hgetall(key));
      else if (type === "stream") found.push(key, await redis.xrange(key, "-", "+"));
      else if (type === "zset") found.push(key, await redis.zrange(key, "0", "-1"));
      else found.push(key, await redis.get(key));
    }
    return JSON.stringify(found);
  }

  it("is no token, nor what a token is made of", async () => {
    const secrets = await liveIn(redisStore(redis));
    expect(secrets.bytes).toHaveLength(16 + 2 * 10);
    const held = Buffer.from(await dump());
    expect(held.includes("alice")).toBe(true);
    expect(found(held, secrets)).toEqual([]);
  });

  it("has the same size after 10,000 rotations as after one", async () => {
    const store = redisStore(redis);
    const command = start(addressOf("alice"), { metadata: '{"device":"phone"}' });
    const created = await store.create(command);
    if (created.outcome !== "created") throw new Error(created.outcome);
    let { family } = created;
    const { shard, tag } = parseSessionId(family.sessionId) ?? { shard: 0, tag: "" };
    const key = `rejwt:{${shard}}:s:${tag}`;
    const sizes = new Set<number>();
    for (let rotations = 1; rotations <= 10_000; rotations++) {
      const outcome = await store.rotate(present(family));
      if (outcome.outcome !== "rotated") throw new Error(outcome.outcome);
      family = outcome.family;
      if (rotations === 1 || rotations % 2000 === 0) sizes.add(await redis.hstrlen(key, family.sessionId));
    }
    expect([...sizes]).toEqual([expect.any(Number)]);
    expect(await redis.hlen(key)).toBe(2);
    console.log(`a record of Redis: ${[...sizes]} bytes after 1 and after 10,000 rotations`);
  });

  it("leaves by itself seven days after the last session is over, to the day", async () => {
    const store = redisStore(redis);
    const ttl = async (): Promise<number> => redis.pttl((await redis.keys("rejwt:{*}:s:*"))[0] ?? "");
    const created = await store.create(start(addressOf("alice"), { idleMs: 10 * DAY_MS, absoluteMs: 90 * DAY_MS }));
    if (created.outcome !== "created") throw new Error(created.outcome);
    expect((await ttl()) / DAY_MS).toBeCloseTo(10 + 7 + 1, 2);
    // Within the spare day nothing is moved; beyond it, everything.
    await store.rotate(present(created.family, { idleMs: 10.5 * DAY_MS }));
    expect((await ttl()) / DAY_MS).toBeCloseTo(10 + 7 + 1, 2);
    await store.create(start(addressOf("alice"), { idleMs: 100 * DAY_MS, absoluteMs: 30 * DAY_MS }));
    expect((await ttl()) / DAY_MS).toBeCloseTo(30 + 7 + 1, 2);
    await store.bumpSubject(addressOf("alice"), { except: undefined });
    expect((await ttl()) / DAY_MS).toBeCloseTo(400 + 1, 2);
  });

  it.each(clientNames)("is changed by one command for each rotation, with %s", async (clientName) => {
    const connection = await connections[clientName](server.port);
    const created = await connection.store.create(start(addressOf("alice")));
    if (created.outcome !== "created") throw new Error(created.outcome);
    await connection.store.rotate(present(created.family, { presentedHash: created.family.current }));
    const commands: string[] = [];
    const monitor = await redis.monitor();
    monitor.on("monitor", (_time: string, args: string[], source: string) => {
      // What a script does inside says so.
      if (source !== "lua") commands.push(args[0]?.toLowerCase() ?? "");
    });
    for (let retries = 0; retries < 20; retries++) await connection.store.rotate(present(created.family));
    await redis.echo("the end");
    await vi.waitUntil(() => commands.includes("echo"));
    monitor.disconnect();
    await connection.close();
    expect(commands.filter((name) => name !== "echo")).toEqual(Array(20).fill("evalsha"));
  });

  it("is not quoted by an error", async () => {
    const store = redisStore(redis);
    const command = present({ sessionId: sessionIdOf(addressOf("alice")), generation: 1, current: "a".repeat(43) });
    await store.read(command.sessionId);
    const { shard, tag } = parseSessionId(command.sessionId) ?? { shard: 0, tag: "" };
    await redis.set(`rejwt:{${shard}}:s:${tag}`, "no hash");
    const error: unknown = await store.rotate(command).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toContain("WRONGTYPE");
    const logged = inspect(error, { depth: 10, showHidden: true });
    for (const text of [command.presentedHash, command.proposal.secretHash, command.proposal.salt]) {
      expect(logged).not.toContain(text);
    }
  });

  it("may be evicted where Redis is told so, which migrate() warns of", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const store = redisStore(redis, { prefix: "warned:" });
    await store.migrate();
    expect(warn).not.toHaveBeenCalled();
    await redis.config("SET", "maxmemory-policy", "allkeys-lru");
    await store.migrate();
    await redis.config("SET", "maxmemory-policy", "noeviction");
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining("allkeys-lru"), { type: "RejwtWarning", code: "REJWT_REDIS_EVICTION" }],
    ]);
    warn.mockRestore();
  });
});
