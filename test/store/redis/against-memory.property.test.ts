/** Random commands, told the same times, have the same outcomes in Redis as in the memory store, the reference. */
import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CreateOutcome, Family, SessionStore } from "../../../src/store/contract.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import { redisStore } from "../../../src/store/redis.ts";
import { type RedisServer, requireRedis, startRedis } from "../../services/redis.ts";
import { addressOf, hash, present, salt, start } from "./fixtures.ts";
import { withClock } from "./told-time.ts";

const GRACE_MS = 10_000;
const ATTEMPT_WINDOW_MS = 60_000;
// Short, so that no game takes the seven days after which the stores may forget at different times.
const IDLE_MS = 600_000;
const ABSOLUTE_MS = 2 * IDLE_MS;
const DAY_MS = 86_400_000;

const subjects = ["ann", "bob"].map((name) => addressOf(name, 1, ["new", "old"]));
const bindings = [undefined, {}, { jkt: hash("key") }, { clientId: "app" }, { jkt: hash("key"), clientId: "app" }];

// Times around every boundary that a decision has, and back.
const wait = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 500 }) },
  { weight: 2, arbitrary: fc.integer({ min: IDLE_MS / 2, max: IDLE_MS - 1 }) },
  ...[GRACE_MS, ATTEMPT_WINDOW_MS, IDLE_MS, ABSOLUTE_MS].map((edge) => fc.integer({ min: edge - 1, max: edge + 1 })),
  fc.integer({ min: -2 * GRACE_MS, max: 0 }),
);
const who = fc.nat(1);
const which = fc.nat(7);
const command = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("create" as const),
      who,
      tag: fc.nat(1),
      binding: fc.constantFrom(...bindings),
      limit: fc.constantFrom(
        undefined,
        undefined,
        { count: 1, whenFull: "refuse" as const },
        { count: 1, whenFull: "evict-oldest" as const },
        { count: 2, whenFull: "evict-oldest" as const },
      ),
      expected: fc.constantFrom("none", "none", "current", "current", "stale"),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("rotate" as const),
      which,
      back: fc.constantFrom(0, 0, 0, 0, 1, 1, 1, 2, -1, -2),
      foreign: fc.constantFrom(false, false, false, false, false, true),
      attempt: fc.constantFrom(undefined, undefined, { verified: false }, { verified: true }),
      binding: fc.constantFrom("own", "own", "own", ...bindings),
      maxReplayStreak: fc.constantFrom(undefined, undefined, 1, 2),
      onRegressed: fc.constantFrom("end" as const, "heal" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("read" as const), which }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("end" as const), which, reason: fc.constantFrom("logout", "denied") }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("bump" as const), who, except: fc.option(which, { nil: undefined }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("everyone" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("list" as const), who, limit: fc.integer({ min: 1, max: 3 }) }),
  },
);
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

/** What the client side remembers: the sessions, and the hash of every generation that won. */
class Game {
  readonly sessions: Family[] = [];
  readonly #seen: Set<string>;
  readonly #won = new Map<string, string>();
  readonly #store: readonly SessionStore[];

  constructor(seen: Set<string>, ...stores: readonly SessionStore[]) {
    this.#seen = seen;
    this.#store = stores;
  }

  async #all<T>(run: (store: SessionStore) => Promise<T>): Promise<T> {
    const [reference, ...others] = await Promise.all(this.#store.map(run));
    for (const other of others) expect(other).toEqual(reference);
    return reference as T;
  }

  #keep(family: Family | undefined): void {
    if (family !== undefined) this.#won.set(`${family.sessionId} ${family.generation}`, family.current);
  }

  async play(step: Command): Promise<void> {
    const address = subjects["who" in step ? step.who : 0] ?? addressOf("nobody");
    const session = "which" in step ? this.sessions[step.which % Math.max(1, this.sessions.length)] : undefined;
    switch (step.kind) {
      case "create": {
        const { epochs } = await this.#all((store) => store.readSubject(address));
        const current = epochs.subject + epochs.everyone;
        const created = start(
          { ...address, tags: step.tag === 0 ? address.tags : [...address.tags].reverse() },
          {
            binding: step.binding,
            limit: step.limit,
            idleMs: IDLE_MS,
            absoluteMs: ABSOLUTE_MS,
            expectedEpoch: step.expected === "none" ? undefined : step.expected === "current" ? current : current - 1,
          },
        );
        const outcome = await this.#all<CreateOutcome>((store) => store.create(created));
        this.#seen.add(outcome.outcome === "created" && outcome.evicted.length > 0 ? "evicting" : outcome.outcome);
        if (outcome.outcome === "created") this.sessions.push(outcome.family);
        if (outcome.outcome === "created") this.#keep(outcome.family);
        return;
      }
      case "rotate": {
        if (session === undefined) return;
        const { sessionId } = session;
        const now = (await this.#all((store) => store.read(sessionId)))?.family ?? session;
        const generation = Math.max(0, now.generation - step.back);
        const known = this.#won.get(`${sessionId} ${generation}`) ?? hash();
        const sent = present(now, {
          generation,
          presentedHash: step.foreign ? hash() : known,
          proposal: { secretHash: hash(), salt: salt(), keyId: `key ${step.back}` },
          attempt: step.attempt && { hash: hash(`${sessionId} ${generation}`), verified: step.attempt.verified },
          binding: step.binding === "own" ? session.binding : (step.binding as Family["binding"]),
          graceMs: GRACE_MS,
          attemptWindowMs: ATTEMPT_WINDOW_MS,
          idleMs: IDLE_MS,
          maxReplayStreak: step.maxReplayStreak,
          onRegressed: step.onRegressed,
        });
        const outcome = await this.#all((store) => store.rotate(sent));
        this.#seen.add(outcome.outcome === "ended" ? outcome.reason : outcome.outcome);
        if (outcome.outcome === "rotated") this.#keep(outcome.family);
        return;
      }
      case "read":
        if (session !== undefined) await this.#all((store) => store.read(session.sessionId));
        return;
      case "end":
        if (session === undefined) return;
        await this.#all((store) => store.endFamily(session.sessionId, step.reason as "logout"));
        return;
      case "bump": {
        const except = step.except === undefined ? undefined : this.sessions[step.except]?.sessionId;
        await this.#all(async (store) => {
          const { epoch, ended } = await store.bumpSubject(address, { except });
          return { epoch, ended: [...ended].sort() };
        });
        return;
      }
      case "everyone":
        await this.#all((store) => store.bumpEveryone(0));
        return;
      case "list": {
        const first = await this.#all((store) => store.list(address, { limit: step.limit, after: undefined }));
        if (first.next !== undefined) {
          await this.#all((store) => store.list(address, { limit: step.limit, after: first.next }));
        }
      }
    }
  }
}

describe("the Redis store beside the memory store", requireRedis(), () => {
  let server: RedisServer;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.port, "127.0.0.1");
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.stop();
  });

  it("decides the same, whatever is sent, in whatever order, at whatever time", async () => {
    let runs = 0;
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(wait, command), { minLength: 20, maxLength: 100 }), async (steps) => {
        // Later than the real time, since the keys leave by it.
        let clockMs = Date.now() + 40 * DAY_MS;
        const inRedis = redisStore(
          withClock(redis, () => clockMs),
          { prefix: `run ${++runs}:`, shards: 1 },
        );
        const game = new Game(seen, memoryStore({ clock: () => new Date(clockMs) }), inRedis);
        for (const [waitMs, step] of steps) {
          clockMs += waitMs;
          await game.play(step);
        }
      }),
      {
        numRuns: Number(process.env.DIFFERENTIAL_RUNS ?? 150),
        seed: Number(process.env.DIFFERENTIAL_SEED ?? 20_260_501),
      },
    );
    // So that what agrees is everything.
    const starts = ["created", "evicting", "epoch-moved", "full"];
    const rotations = ["rotated", "replayed", "reused", "binding", "regressed", "forked"];
    const endings = ["logout", "denied", "evicted", "reuse", "idle", "absolute", "epoch"];
    expect([...seen].sort()).toEqual([...starts, ...rotations, ...endings].sort());
  });
});
