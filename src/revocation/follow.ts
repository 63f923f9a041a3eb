/** Following one shard of a feed for as long as the list lives: snapshot, then tail, and all over again after a gap. */
import type { Revocation } from "../store/revocation.ts";
import type { FeedCursor, FeedReader } from "../store/revocation-feed.ts";
import type { Emit } from "./events.ts";
import type { Moment } from "./freshness.ts";
import { pause, Unanswered, within } from "./waiting.ts";

export interface Following {
  readonly shard: number;
  /** The reader to ask now: another one after it was given up. */
  reader(): FeedReader;
  /** Gives up a reader that does not answer. */
  giveUp(reader: FeedReader): void;
  /** How long one question may wait for news. */
  readonly waitMs: number;
  now(): Moment;
  /** Takes in what was heard, known to be whole as of a moment. Undefined: more is to come. */
  heard(revocations: readonly Revocation[], asOf: Moment | undefined): void;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** What an answer may take beyond its waiting, before the reader is given up. */
const PATIENCE_MS = 5000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

export async function follow(following: Following): Promise<void> {
  const { shard, emit, signal } = following;
  let place: FeedCursor | undefined;
  let furthest: FeedCursor | undefined;
  let failures = 0;
  let gaps = 0;
  while (!signal.aborted) {
    const reader = following.reader();
    try {
      const step = await within(PATIENCE_MS + following.waitMs, () => readOn(following, reader, place));
      failures = 0;
      if (step === "gap") {
        emit({ type: "gap", shard });
        // A feed that has gaps only would be asked without end.
        if (++gaps > 1) await pause(pauseMs(gaps - 1), signal);
        place = undefined;
        continue;
      }
      if (furthest !== undefined && step.position < furthest.position) emit({ type: "regressed", shard });
      if (place !== undefined) gaps = 0;
      place = step;
      furthest = step;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Unanswered) following.giveUp(reader);
      emit({ type: "failed", shard, error, failures: ++failures });
      await pause(pauseMs(failures), signal);
    }
  }
}

/** Asks once, takes in the answer, and says how far that led. */
async function readOn(
  { shard, waitMs, now, heard }: Following,
  reader: FeedReader,
  place: FeedCursor | undefined,
): Promise<FeedCursor | "gap"> {
  // What is known is known as of the question: the answer may have taken its time.
  const asked = now();
  if (place === undefined) {
    const { revocations, cursor, ageMs = 0 } = await reader.snapshot(shard);
    heard(revocations, earlier(asked, ageMs));
    return cursor;
  }
  const answer = await reader.tail(shard, place, waitMs);
  if (answer === "gone" || answer.cursor.position !== place.position + answer.revocations.length) return "gap";
  heard(answer.revocations, answer.isPart === true ? undefined : earlier(asked, answer.ageMs ?? 0));
  return answer.cursor;
}

function earlier({ wallMs, monotonicMs }: Moment, byMs: number): Moment {
  return { wallMs: wallMs - byMs, monotonicMs: monotonicMs - byMs };
}

/** From 0.1 s, doubling, up to 5 s, each shortened at random, so that a fleet does not come back as one. */
function pauseMs(failures: number): number {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
  return longest * (0.5 + Math.random() / 2);
}
