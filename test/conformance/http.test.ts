/** The HTTP feed keeps the contract of every feed, over a real server, with one shard and with several. */
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, test } from "vitest";
import { revocationsHandler } from "../../src/http/index.ts";
import { generateKey } from "../../src/jwk/generate.ts";
import { httpFeed } from "../../src/revocation/http-feed.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { redisFeed } from "../../src/store/redis.ts";
import type { RevocationFeed } from "../../src/store/revocation-feed.ts";
import { feedConformance } from "../../src/testing/index.ts";
import { type Publishing, publish } from "../revocation/publishing.ts";
import { type RedisServer, requireRedis, startRedis } from "../services/redis.ts";

const issuer = "https://auth.example";
const opened: { close(): Promise<unknown> }[] = [];
afterAll(async () => {
  for (const one of opened) await one.close();
});

/** Read over HTTP, written where the issuer writes. */
async function relayed(feed: RevocationFeed): Promise<RevocationFeed> {
  const key = await generateKey("ES256");
  const handler = revocationsHandler({ feed, key, issuer, maxAge: 0 });
  const publishing: Publishing = await publish(handler);
  opened.push(publishing, handler);
  const { url } = publishing;
  const { shards } = feed;
  const reading = httpFeed({ url, issuer, keys: key, shards, poll: 0.05, allowHttp: true });
  return { ...reading, addRevocation: (request) => feed.addRevocation(request) };
}

describe("over a memory store", () => {
  feedConformance({ test, makeFeed: async () => relayed(memoryStore()) });
});

describe("over Redis with four shards", requireRedis(), () => {
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
  feedConformance({ test, makeFeed: async () => relayed(redisFeed(redis, { shards: 4 })) });
});
