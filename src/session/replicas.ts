/** The wish that replicas hold an ending too, for stores that answer before they have copied. */
import { tokenError } from "../errors.ts";
import { checkDefined, configError, countOption, timeoutOption } from "../options.ts";
import type { ReplicaWish } from "../store/contract.ts";
import type { SessionContext } from "./context.ts";
import type { ReplicaOptions } from "./types.ts";

export const REPLICA_OPTIONS = ["replicas", "timeoutMs"] as const;

/** What replicas tell once a second, within two. */
const DEFAULT_TIMEOUT_MS = 2000;

/**
 * The wish in the options of an ending, or undefined where there is none.
 * @throws CONFIG, before anything has ended: also where the store has no replicas that it could ask
 */
export function readReplicaWish(
  where: string,
  options: ReplicaOptions,
  { store }: SessionContext,
): ReplicaWish | undefined {
  checkDefined(where, options, REPLICA_OPTIONS);
  const { replicas, timeoutMs } = options;
  if (replicas === undefined) {
    if (timeoutMs === undefined) return undefined;
    throw configError(where, 'option "timeoutMs" is how long to wait for "replicas", which is missing');
  }
  if (store.awaitReplicas === undefined) {
    throw configError(where, 'this store has no replicas to ask: leave "replicas" out');
  }
  return {
    replicas: countOption(where, "replicas", replicas, 1),
    timeoutMs: timeoutOption(where, "timeoutMs", timeoutMs ?? DEFAULT_TIMEOUT_MS),
  };
}

/** @throws STORE_UNAVAILABLE where fewer replicas hold it: it has ended, and may be ended again */
export async function requireReplicas(
  { store }: SessionContext,
  shard: number,
  wish: ReplicaWish | undefined,
): Promise<void> {
  if (wish === undefined) return;
  const held = (await store.awaitReplicas?.(shard, wish)) ?? 0;
  if (held >= wish.replicas) return;
  throw tokenError(
    "STORE_UNAVAILABLE",
    `ended, but only ${held} of ${wish.replicas} replicas said so within ${wish.timeoutMs} ms: a failover may lose it. Try again`,
  );
}
