/** Clocks and durations; the only file that reads the time. */
import { configError } from "./options.ts";

/** Seconds as a number, or text with a unit. Milliseconds are not a unit on purpose. */
export type Duration = number | `${number}${"s" | "m" | "h" | "d"}`;

/** A Date has no unit to get wrong; a bare number of the wrong unit accepts expired tokens. */
export type Clock = () => Date;

const SECONDS_PER = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const TEXT = /^(\d+(?:\.\d+)?)([smhd])$/;

/** The time of this machine. */
export const systemClock: Clock = () => new Date();

/**
 * Configuration text with a unit, such as an environment variable, in seconds.
 * @param text digits and a unit: `"45s"`, `"15m"`, `"12h"`, `"14d"`
 * @throws CONFIG for undefined, text without a unit, or anything else
 */
export function seconds(text: string | undefined): number {
  const parts = typeof text === "string" ? TEXT.exec(text) : null;
  if (parts === null) {
    throw configError(
      "seconds",
      `expected digits and a unit, like "45s", "15m", "12h" or "14d", got ${describe(text)}`,
    );
  }
  const result = Number(parts[1]) * SECONDS_PER[parts[2] as keyof typeof SECONDS_PER];
  if (!Number.isFinite(result)) throw configError("seconds", "the number is too large");
  return result;
}

/** A duration option in seconds. @throws CONFIG unless it is finite and at least `least` */
export function durationOption(where: string, name: string, value: unknown, least = 0): number {
  const parts = typeof value === "string" ? TEXT.exec(value) : null;
  const result = parts === null ? value : seconds(value as string);
  if (typeof result !== "number" || !Number.isFinite(result) || result < least) {
    const bound = least > 0 ? "more than zero" : "zero or more";
    throw configError(
      where,
      `option "${name}" must be ${bound}: seconds as a number, or text with a unit like "15m", got ${describe(value)}`,
    );
  }
  return result;
}

/** Milliseconds that this process has run: never set back, and standing still while the machine sleeps. */
export function monotonicMs(): number {
  return performance.now();
}

/** What durations are measured with beside a clock. One that a test gives moves both. */
export function monotonicBeside(clock: Clock | undefined): () => number {
  return clock === undefined ? monotonicMs : () => nowMs(clock);
}

/** The clock's time in seconds since 1970, with its fraction (a NumericDate, RFC 7519 §2). @throws CONFIG for a broken clock */
export function now(clock: Clock): number {
  return nowMs(clock) / 1000;
}

/** The clock's time in milliseconds since 1970. @throws CONFIG for a broken clock */
export function nowMs(clock: Clock): number {
  // What it would answer, without the Date.
  if (clock === systemClock) return Date.now();
  const ms = dateMs(clock());
  if (Number.isNaN(ms)) throw configError("clock", "the clock must answer a valid Date");
  return ms;
}

/** The time of a Date, of whatever realm, in milliseconds since 1970; NaN for anything else. */
export function dateMs(value: unknown): number {
  try {
    return Date.prototype.getTime.call(value);
  } catch {
    return Number.NaN;
  }
}

/** What may be shown of a wrong duration: a number and a unit. Other text may be a secret in the wrong variable. */
const SHOWN = /^[\d.]{1,9} ?[a-z]{0,7}$/;

function describe(value: unknown): string {
  if (typeof value === "string" && SHOWN.test(value)) return `"${value}"`;
  // Objects may have a toString of their own, or none.
  return typeof value === "number" ? String(value) : value === null ? "null" : typeof value;
}
