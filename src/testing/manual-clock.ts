/** A clock that moves only when it is told to. */
import { configError } from "../options.ts";
import { type Clock, type Duration, dateMs, durationOption } from "../time.ts";

export interface ManualClock extends Clock {
  /** Moves it forward: seconds as a number, or text with a unit. */
  advance(by: Duration): void;
  /** Moves it anywhere, back too. */
  set(to: Date | string): void;
}

/**
 * A clock for tests: pass it as `clock` to whatever takes one.
 * @param start a Date, or text that `Date` reads: "2026-05-01T12:00:00Z"
 * @throws CONFIG for what is not a date, or not a duration
 */
export function manualClock(start: Date | string): ManualClock {
  let ms = millisecondsOf(start);
  const clock = (): Date => new Date(ms);
  return Object.assign(clock, {
    advance: (by: Duration) => {
      ms += Math.round(durationOption("manualClock", "by", by) * 1000);
    },
    set: (to: Date | string) => {
      ms = millisecondsOf(to);
    },
  });
}

function millisecondsOf(date: Date | string): number {
  const ms = typeof date === "string" ? Date.parse(date) : dateMs(date);
  if (Number.isNaN(ms)) throw configError("manualClock", "expected a date");
  return ms;
}
