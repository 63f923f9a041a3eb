/** What happened to a revocation list, told to `onEvent` and to the `node:diagnostics_channel` named "rejwt:revocation". */
import { channel } from "node:diagnostics_channel";
import type { ListState } from "./freshness.ts";

/** No event holds a token. */
export type RevocationEvent =
  /** What is known of all shards together became better or worse. */
  | { readonly type: "state"; readonly state: ListState }
  /** Entries came that were not known. */
  | { readonly type: "changed"; readonly shard: number; readonly entries: number }
  /** The feed no longer had the place that was reached, or skipped some: the whole list is read again. */
  | { readonly type: "gap"; readonly shard: number }
  /** The feed had fewer entries than before: it was restored, or failed over. What is known here stays. */
  | { readonly type: "regressed"; readonly shard: number }
  /** An entry would have been kept absurdly long; it is kept for as long as any token can live. */
  | { readonly type: "shortened"; readonly shard: number }
  /** The feed did not answer, or not in time. It is asked again, later and later. */
  | { readonly type: "failed"; readonly shard: number; readonly error: unknown; readonly failures: number };

export type Emit = (event: RevocationEvent) => void;

const CHANNEL = /* @__PURE__ */ channel("rejwt:revocation");

/** Tells both audiences. A listener that throws, or rejects, changes nothing. */
export function createEmit(onEvent: ((event: RevocationEvent) => unknown) | undefined): Emit {
  return (event) => {
    Object.freeze(event);
    CHANNEL.publish(event);
    if (onEvent !== undefined) tell(() => onEvent(event));
  };
}

/** Calls a listener whose failure must stop nothing. */
export function tell(listener: () => unknown): void {
  try {
    Promise.resolve(listener()).catch(warn);
  } catch (error) {
    warn(error);
  }
}

function warn(error: unknown): void {
  const name = error instanceof Error ? error.name : typeof error;
  process.emitWarning(`a listener of revocation events threw (${name})`, {
    type: "RejwtWarning",
    code: "REJWT_LISTENER",
  });
}
