/** (d) The session store, and the feed of what was revoked in it: Redis, or a SQLite file where there is none. */
import { Redis } from "ioredis";
import { redisFeed, redisStore } from "rejwt/redis";
import { sqliteStore } from "rejwt/sqlite";
import { openDatabase } from "../demo/database.mjs";

/** For the auth server. */
export async function openStore({ redisUrl, databasePath }) {
  if (redisUrl === undefined) return sqliteStore(await openDatabase(databasePath));
  // A request waits for a store that does not answer no longer than a person would.
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: 0, commandTimeout: 1000, enableOfflineQueue: false });
  redis.on("error", () => {});
  await new Promise((ready) => redis.once("ready", ready));
  return redisStore(redis);
}

/** For the API servers. */
export async function openFeed({ redisUrl, databasePath }) {
  if (redisUrl === undefined) return sqliteStore(await openDatabase(databasePath));
  const redis = new Redis(redisUrl);
  redis.on("error", () => {});
  return redisFeed(redis);
}
