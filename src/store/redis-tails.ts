/** What came after places in many logs: asked at the same moments, and with one script where the server allows that. */
import { monotonicMs } from "../time.ts";
import { messageOf } from "./outage.ts";
import type { RunScript } from "./redis-client.ts";
import { TAIL } from "./redis-log.ts";
import type { FeedCursor } from "./revocation-feed.ts";

interface Question {
  readonly log: string;
  readonly place: FeedCursor;
  readonly resolve: (reply: readonly unknown[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Said by a Cluster, and by proxies and rules that allow no script over keys of several slots. */
const REFUSED = /\b(CROSSSLOT|ERR|NOPERM)\b/;

/** The questions of one turn of the event loop, as one. */
export class RedisTails {
  readonly #run: RunScript;
  #questions: Question[] = [];
  #isRefused = false;

  constructor(run: RunScript) {
    this.#run = run;
  }

  /** Answers as the script does for one log. */
  ask(log: string, place: FeedCursor): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      this.#questions.push({ log, place, resolve, reject });
      if (this.#questions.length === 1) setImmediate(() => void this.#askAll());
    });
  }

  async #askAll(): Promise<void> {
    const questions = this.#questions;
    this.#questions = [];
    if (!this.#isRefused && (await this.#askFor(questions)) !== "refused") return;
    const outcomes = await Promise.all(questions.map((question) => this.#askFor([question])));
    // Where none is answered either, it was not for being many.
    this.#isRefused ||= outcomes.includes("answered");
  }

  /** "refused": several logs at once are, which says nothing of each, and nobody was told. */
  async #askFor(questions: readonly Question[]): Promise<"answered" | "refused" | "failed"> {
    try {
      const logs = questions.map(({ log }) => log);
      const places = questions.flatMap(({ place }) => [String(place.position), place.history]);
      const replies = (await this.#run(TAIL, logs, places)) as readonly (readonly unknown[])[];
      for (const [index, { resolve }] of questions.entries()) resolve(replies[index] ?? []);
      return "answered";
    } catch (error) {
      if (questions.length > 1 && REFUSED.test(messageOf(error))) return "refused";
      for (const { reject } of questions) reject(error);
      return "failed";
    }
  }
}

/** The moments at which those who wait ask: whoever is due first takes all others along. */
export class SharedMoments {
  readonly #waiting = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Number.POSITIVE_INFINITY;

  /** Resolves after `ms` at most. Rejects where `closed` is aborted. */
  async next(ms: number, closed: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      if (closed.aborted) return reject(new Error("the reader is closed"));
      const done = (): void => {
        closed.removeEventListener("abort", done);
        this.#waiting.delete(done);
        if (closed.aborted) reject(new Error("the reader is closed"));
        else resolve();
      };
      this.#waiting.add(done);
      closed.addEventListener("abort", done);
      this.#schedule(monotonicMs() + ms, ms);
    });
  }

  #schedule(dueMs: number, ms: number): void {
    if (dueMs >= this.#dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => this.#begin(), ms);
    this.#timer.unref();
  }

  #begin(): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
    for (const wake of [...this.#waiting]) wake();
  }
}
