/** Durations as jsonwebtoken's users write them ("2 days", "10h", "2.5 hrs"), in seconds. */

const SECONDS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  y: 31_557_600,
};

const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/^(?:milliseconds?|msecs?|ms)$/i, "ms"],
  [/^(?:seconds?|secs?|s)$/i, "s"],
  [/^(?:minutes?|mins?|m)$/i, "m"],
  [/^(?:hours?|hrs?|h)$/i, "h"],
  [/^(?:days?|d)$/i, "d"],
  [/^(?:weeks?|w)$/i, "w"],
  [/^(?:years?|yrs?|y)$/i, "y"],
];

const TEXT = /^(-?\d*\.?\d+) *([a-z]+)$/i;

/**
 * Seconds, or undefined for what is no duration. Text without a unit is none: jsonwebtoken takes it for milliseconds,
 * and `expiresIn: "3600"` for 3.6 seconds.
 */
export function secondsOf(time: unknown): number | undefined {
  if (typeof time === "number") return Number.isFinite(time) ? time : undefined;
  const parts = typeof time === "string" && time.length <= 100 ? TEXT.exec(time) : null;
  if (parts === null) return undefined;
  const unit = SPELLINGS.find(([spelling]) => spelling.test(parts[2] ?? ""))?.[1];
  return unit === undefined ? undefined : Number(parts[1]) * (SECONDS[unit] ?? Number.NaN);
}
