/** `rejwt/redis`: the store for several machines, in Redis or Valkey: standalone, behind Sentinel, or a Cluster. */
import type { EndReason } from "../errors.ts";
import { checkNames, configError, countOption } from "../options.ts";
import type {
  CreateFamily,
  CreateOutcome,
  Family,
  FamilyReading,
  ReplicaWish,
  RotateCommand,
  RotateOutcome,
  SessionStore,
  SubjectAddress,
  SubjectReading,
} from "./contract.ts";
import { type RedisClient, type RunScript, type Script, scriptRunner } from "./redis-client.ts";
import { prefixOption, type RedisKeys, redisKeys } from "./redis-keys.ts";
import { digitsOfMs, letterOf } from "./redis-record.ts";
import { awaitReplicas } from "./redis-replicas.ts";
import { ROTATE, rotateArgs, rotateOutcome } from "./redis-rotate.ts";
import { checkServer, createShard, fixShards } from "./redis-server-facts.ts";
import { END, endedBy, MARK_USED, READ, readingOf } from "./redis-session.ts";
import { START, startArgs, startOutcome } from "./redis-start.ts";
import { BUMP_EVERYONE, BUMP_SUBJECT, LIST, listArgs, pageOf, READ_SUBJECT } from "./redis-subject.ts";
import { sweeper } from "./redis-sweep.ts";
import { SWEEP_LIMIT } from "./retention.ts";
import { MAX_SHARDS, parseSessionId } from "./session-id.ts";

export type { IoRedisClient, NodeRedisClient, RedisClient } from "./redis-client.ts";

export interface RedisStoreOptions {
  /** Before every key. Default "rejwt:". No braces. */
  readonly prefix?: string | undefined;
  /**
   * How many hash slots the sessions are spread over, 1 … 65,536. Default 64: enough for a dozen masters. Fixed when
   * the prefix is first used, since it is written into every token.
   */
  readonly shards?: number | undefined;
}

const DEFAULT_PREFIX = "rejwt:";
const DEFAULT_SHARDS = 64;

/**
 * A session store in Redis 6.2 or later, or Valkey. Every operation is one script on the server's clock, one round trip.
 * Set `maxmemory-policy noeviction`. Redis replicates after it has answered: what a failover loses was acknowledged
 * all the same, a logout too. See docs/guides/choosing-a-store.md.
 * @param client of ioredis or node-redis; connected, watched for errors and closed by you
 * @throws CONFIG for what is no client, an unknown option, or one out of range
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): SessionStore {
  checkNames("redisStore", options, ["prefix", "shards"]);
  const shards = countOption("redisStore", "shards", options.shards ?? DEFAULT_SHARDS, 1);
  if (shards > MAX_SHARDS) throw configError("redisStore", `option "shards" must be at most ${MAX_SHARDS}`);
  return new RedisStore(
    scriptRunner(client),
    redisKeys(prefixOption(options.prefix ?? DEFAULT_PREFIX), shards),
    shards,
  );
}

class RedisStore implements SessionStore {
  readonly "~store" = "session";
  readonly shards: number;
  readonly #runScript: RunScript;
  readonly #keys: RedisKeys;
  readonly #sweep: (limit: number) => Promise<number>;
  #fixed = false;
  readonly #openShards = new Set<number>();

  constructor(runScript: RunScript, keys: RedisKeys, shards: number) {
    this.shards = shards;
    this.#runScript = runScript;
    this.#keys = keys;
    this.#sweep = sweeper(runScript, keys, shards);
  }

  async migrate(): Promise<void> {
    await this.#fixShards();
    const shards = Array.from({ length: this.shards }, (_, shard) => shard);
    const warnings = await Promise.all(
      shards.map(async (shard) => {
        const warning = await checkServer(this.#runScript, this.#keys, shard);
        await this.#open(shard);
        return warning;
      }),
    );
    for (const warning of new Set(warnings)) {
      if (warning !== undefined) process.emitWarning(warning, { type: "RejwtWarning", code: "REJWT_REDIS_EVICTION" });
    }
  }

  async create(command: CreateFamily): Promise<CreateOutcome> {
    const { sessionId, address } = command;
    const keys = this.#keys.subject(address, parseSessionId(sessionId)?.tag);
    return startOutcome(sessionId, await this.#list(START, address.shard, keys, startArgs(command)));
  }

  async read(sessionId: string): Promise<FamilyReading | undefined> {
    const { shard, keys } = this.#keys.session(sessionId);
    return readingOf(sessionId, await this.#text(READ, shard, keys, [sessionId]));
  }

  async rotate(command: RotateCommand): Promise<RotateOutcome> {
    const { shard, keys } = this.#keys.session(command.sessionId);
    return rotateOutcome(command.sessionId, await this.#text(ROTATE, shard, keys, rotateArgs(command)));
  }

  async endFamily(sessionId: string, reason: EndReason): Promise<Family | undefined> {
    const { shard, keys } = this.#keys.session(sessionId);
    return endedBy(sessionId, await this.#text(END, shard, keys, [sessionId, letterOf(reason)]));
  }

  async readSubject(address: SubjectAddress): Promise<SubjectReading> {
    const reply = await this.#text(READ_SUBJECT, address.shard, this.#keys.subject(address), []);
    return {
      nowMs: Number(reply.slice(0, 16)),
      epochs: { subject: Number(reply.slice(16, 32)), everyone: Number(reply.slice(32)) },
    };
  }

  async bumpSubject(
    address: SubjectAddress,
    { except }: { readonly except: string | undefined },
  ): Promise<{ readonly epoch: number; readonly ended: readonly string[] }> {
    const keys = this.#keys.subject(address);
    const args = [encodeURIComponent(address.subject), except ?? ""];
    const [epoch, ...ended] = await this.#list(BUMP_SUBJECT, address.shard, keys, args);
    return { epoch: Number(epoch), ended };
  }

  async bumpEveryone(shard: number): Promise<{ readonly epoch: number }> {
    return { epoch: Number(await this.#text(BUMP_EVERYONE, shard, [this.#keys.everyone(shard)], [])) };
  }

  async list(
    address: SubjectAddress,
    page: { readonly limit: number; readonly after: string | undefined },
  ): Promise<{ readonly families: readonly Family[]; readonly next: string | undefined }> {
    const args = listArgs(address, page);
    return pageOf(await this.#list(LIST, address.shard, this.#keys.subject(address), args));
  }

  async markUsed(id: string, until: Date): Promise<boolean> {
    const { shard, key } = this.#keys.usedId(id);
    return (await this.#text(MARK_USED, shard, [key], [digitsOfMs(until.getTime())])) === "1";
  }

  async sweep(limit: number = SWEEP_LIMIT): Promise<number> {
    return this.#sweep(limit);
  }

  async awaitReplicas(shard: number, wish: ReplicaWish): Promise<number> {
    return awaitReplicas(this.#runScript, this.#keys.everyone(shard), wish);
  }

  async close(): Promise<void> {}

  async #text(script: Script, shard: number, keys: readonly string[], args: readonly string[]): Promise<string> {
    if (!this.#openShards.has(shard)) await this.#open(shard);
    return String(await this.#runScript(script, keys, args));
  }

  async #list(script: Script, shard: number, keys: readonly string[], args: readonly string[]): Promise<string[]> {
    if (!this.#openShards.has(shard)) await this.#open(shard);
    return ((await this.#runScript(script, keys, args)) as unknown[]).map(String);
  }

  /** Once for each shard in a process, not for each operation. */
  async #open(shard: number): Promise<void> {
    if (!this.#fixed) await this.#fixShards();
    await createShard(this.#runScript, this.#keys, shard);
    this.#openShards.add(shard);
  }

  async #fixShards(): Promise<void> {
    await fixShards(this.#runScript, this.#keys, this.shards);
    this.#fixed = true;
  }
}
