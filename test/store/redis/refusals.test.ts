/** What the Redis store refuses, and what it makes of a server that answers what no server should. No Redis is needed. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type NodeRedisClient, redisStore } from "../../../src/store/redis.ts";
import { awaitReplicas } from "../../../src/store/redis-replicas.ts";
import { addressOf, hash, present, sessionIdOf, start } from "../commands.ts";

const config = expect.objectContaining({ code: "CONFIG" }) as Error;
const alice = addressOf("alice");
const command = present({ sessionId: sessionIdOf(alice), generation: 1, current: hash() });

/** A client whose every script is answered so. */
function answering(answer: (script: string, args: readonly string[]) => unknown): NodeRedisClient {
  return {
    eval: async (script, { arguments: args }) => answer(script, args),
    evalSha: async () => {
      throw new Error("NOSCRIPT No matching script");
    },
    duplicate: () => undefined,
  };
}

/** Whoever opens a shard is told that all is well; whoever asks anything else is answered so. */
const wellThen = (answer: unknown): NodeRedisClient =>
  answering((script, args) => {
    if (script.includes("'NX'")) return args[0] ?? "OK";
    if (answer instanceof Error) throw answer;
    return answer;
  });

describe("redisStore refuses", () => {
  it.each([undefined, null, "redis://localhost", {}, { eval: () => {} }, { evalSha: () => {} }])(
    "what is no client: %j",
    (client) => {
      expect(() => redisStore(client as never)).toThrow(config);
    },
  );

  it.each([{ shards: 0 }, { shards: 1.5 }, { shards: 65_537 }, { prefix: "{a}" }, { prefix: 5 }, { shard: 4 }])(
    "the options %j",
    (options) => {
      expect(() => redisStore(wellThen(""), options as never)).toThrow(config);
    },
  );

  it.each([
    [{ presentedHash: "not base64url!" }],
    [{ proposal: { ...command.proposal, salt: "x".repeat(23) } }],
    [{ generation: -1 }],
    [{ generation: 10_000_000_000 }],
    [{ idleMs: Number.NaN }],
  ])("a command that does not fit its columns: %j", async (changes) => {
    await expect(redisStore(wellThen("")).rotate({ ...command, ...changes })).rejects.toThrow(RangeError);
  });

  it.each(["5.0.14", "6.0.20", "6.1.9"])("Redis %s", async (version) => {
    await expect(redisStore(wellThen(`redis_version:${version}\r\n`)).migrate()).rejects.toThrow(config);
  });

  it.each(["redis_version:6.2.0\r\n", "redis_version:7.4.1\r\n", "", "maxmemory_policy:noeviction\r\n"])(
    "nothing where it is new enough, or does not say: %j",
    async (info) => {
      await redisStore(wellThen(info), { shards: 2 }).migrate();
    },
  );
});

describe("the Redis store rejects", () => {
  it.each(["", "X.0000001777636800", "R.0000001777636800", "Ez0000001777636800"])(
    "an answer to a rotation that it does not understand: %j",
    async (reply) => {
      await expect(redisStore(wellThen(reply)).rotate(command)).rejects.toThrow("does not understand");
    },
  );

  it("a record of another version", async () => {
    const ofNextVersion = `R.0000001777636800${"2".repeat(400)}\n{}`;
    await expect(redisStore(wellThen(ofNextVersion)).rotate(command)).rejects.toThrow("does not understand");
  });

  it("an answer to a start that it does not understand", async () => {
    await expect(redisStore(wellThen(["surprised"])).create(start(alice))).rejects.toThrow();
  });

  it("after two seconds of TRYAGAIN, and no sooner", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    try {
      let asked = 0;
      const client = answering((script, args) => {
        if (script.includes("'NX'")) return args[0] ?? "OK";
        asked++;
        throw new Error("TRYAGAIN Multiple keys request during rehashing of slot");
      });
      const refused = redisStore(client).rotate(command);
      const seen = expect(refused).rejects.toThrow("Redis did not answer: TRYAGAIN");
      for (let waits = 0; waits < 20; waits++) await vi.advanceTimersByTimeAsync(500);
      await seen;
      expect(asked).toBe(10);
    } finally {
      vi.useRealTimers();
    }
  });
});

/** A client of a Cluster that follows redirections itself, and gives up after a time. Answers the second question, if any. */
function givingUp(last: string, takesMs: number, second?: string) {
  let asked = 0;
  const call = async (command: string, script: string, _keys: string, ...args: string[]): Promise<unknown> => {
    if (command === "EVALSHA") throw new Error("NOSCRIPT No matching script");
    if (script.includes("'NX'")) return args.at(-1);
    if (++asked === 2 && second !== undefined) return second;
    vi.advanceTimersByTime(takesMs);
    throw new Error(`Too many Cluster redirections. Last error: ReplyError: ${last}`);
  };
  return { client: { call, duplicate: () => undefined }, asked: () => asked };
}

describe("a client that gives up on a slot that is moved", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
  afterEach(() => void vi.useRealTimers());

  it.each(["TRYAGAIN Multiple keys request", "ASK 5 127.0.0.1:1", "MOVED 5 127.0.0.1:1"])(
    "is asked again, its last word having been %s",
    async (last) => {
      const { client } = givingUp(last, 1050, "En0000001777636800");
      await expect(redisStore(client).rotate(command)).resolves.toMatchObject({ outcome: "ended", reason: "unknown" });
    },
  );

  it("is asked for about two seconds, however long each question takes it", async () => {
    const { client, asked } = givingUp("TRYAGAIN Multiple keys request", 1060);
    await expect(redisStore(client).rotate(command)).rejects.toThrow("Too many Cluster redirections");
    expect(asked()).toBe(2);
  });

  it("is asked once where its last word was another: the script may have run", async () => {
    const { client, asked } = givingUp("CLUSTERDOWN Hash slot not served", 10);
    await expect(redisStore(client).rotate(command)).rejects.toThrow("CLUSTERDOWN");
    expect(asked()).toBe(1);
  });
});

describe("the count of replicas", () => {
  const info = (replid: string, offset: number, ...replicas: string[]): string =>
    [`master_replid:${replid}`, `master_repl_offset:${offset}`, ...replicas].join("\r\n");
  const replica = (index: number, state: string, offset: number): string =>
    `slave${index}:ip=10.0.0.${index},port=6379,state=${state},offset=${offset},lag=0`;
  const count = (answers: readonly string[], replicas: number, timeoutMs = 30): Promise<number> => {
    let asked = 0;
    const run = async (): Promise<string> => answers[Math.min(asked++, answers.length - 1)] ?? "";
    return awaitReplicas(run, "key", { replicas, timeoutMs });
  };

  it("takes those that are connected and have what the master had at first", async () => {
    const lines = [replica(0, "online", 100), replica(1, "online", 99), replica(2, "wait_bgsave", 0)];
    expect(await count([info("a", 100, ...lines)], 1)).toBe(1);
    expect(await count([info("a", 100, ...lines)], 2)).toBe(1);
    expect(await count([info("a", 100)], 1)).toBe(0);
  });

  it("waits until they have, while the master goes on", async () => {
    const answers = [
      info("a", 100, replica(0, "online", 50)),
      info("a", 200, replica(0, "online", 99)),
      info("a", 300, replica(0, "online", 100)),
    ];
    expect(await count(answers, 1, 1000)).toBe(1);
  });

  it("rejects where another master took over, or Redis does not say", async () => {
    const answers = [info("a", 100), info("b", 100, replica(0, "online", 100))];
    await expect(count(answers, 1)).rejects.toThrow("another Redis became the master");
    await expect(count([""], 1)).rejects.toThrow("does not say");
  });
});
