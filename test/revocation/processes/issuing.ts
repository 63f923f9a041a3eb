/** An issuer over a shared store, and the feed that its verifiers read, each with connections of its own. */
import { Redis, type RedisOptions } from "ioredis";
import { Pool } from "pg";
import { secretKey } from "../../../src/jwk/secret-key.ts";
import { createSigner } from "../../../src/jwt/signer.ts";
import { createSessions } from "../../../src/session/sessions.ts";
import type { Sessions } from "../../../src/session/types.ts";
import type { SessionStore } from "../../../src/store/contract.ts";
import { postgresFeed, postgresStore } from "../../../src/store/postgres.ts";
import { redisFeed, redisStore } from "../../../src/store/redis.ts";
import type { RevocationFeed } from "../../../src/store/revocation-feed.ts";

/** It can be sent to another process. */
export type SharedPlace =
  | { readonly kind: "Redis"; readonly port: number }
  | { readonly kind: "PostgreSQL"; readonly url: string };

const key = secretKey("an HMAC secret of the tests, long enough", { alg: "HS256" });
export const verifierOptions = { keys: key, issuer: "https://auth.test", audience: "https://api.test" };

export function redisClient(port: number, options: Omit<RedisOptions, "replyMapping"> = {}): Redis {
  const client = new Redis(port, "127.0.0.1", { maxRetriesPerRequest: 1, retryStrategy: () => 50, ...options });
  client.on("error", () => {});
  return client;
}

function postgresPool(url: string): Pool {
  const pool = new Pool({ connectionString: url, max: 4 });
  pool.on("error", () => {});
  return pool;
}

export async function openFeed(place: SharedPlace): Promise<RevocationFeed> {
  return place.kind === "Redis" ? redisFeed(redisClient(place.port)) : postgresFeed(postgresPool(place.url));
}

export interface Issuer {
  readonly sessions: Sessions;
  readonly store: SessionStore;
  close(): Promise<void>;
}

export async function openIssuer(place: SharedPlace): Promise<Issuer> {
  const signer = createSigner({
    issuer: verifierOptions.issuer,
    audience: verifierOptions.audience,
    key,
    expiresIn: "15m",
  });
  const opened =
    place.kind === "Redis"
      ? over(redisClient(place.port), redisStore, (client) => client.disconnect())
      : over(postgresPool(place.url), postgresStore, (pool) => pool.end());
  await opened.store.migrate();
  const sessions = createSessions({
    signer,
    store: opened.store,
    refreshSecrets: [new Uint8Array(32).fill(7)],
    idle: "14d",
    absolute: "90d",
  });
  return { ...opened, sessions };
}

function over<C>(
  client: C,
  open: (client: C) => SessionStore,
  close: (client: C) => unknown,
): { readonly store: SessionStore; close(): Promise<void> } {
  return {
    store: open(client),
    close: async () => {
      await close(client);
    },
  };
}
