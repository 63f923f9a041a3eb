/** `rejwt/redis`: the store for several machines, in Redis or Valkey: standalone, behind Sentinel, or a Cluster. */
import type { EndReason } from "../errors.ts";
import { checkNames } from "../options.ts";
import type { Duration } from "../time.ts";
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
import { keptForMs } from "./kept-revocations.ts";
import type { RedisClient, Script } from "./redis-client.ts";
import { digitsOfMs, letterOf } from "./redis-record.ts";
import { awaitReplicas } from "./redis-replicas.ts";
import { ROTATE, rotateArgs, rotateOutcome } from "./redis-rotate.ts";
import { checkServer } from "./redis-server-facts.ts";
import { END, endedBy, MARK_USED, READ, readingOf } from "./redis-session.ts";
import { type RedisPlace, type RedisPlaceOptions, redisPlace } from "./redis-shards.ts";
import { START, startArgs, startOutcome } from "./redis-start.ts";
import { BUMP_EVERYONE, BUMP_SUBJECT, CREATE_SUBJECT, LIST, listArgs, pageOf, READ_SUBJECT } from "./redis-subject.ts";
import { sweeper } from "./redis-sweep.ts";
import { SWEEP_LIMIT } from "./retention.ts";
import { readMaxTokenLife } from "./revocation.ts";
import { parseSessionId } from "./session-id.ts";

export type { IoRedisClient, NodeRedisClient, RedisClient } from "./redis-client.ts";
export { type RedisFeedOptions, redisFeed } from "./redis-feed.ts";
export type { RedisPlaceOptions } from "./redis-shards.ts";

export interface RedisStoreOptions extends RedisPlaceOptions {
  /** The longest life of an access token: for so long, and a margin, a revocation is kept. Default "1h". */
  readonly maxTokenLife?: Duration;
}

/**
 * A session store in Redis 6.2 or later, or Valkey. Every operation is one script on the server's clock, one round trip.
 * Set `maxmemory-policy noeviction`. Redis replicates after it has answered: what a failover loses was acknowledged
 * all the same, a logout too. See docs/guides/choosing-a-store.md.
 * @param client of ioredis or node-redis; connected, watched for errors and closed by you
 * @throws CONFIG for what is no client, an unknown option, or one out of range
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): SessionStore {
  checkNames("redisStore", options, ["prefix", "shards", "maxTokenLife"]);
  const maxTokenLifeMs = readMaxTokenLife("redisStore", options);
  return new RedisStore(redisPlace("redisStore", client, options), keptForMs(maxTokenLifeMs));
}

class RedisStore implements SessionStore {
  readonly "~store" = "session";
  readonly shards: number;
  readonly #place: RedisPlace;
  readonly #keptMs: number;
  readonly #sweep: (limit: number) => Promise<number>;

  constructor(place: RedisPlace, keptMs: number) {
    this.shards = place.shards;
    this.#place = place;
    this.#keptMs = keptMs;
    this.#sweep = sweeper(place.run, place.keys, place.shards);
  }

  async migrate(): Promise<void> {
    const { run, keys, shards } = this.#place;
    await this.#place.fixShards();
    const warnings = await Promise.all(
      Array.from({ length: shards }, async (_, shard) => {
        const warning = await checkServer(run, keys, shard);
        await this.#place.open(shard);
        return warning;
      }),
    );
    for (const warning of new Set(warnings)) {
      if (warning !== undefined) process.emitWarning(warning, { type: "RejwtWarning", code: "REJWT_REDIS_EVICTION" });
    }
  }

  async create(command: CreateFamily): Promise<CreateOutcome> {
    const { sessionId, address } = command;
    const keys = this.#place.keys.subject(address, parseSessionId(sessionId)?.tag);
    return startOutcome(sessionId, await this.#ofSubject(START, address, keys, startArgs(command, this.#keptMs)));
  }

  async read(sessionId: string): Promise<FamilyReading | undefined> {
    const { shard, keys } = this.#place.keys.session(sessionId);
    return readingOf(sessionId, await this.#text(READ, shard, keys, [sessionId]));
  }

  async rotate(command: RotateCommand): Promise<RotateOutcome> {
    const { shard, keys } = this.#place.keys.session(command.sessionId);
    return rotateOutcome(command.sessionId, await this.#text(ROTATE, shard, keys, rotateArgs(command, this.#keptMs)));
  }

  async endFamily(sessionId: string, reason: EndReason): Promise<Family | undefined> {
    const { shard, keys } = this.#place.keys.session(sessionId);
    return endedBy(sessionId, await this.#text(END, shard, keys, [sessionId, letterOf(reason), String(this.#keptMs)]));
  }

  async readSubject(address: SubjectAddress): Promise<SubjectReading> {
    const [reply = ""] = await this.#ofSubject(READ_SUBJECT, address, this.#place.keys.subject(address), []);
    return {
      nowMs: Number(reply.slice(0, 16)),
      epochs: { subject: Number(reply.slice(16, 32)), everyone: Number(reply.slice(32)) },
    };
  }

  async bumpSubject(
    address: SubjectAddress,
    { except }: { readonly except: string | undefined },
  ): Promise<{ readonly epoch: number; readonly ended: readonly string[] }> {
    const keys = this.#place.keys.subject(address);
    const { subject } = address;
    const args = [encodeURIComponent(subject), except ?? "", JSON.stringify(subject), String(this.#keptMs)];
    const [epoch, ...ended] = await this.#ofSubject(BUMP_SUBJECT, address, keys, args);
    return { epoch: Number(epoch), ended };
  }

  async bumpEveryone(shard: number): Promise<{ readonly epoch: number }> {
    const [log] = this.#place.keys.revocations(shard);
    const keys = [this.#place.keys.everyone(shard), log];
    return { epoch: Number(await this.#text(BUMP_EVERYONE, shard, keys, [String(shard), String(this.#keptMs)])) };
  }

  async list(
    address: SubjectAddress,
    page: { readonly limit: number; readonly after: string | undefined },
  ): Promise<{ readonly families: readonly Family[]; readonly next: string | undefined }> {
    const args = listArgs(address, page);
    return pageOf(await this.#ofSubject(LIST, address, this.#place.keys.subject(address), args));
  }

  async markUsed(id: string, until: Date): Promise<boolean> {
    const { shard, key } = this.#place.keys.usedId(id);
    return (await this.#text(MARK_USED, shard, [key], [digitsOfMs(until.getTime())])) === "1";
  }

  async sweep(limit: number = SWEEP_LIMIT): Promise<number> {
    return this.#sweep(limit);
  }

  async awaitReplicas(shard: number, wish: ReplicaWish): Promise<number> {
    return awaitReplicas(this.#place.run, this.#place.keys.everyone(shard), wish);
  }

  async close(): Promise<void> {}

  async #text(script: Script, shard: number, keys: readonly string[], args: readonly string[]): Promise<string> {
    if (!this.#place.isOpen(shard)) await this.#place.open(shard);
    return String(await this.#place.run(script, keys, args));
  }

  /** Some of a subject's keys may not be there yet, which no script survives while its slot is moved. */
  async #ofSubject(
    script: Script,
    { shard }: SubjectAddress,
    keys: readonly string[],
    args: readonly string[],
  ): Promise<string[]> {
    const { run, isOpen, open } = this.#place;
    if (!isOpen(shard)) await open(shard);
    // All but the epoch of everyone and the log.
    const hashes = keys.slice(0, -2);
    const reply = await run(script, keys, args, async () => {
      for (const hash of hashes) await run(CREATE_SUBJECT, [hash], []);
    });
    return [reply].flat().map(String);
  }
}
