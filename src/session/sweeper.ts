/** Removes dead records now and then, so that nobody needs a cron job. */
import { type Clock, nowMs } from "../time.ts";
import type { GuardedStore } from "./guarded-store.ts";

const EVERY_MS = 60_000;
const LIMIT = 100;

/** A function to call after each operation: at most once a minute it sweeps, and nothing waits for it or fails by it. */
export function createSweeper(store: GuardedStore, clock: Clock): () => void {
  let sweptAtMs = nowMs(clock);
  const sweep = async (): Promise<void> => {
    const clockMs = nowMs(clock);
    if (clockMs - sweptAtMs < EVERY_MS) return;
    sweptAtMs = clockMs;
    await store.sweep(LIMIT);
  };
  return () => {
    sweep().catch(() => {
      // Whatever is wrong with the store, the next operation tells it to somebody who can act.
    });
  };
}
