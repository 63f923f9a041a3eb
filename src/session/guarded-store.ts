/** The one place where sessions call their store: a store that cannot answer is an outage, never a verdict on a token. */
import { isTokenError, tokenError } from "../errors.ts";
import { configError } from "../options.ts";
import type { SessionStore } from "../store/contract.ts";
import { MAX_SHARDS } from "../store/session-id.ts";

export type GuardedStore = Pick<
  SessionStore,
  | "shards"
  | "create"
  | "read"
  | "readSubject"
  | "rotate"
  | "endFamily"
  | "bumpSubject"
  | "bumpEveryone"
  | "list"
  | "sweep"
  | "awaitReplicas"
>;

/**
 * The same store, whose every failure is a TokenError: STORE_UNAVAILABLE with its cause, or what the store threw itself.
 * @throws CONFIG for what is not a session store
 */
export function guardStore(store: SessionStore): GuardedStore {
  const { "~store": kind, shards } = (store ?? {}) as Partial<SessionStore>;
  if (kind !== "session" || !Number.isInteger(shards) || Number(shards) < 1 || Number(shards) > MAX_SHARDS) {
    throw configError("createSessions", 'option "store" must be a session store: memoryStore(), sqliteStore(handle) …');
  }
  return {
    shards: store.shards,
    create: (command) => answered(() => store.create(command)),
    read: (sessionId) => answered(() => store.read(sessionId)),
    readSubject: (address) => answered(() => store.readSubject(address)),
    rotate: (command) => answered(() => store.rotate(command)),
    endFamily: (sessionId, reason) => answered(() => store.endFamily(sessionId, reason)),
    bumpSubject: (address, options) => answered(() => store.bumpSubject(address, options)),
    bumpEveryone: (shard) => answered(() => store.bumpEveryone(shard)),
    list: (address, page) => answered(() => store.list(address, page)),
    sweep: (limit) => answered(() => store.sweep(limit)),
    ...(typeof store.awaitReplicas === "function" && {
      awaitReplicas: (shard, wish) => answered(async () => (await store.awaitReplicas?.(shard, wish)) ?? 0),
    }),
  };
}

async function answered<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (isTokenError(cause)) throw cause;
    throw tokenError("STORE_UNAVAILABLE", "the session store did not answer; keep the token, and try again", { cause });
  }
}
