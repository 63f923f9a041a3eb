/**
 * How a reader of a feed waits: for changes, by asking again and again; for an answer, never for ever. No wait keeps a
 * process from ending.
 */
import { setMaxListeners } from "node:events";
import { monotonicMs } from "../time.ts";
import type { FeedChanges } from "./revocation-feed.ts";

/** Between two questions at most. It is most of the time that a revocation takes to be heard of. */
export const POLL_MS = 200;

/** A server that stands still, or a connection whose other end is gone, says nothing at all. */
export const ANSWER_WITHIN_MS = 3000;

/** What ends every wait of a reader. Each shard waits on it, and Node takes more than ten waits for a leak. */
export function waitsEnder(): AbortController {
  const ender = new AbortController();
  setMaxListeners(0, ender.signal);
  return ender;
}

/**
 * Asks until there is something to say, or `waitMs` are over: at least once, and at the end of the wait once more.
 * @param pauseFor rejects where the reader is closed meanwhile
 * @param fromMs when the wait began
 */
export async function pollChanges(
  ask: () => Promise<FeedChanges | "gone">,
  waitMs: number,
  pauseFor: (ms: number) => Promise<void>,
  fromMs: number = monotonicMs(),
): Promise<FeedChanges | "gone"> {
  // A list counts its age from the question, so what the answers take is part of the wait.
  const endMs = fromMs + waitMs;
  const stepMs = stepOf(waitMs);
  for (;;) {
    const answer = await ask();
    const leftMs = endMs - monotonicMs();
    if (hasNews(answer) || leftMs <= stepMs / 2) return answer;
    await pauseFor(Math.min(stepMs, leftMs));
  }
}

/** What ends a wait early. */
export function hasNews(answer: FeedChanges | "gone"): boolean {
  return answer === "gone" || answer.revocations.length > 0;
}

/** How a wait is cut up, so that its last question is at its end. */
export function stepOf(waitMs: number): number {
  return waitMs / Math.max(1, Math.ceil(waitMs / POLL_MS));
}

/** What the promise answers, or a rejection where it takes too long. What it answers later, nobody hears. */
export async function withinTime<T>(server: string, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`${server} did not answer within ${ANSWER_WITHIN_MS} ms`);
    timer = setTimeout(reject, ANSWER_WITHIN_MS, error);
    timer.unref();
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
