/** The stores that several processes can share, each on a server or file of its own: what holds for one is tried on all. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import Database from "libsql";
import { Pool } from "pg";
import type { SessionStore } from "../../src/store/contract.ts";
import { postgresStore } from "../../src/store/postgres.ts";
import { redisStore } from "../../src/store/redis.ts";
import { type SqliteHandle, sqliteStore } from "../../src/store/sqlite.ts";
import { requirePostgres, startPostgres } from "../services/postgres.ts";
import { requireRedis, startRedis } from "../services/redis.ts";
import type { ServiceSuite } from "../services.ts";

/** Where a store is: it can be sent to another process. */
export type Place =
  | { readonly kind: "SQLite"; readonly path: string }
  | { readonly kind: "Redis"; readonly port: number }
  | { readonly kind: "PostgreSQL"; readonly url: string };

export interface OpenStore {
  readonly store: SessionStore;
  close(): Promise<void>;
}

/** Opens a store as an application would. Several connections, where there are any. */
export function openStore(place: Place): OpenStore {
  switch (place.kind) {
    case "SQLite": {
      const handle = new Database(place.path);
      return { store: sqliteStore(handle as SqliteHandle), close: async () => void handle.close() };
    }
    case "Redis": {
      const client = new Redis({
        port: place.port,
        host: "127.0.0.1",
        maxRetriesPerRequest: 1,
        retryStrategy: () => 50,
      });
      client.on("error", () => {});
      return { store: redisStore(client), close: async () => client.disconnect() };
    }
    case "PostgreSQL": {
      const pool = new Pool({ connectionString: place.url, max: 8 });
      pool.on("error", () => {});
      return { store: postgresStore(pool), close: () => pool.end() };
    }
  }
}

export interface RunningStore {
  readonly place: Place;
  /** Where all that it keeps is: tables, logs, snapshots. */
  readonly folder: string;
  stop(): Promise<void>;
}

export interface RealStore {
  /** The second argument of `describe`. */
  readonly suite: () => Partial<ServiceSuite>;
  start(): Promise<RunningStore>;
}

/** By name: `describe.each(storeNames)`. */
export const realStores = {
  SQLite: {
    suite: () => ({}),
    async start() {
      const folder = await mkdtemp(join(tmpdir(), "rejwt-sqlite-"));
      return {
        place: { kind: "SQLite", path: join(folder, "sessions.db") },
        folder,
        stop: () => rm(folder, { recursive: true, force: true }),
      };
    },
  },
  Redis: {
    suite: requireRedis,
    async start() {
      const server = await startRedis({ appendonly: "yes" });
      const { port, folder } = server;
      return { place: { kind: "Redis", port }, folder, stop: () => server.stop() };
    },
  },
  PostgreSQL: {
    suite: requirePostgres,
    async start() {
      const server = await startPostgres();
      const { url, folder } = server;
      return { place: { kind: "PostgreSQL", url }, folder, stop: () => server.stop() };
    },
  },
} as const satisfies Record<Place["kind"], RealStore>;

export const storeNames: readonly Place["kind"][] = ["SQLite", "Redis", "PostgreSQL"];
