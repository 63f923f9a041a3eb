/** Making a revocation list: its two numbers are the promise. */
import { checkDefined, checkFunction, checkNames, configError } from "../options.ts";
import type { RevocationFeed } from "../store/revocation-feed.ts";
import { type Clock, type Duration, durationOption, monotonicBeside, systemClock } from "../time.ts";
import type { RevocationEvent } from "./events.ts";
import type { Promises } from "./freshness.ts";
import { FollowedList, type RevocationList } from "./revocation-list.ts";

export interface RevocationListOptions {
  /** Where revocations come from: `memoryStore()`, `sqliteStore(handle)`, `redisFeed(client)`, `postgresFeed(pool)` … */
  readonly feed: RevocationFeed;
  /** How long a revoked token may still pass while the feed is well. More than zero. */
  readonly bound: Duration;
  /**
   * How long while the feed is down: the second half of the promise, so it has a number too. "reject": not at all; tokens
   * whose session was checked within `bound` still pass.
   */
  readonly duringOutage: { readonly acceptFor: Duration } | "reject";
  /** This machine's time, which `bound` is measured with. Default: the system's, and its monotonic clock beside it. */
  readonly clock?: Clock | undefined;
  /** Told what happens to the list. What it throws changes nothing; it becomes a process warning. */
  readonly onEvent?: (event: RevocationEvent) => void;
}

const WHERE = "createRevocationList";
const REQUIRED = ["feed", "bound", "duringOutage"] as const;

/**
 * A list that follows a feed from now on, synchronously made. No timer of it keeps a process alive; a
 * connection that its feed has open does, until `close()`.
 * @throws CONFIG for an option that is unknown, missing, undefined or of the wrong type
 */
export function createRevocationList(options: RevocationListOptions): RevocationList {
  checkNames(WHERE, options, [...REQUIRED, "clock", "onEvent"]);
  checkDefined(WHERE, options, [...REQUIRED, "onEvent"]);
  const { feed, clock, onEvent } = options;
  checkFeed(feed);
  if (clock !== undefined) checkFunction(WHERE, "clock", clock);
  if (onEvent !== undefined) checkFunction(WHERE, "onEvent", onEvent);
  const monotonic = monotonicBeside(clock);
  return new FollowedList({ feed, promises: readPromises(options), onEvent, clock: clock ?? systemClock, monotonic });
}

function readPromises({ bound, duringOutage }: RevocationListOptions): Promises {
  const seconds = durationOption(WHERE, "bound", bound, Number.MIN_VALUE);
  if (duringOutage === "reject") return { bound: seconds, acceptFor: undefined };
  if (typeof duringOutage !== "object" || duringOutage === null) {
    throw configError(WHERE, 'option "duringOutage" must be "reject" or { acceptFor: duration }');
  }
  checkNames(`${WHERE}: duringOutage`, duringOutage, ["acceptFor"]);
  const acceptFor = durationOption(WHERE, "duringOutage.acceptFor", duringOutage.acceptFor);
  if (acceptFor < seconds) {
    throw configError(WHERE, 'option "duringOutage.acceptFor" must not be less than "bound"');
  }
  return { bound: seconds, acceptFor };
}

function checkFeed(feed: unknown): void {
  const { "~feed": mark, reader } = (feed ?? {}) as Partial<RevocationFeed>;
  if (mark !== true || typeof reader !== "function") {
    throw configError(WHERE, 'option "feed" must be a revocation feed: memoryStore(), redisFeed(client) …');
  }
}
