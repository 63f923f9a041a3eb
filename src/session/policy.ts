/** The numbers of `createSessions`, checked at creation: how long sessions live, and what a replay may cost. */
import { checkDefined, checkFunction, checkNames, configError, countOption } from "../options.ts";
import type { CreateFamily, RotateCommand } from "../store/contract.ts";
import { durationOption } from "../time.ts";

/** Durations in whole milliseconds, as stores take them. */
export interface Policy {
  readonly idleMs: number;
  readonly absoluteMs: number;
  readonly graceMs: number;
  readonly attemptWindowMs: number;
  readonly onRegressed: RotateCommand["onRegressed"];
  readonly maxReplayStreak: number | undefined;
  readonly limit: CreateFamily["limit"];
}

const WHERE = "createSessions";
const REQUIRED = ["signer", "store", "refreshSecrets", "idle", "absolute"] as const;
const TIGHTENING = ["grace", "attemptWindow", "onRegressed", "maxReplayStreak", "maxPerSubject", "claims"] as const;
const OTHERS = ["onEvent", "clock"] as const;

const SECOND_MS = 1000;
const DEFAULT_GRACE = "30s";
const DEFAULT_ATTEMPT_WINDOW_MS = 600 * SECOND_MS;

/** @throws CONFIG for an option that is unknown, missing, undefined where that would check nothing, or out of range */
export function readPolicy(options: object): Policy {
  checkNames(WHERE, options, [...REQUIRED, ...TIGHTENING, ...OTHERS]);
  checkDefined(WHERE, options, [...REQUIRED, ...TIGHTENING]);
  const given = options as Readonly<Record<string, unknown>>;
  for (const name of ["claims", "onEvent", "clock"]) {
    if (given[name] !== undefined) checkFunction(WHERE, name, given[name]);
  }

  const absoluteMs = milliseconds("absolute", given.absolute, 1 / SECOND_MS);
  const idleMs = milliseconds("idle", given.idle, 1 / SECOND_MS);
  if (idleMs > absoluteMs) throw configError(WHERE, 'option "idle" must be at most "absolute"');

  const graceMs = milliseconds("grace", given.grace ?? DEFAULT_GRACE, 0);
  const attemptWindowMs =
    given.attemptWindow === undefined
      ? Math.max(DEFAULT_ATTEMPT_WINDOW_MS, graceMs)
      : milliseconds("attemptWindow", given.attemptWindow, 0);
  if (attemptWindowMs < graceMs) throw configError(WHERE, 'option "attemptWindow" must be at least "grace"');

  return Object.freeze({
    idleMs,
    absoluteMs,
    graceMs,
    attemptWindowMs,
    onRegressed: readOnRegressed(given.onRegressed ?? "end"),
    maxReplayStreak:
      given.maxReplayStreak === undefined ? undefined : countOption(WHERE, "maxReplayStreak", given.maxReplayStreak, 1),
    limit: given.maxPerSubject === undefined ? undefined : readLimit(given.maxPerSubject),
  });
}

function milliseconds(name: string, value: unknown, least: number): number {
  return Math.round(durationOption(WHERE, name, value, least) * SECOND_MS);
}

function readOnRegressed(value: unknown): Policy["onRegressed"] {
  if (value !== "end" && value !== "heal") throw configError(WHERE, 'option "onRegressed" must be "end" or "heal"');
  return value;
}

function readLimit(value: unknown): Policy["limit"] {
  const where = `${WHERE}: maxPerSubject`;
  checkNames(where, value, ["count", "whenFull"]);
  const { count, whenFull } = value as { readonly count?: unknown; readonly whenFull?: unknown };
  if (whenFull !== "evict-oldest" && whenFull !== "refuse") {
    throw configError(where, 'option "whenFull" must be "evict-oldest" or "refuse"');
  }
  return Object.freeze({ count: countOption(where, "count", count, 1), whenFull });
}
