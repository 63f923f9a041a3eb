/** Points in time as options spell them, and as people read them. */
import { span } from "../jwt/time-span.ts";
import { type Clock, systemClock } from "../time.ts";
import { usageError } from "./exit.ts";

/** `2026-11-24 18:00:00 UTC` */
export function dateText(date: Date): string {
  return date
    .toISOString()
    .replace("T", " ")
    .replace(/(?:\.000)?Z$/, " UTC");
}

/** `in 12 minutes`, `3 days ago` */
export function distance(date: Date, now: Date): string {
  const seconds = (date.getTime() - now.getTime()) / 1000;
  if (Math.abs(seconds) < 1) return "now";
  return seconds > 0 ? `in ${span(seconds)}` : `${span(-seconds)} ago`;
}

/** `--at`: a clock that stands still there; without it, this machine's. */
export function clockAt(text: string | undefined): Clock {
  if (text === undefined) return systemClock;
  const date = new Date(/^\d{1,11}$/.test(text) ? Number(text) * 1000 : text);
  if (Number.isNaN(date.getTime())) {
    throw usageError('--at needs a date like "2026-11-24T18:00:00Z", or seconds since 1970');
  }
  return () => date;
}
