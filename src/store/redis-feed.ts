/** The feed of revocations in Redis: reads the logs that the scripts of sessions write, and writes to them itself. */
import { randomUUID } from "node:crypto";
import { encodeUtf8 } from "../encoding/utf8.ts";
import { checkNames } from "../options.ts";
import { type Duration, monotonicMs } from "../time.ts";
import { hasNews, pollChanges, stepOf, waitsEnder } from "./feed-waiting.ts";
import { checkRequest, endOfToken, keptForMs, revocationFrom } from "./kept-revocations.ts";
import type { RedisClient } from "./redis-client.ts";
import { type OwnConnection, ownConnection } from "./redis-duplicate.ts";
import { ADD_REVOCATION, MOST_CHANGES, SNAPSHOT } from "./redis-log.ts";
import { type RedisPlace, type RedisPlaceOptions, redisPlace } from "./redis-shards.ts";
import { RedisTails, SharedMoments } from "./redis-tails.ts";
import { type Revocation, readMaxTokenLife } from "./revocation.ts";
import type {
  FeedChanges,
  FeedCursor,
  FeedReader,
  FeedSnapshot,
  RevocationFeed,
  RevocationRequest,
} from "./revocation-feed.ts";
import { subjectShard } from "./subject-shard.ts";

export interface RedisFeedOptions extends RedisPlaceOptions {
  /** The longest life of an access token. Default "1h". As the store's. */
  readonly maxTokenLife?: Duration;
}

/**
 * The feed of what a `redisStore` of the same prefix and shards revokes, and of what is added to it. Every reader has
 * a `duplicate()` of the client, never the client itself, so that it is told of nothing but its own answers. A duplicate
 * is closed with the reader, and keeps the process alive until then.
 * @param client of ioredis or node-redis; connected, watched for errors and closed by you
 * @throws CONFIG for what is no client, an unknown option, or one out of range
 */
export function redisFeed(client: RedisClient, options: RedisFeedOptions = {}): RevocationFeed {
  checkNames("redisFeed", options, ["prefix", "shards", "maxTokenLife"]);
  const place = redisPlace("redisFeed", client, options);
  const maxTokenLifeMs = readMaxTokenLife("redisFeed", options);
  return {
    "~feed": true,
    shards: place.shards,
    maxTokenLifeMs,
    reader: () => new RedisFeedReader(place, ownConnection("redisFeed", client)),
    addRevocation: (request) => addRevocation(place, request, keptForMs(maxTokenLifeMs)),
  };
}

async function addRevocation(place: RedisPlace, request: RevocationRequest, keptMs: number): Promise<void> {
  checkRequest("redisFeed", request);
  const write = async (shard: number, kind: string, what: string | number, endsMs = 0): Promise<void> => {
    if (!place.isOpen(shard)) await place.open(shard);
    const args = [kind, JSON.stringify(what), String(keptMs), String(endsMs)];
    await place.run(ADD_REVOCATION, place.keys.revocations(shard), args);
  };
  switch (request.kind) {
    case "token":
      return write(0, "t", request.jti, endOfToken(request.expiresAtMs));
    case "session":
      return write(place.keys.session(request.sessionId).shard, "s", request.sessionId);
    case "subject":
      return write(subjectShard(encodeUtf8(request.subject), place.shards), "u", request.subject);
    case "everyone": {
      const shards = Array.from({ length: place.shards }, (_, shard) => shard);
      await Promise.all(shards.map((shard) => write(shard, "e", shard)));
      return;
    }
    case "key":
      return write(0, "k", request.kid);
  }
}

/** How often a snapshot of many pieces is begun, where the log does not stay what it was. */
const MOST_BEGINNINGS = 5;

class RedisFeedReader implements FeedReader {
  readonly #place: RedisPlace;
  readonly #connection: OwnConnection;
  readonly #closed = waitsEnder();
  readonly #moments = new SharedMoments();
  readonly #tails: RedisTails;
  /** By shard: when it was last asked, where there was no news. */
  readonly #quietSince = new Map<number, number>();

  constructor(place: RedisPlace, connection: OwnConnection) {
    this.#place = place;
    this.#connection = connection;
    this.#tails = new RedisTails(connection.run);
  }

  async snapshot(shard: number): Promise<FeedSnapshot> {
    const keys = this.#place.keys.revocations(shard);
    await this.#ready(shard);
    for (let beginnings = 0; beginnings < MOST_BEGINNINGS; beginnings++) {
      const revocations: Revocation[] = [];
      let place: readonly string[] = [];
      let from = "-";
      do {
        const args = [randomUUID(), from, ...place];
        const reply = (await this.#connection.run(SNAPSHOT, keys, args)) as unknown[];
        const [position, history, next, entries] = reply;
        if (position === undefined) break;
        place = [String(position), String(history)];
        from = String(next);
        for (const entry of entries as unknown[]) revocations.push(revocationFrom(String(entry)));
      } while (from !== "");
      const [position, history = ""] = place;
      if (from === "") return { revocations, cursor: { position: Number(position), history } };
    }
    throw new Error("Redis loses what was written faster than it can be read");
  }

  async tail(shard: number, cursor: FeedCursor, waitMs: number): Promise<FeedChanges | "gone"> {
    const fromMs = monotonicMs();
    const pauseFor = (ms: number): Promise<void> => this.#moments.next(ms, this.#closed.signal);
    // What was asked a moment ago, and had no news, is asked again together with the others.
    const restMs = stepOf(waitMs) - (fromMs - (this.#quietSince.get(shard) ?? Number.NEGATIVE_INFINITY));
    if (restMs > 0) await pauseFor(restMs);
    const ask = async (): Promise<FeedChanges | "gone"> => {
      const askedMs = monotonicMs();
      const answer = await this.#changes(shard, cursor);
      if (hasNews(answer)) this.#quietSince.delete(shard);
      else this.#quietSince.set(shard, askedMs);
      return answer;
    };
    return pollChanges(ask, waitMs, pauseFor, fromMs);
  }

  async #changes(shard: number, cursor: FeedCursor): Promise<FeedChanges | "gone"> {
    const [log] = this.#place.keys.revocations(shard);
    await this.#ready(shard);
    const [position, history, entries] = await this.#tails.ask(log, cursor);
    if (position === undefined) return "gone";
    const revocations = (entries as unknown[]).map((entry) => revocationFrom(String(entry)));
    return {
      revocations,
      cursor: { position: Number(position), history: String(history) },
      isPart: revocations.length >= MOST_CHANGES,
    };
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#connection.close();
  }

  async #ready(shard: number): Promise<void> {
    if (this.#closed.signal.aborted) throw new Error("the reader is closed");
    if (!this.#place.isOpen(shard)) await this.#place.open(shard);
  }
}
