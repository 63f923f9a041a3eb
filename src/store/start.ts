/** Whether a session may start, and which others it pushes out: the other decision that every store runs, pure too. */
import type { CreateFamily, CreateOutcome, Epochs, Family } from "./contract.ts";
import { endFamily, endReasonOf, startEpoch, startFamily } from "./family.ts";

/** What `decideStart` judges, all of it read at one moment. */
export interface StartRequest {
  readonly command: CreateFamily;
  /** Records of the subject: all the live ones at least. Only looked at where there is a limit. */
  readonly families: Iterable<Family>;
  /** The current epochs of the subject and its shard. */
  readonly epochs: Epochs;
  /** The store's clock, read once. */
  readonly clockMs: number;
}

/** An outcome, and the records that were pushed out, as they are to be stored. */
export interface StartDecision {
  readonly outcome: CreateOutcome;
  readonly evicted: readonly Family[];
}

/** Decides one start: the epochs first, then the limit. */
export function decideStart({ command, families, epochs, clockMs: nowMs }: StartRequest): StartDecision {
  const { expectedEpoch, limit } = command;
  if (expectedEpoch !== undefined && expectedEpoch !== startEpoch(epochs)) {
    return { outcome: { outcome: "epoch-moved" }, evicted: [] };
  }

  let evicted: Family[] = [];
  if (limit !== undefined) {
    const live = [...families].filter((family) => endReasonOf(family, epochs, nowMs) === undefined);
    const surplus = live.length - (limit.count - 1);
    if (surplus > 0 && limit.whenFull === "refuse") return { outcome: { outcome: "full" }, evicted: [] };
    const oldestFirst = live.sort((a, b) => newestFirst(b, a));
    evicted = oldestFirst.slice(0, Math.max(0, surplus)).map((family) => endFamily(family, "evicted", nowMs));
  }

  const family = startFamily(command, epochs, nowMs);
  return { outcome: { outcome: "created", nowMs, family, evicted: evicted.map((one) => one.sessionId) }, evicted };
}

/** The order of lists. Session ids break ties, so that pages neither repeat nor miss one. */
export function newestFirst(a: StartedSession, b: StartedSession): number {
  if (a.createdAtMs !== b.createdAtMs) return b.createdAtMs - a.createdAtMs;
  return a.sessionId === b.sessionId ? 0 : a.sessionId < b.sessionId ? 1 : -1;
}

/** What the order of lists goes by. */
export type StartedSession = Pick<Family, "createdAtMs" | "sessionId">;
