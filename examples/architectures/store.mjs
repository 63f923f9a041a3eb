/** (d) The session store: Redis, or a SQLite file where there is none. */
import { Redis } from "ioredis";
import { redisStore } from "rejwt/redis";
import { sqliteStore } from "rejwt/sqlite";
import { openDatabase } from "../demo/database.mjs";

export async function openStore({ redisUrl, databasePath }) {
  if (redisUrl === undefined) {
    return sqliteStore(await openDatabase(databasePath));
  }
  // A store that does not answer is an outage after a second, not after as many retries as it takes.
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: 0, commandTimeout: 1000, enableOfflineQueue: false });
  redis.on("error", () => {});
  await new Promise((ready) => redis.once("ready", ready));
  return redisStore(redis);
}
