/** What "log out everywhere" does to the sessions of a subject: pure, and run by every store in one atomic operation. */
import type { Epochs, Family } from "./contract.ts";
import { endFamily, endReasonOf, nextEpoch } from "./family.ts";

/** What `decideLogout` judges, all of it read at one moment. */
export interface LogoutRequest {
  /** Records of the subject: all the live ones at least. */
  readonly families: Iterable<Family>;
  /** The session that stays, if it is among the live ones. */
  readonly except: string | undefined;
  /** The current epochs of the subject and its shard. */
  readonly epochs: Epochs;
  /** The store's clock, read once. */
  readonly clockMs: number;
}

export interface LogoutDecision {
  /** The subject's new epoch. */
  readonly epoch: number;
  /** The sessions that ended, as they are to be stored. */
  readonly ended: readonly Family[];
  /** The session that stays, with the new epoch: its older access tokens are refused, and it refreshes. */
  readonly kept: Family | undefined;
}

/** Raises the subject's epoch and ends its live sessions but one. Those that are over keep their reason. */
export function decideLogout({ families, except, epochs, clockMs }: LogoutRequest): LogoutDecision {
  const live = [...families].filter((family) => endReasonOf(family, epochs, clockMs) === undefined);
  const epoch = nextEpoch(epochs.subject, clockMs);
  const kept = live.find((family) => family.sessionId === except);
  return {
    epoch,
    ended: live.filter((family) => family !== kept).map((family) => endFamily(family, "logout", clockMs)),
    kept: kept && { ...kept, epochs: { ...kept.epochs, subject: epoch } },
  };
}
