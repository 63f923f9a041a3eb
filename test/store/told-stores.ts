/** Every store with a clock that tests move, so that what is promised about time is tried on each. */
import { Redis } from "ioredis";
import Database from "libsql";
import { Pool } from "pg";
import type { SessionStore } from "../../src/store/contract.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { redisStore } from "../../src/store/redis.ts";
import { type SqliteHandle, sqliteStore } from "../../src/store/sqlite.ts";
import { requirePostgres, startPostgres } from "../services/postgres.ts";
import { requireRedis, startRedis } from "../services/redis.ts";
import type { ServiceSuite } from "../services.ts";
import { storeWithToldTime } from "./postgres/told-time.ts";
import { withClock } from "./redis/told-time.ts";

export interface ToldServer {
  /** A store that holds nothing yet. */
  open(clock: () => Date): Promise<SessionStore>;
  stop(): Promise<void>;
}

interface ToldStore {
  /** The second argument of `describe`. */
  readonly suite: () => Partial<ServiceSuite>;
  start(): Promise<ToldServer>;
}

/** By name. */
export const toldStores = {
  memory: {
    suite: () => ({}),
    start: async () => ({ open: async (clock) => memoryStore({ clock }), stop: async () => {} }),
  },
  SQLite: {
    suite: () => ({}),
    start: async () => ({
      async open(clock) {
        const store = sqliteStore(new Database(":memory:") as SqliteHandle, { clock });
        await store.migrate();
        return store;
      },
      stop: async () => {},
    }),
  },
  Redis: {
    suite: requireRedis,
    async start() {
      const server = await startRedis();
      const redis = new Redis(server.port, "127.0.0.1");
      let opened = 0;
      return {
        open: async (clock) =>
          redisStore(
            withClock(redis, () => clock().getTime()),
            { prefix: `${++opened}:` },
          ),
        async stop() {
          redis.disconnect();
          await server.stop();
        },
      };
    },
  },
  PostgreSQL: {
    suite: requirePostgres,
    async start() {
      const server = await startPostgres();
      const pool = new Pool({ connectionString: server.url });
      let opened = 0;
      return {
        async open(clock) {
          const { store, tell } = await storeWithToldTime(pool, `told_${++opened}`);
          return telling(store, () => tell(clock().getTime()));
        },
        async stop() {
          await pool.end();
          await server.stop();
        },
      };
    },
  },
} as const satisfies Record<string, ToldStore>;

/** The same store, told the time before every call. */
export function telling<S extends object>(store: S, tell: () => Promise<void>): S {
  return new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return async (...given: unknown[]) => {
        await tell();
        return member.apply(target, given) as unknown;
      };
    },
  });
}
