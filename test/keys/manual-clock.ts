/** A clock that stands still until a test moves it. */
import type { Clock } from "../../src/time.ts";

export interface ManualClock {
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  now(): number;
  /** @param by seconds */
  advance(by: number): void;
  set(time: Date | string | number): void;
}

export function manualClock(start: Date | string | number = "2026-05-01T00:00:00Z"): ManualClock {
  let ms = new Date(start).getTime();
  return {
    clock: () => new Date(ms),
    now: () => ms,
    advance: (by) => {
      ms += by * 1000;
    },
    set: (time) => {
      ms = new Date(time).getTime();
    },
  };
}
