/** A feed that does what a test says, and clocks that stand still until a test moves them. */
import type { Revocation } from "../../src/store/revocation.ts";
import type { FeedChanges, FeedReader, FeedSnapshot, RevocationFeed } from "../../src/store/revocation-feed.ts";

const HOUR_MS = 3_600_000;

export const START_MS: number = Date.parse("2026-05-01T12:00:00Z");
export const LATER_MS: number = START_MS + HOUR_MS;

export type Answer = FeedSnapshot | FeedChanges | "gone" | Error | "silence";

/** Answers what it is told to, one answer a question; without one it waits. Every question is written down. */
export class ScriptedFeed implements RevocationFeed {
  readonly "~feed" = true;
  readonly maxTokenLifeMs = HOUR_MS;
  readonly shards: number;
  readonly asked: string[] = [];
  readers = 0;
  readonly #answers: Answer[][];
  readonly #waiting: (((answer: Answer) => void) | undefined)[];

  constructor(shards = 1) {
    this.shards = shards;
    this.#answers = Array.from({ length: shards }, () => []);
    this.#waiting = Array.from({ length: shards }, () => undefined);
  }

  /** Gives the next answer of a shard, and lets the list take it in. */
  async answer(answer: Answer, shard = 0): Promise<void> {
    const waiting = this.#waiting[shard];
    this.#waiting[shard] = undefined;
    if (waiting === undefined) this.#answers[shard]?.push(answer);
    else waiting(answer);
    await settled();
  }

  reader(): FeedReader {
    this.readers++;
    return {
      snapshot: (shard) => this.#ask(`snapshot ${shard}`, shard) as Promise<FeedSnapshot>,
      tail: (shard, { position }) => this.#ask(`tail ${shard} ${position}`, shard) as Promise<FeedChanges | "gone">,
      close: async () => {
        for (const waiting of this.#waiting) waiting?.(new Error("closed"));
      },
    };
  }

  async addRevocation(): Promise<void> {
    throw new Error("a scripted feed is read only");
  }

  #ask(question: string, shard: number): Promise<Answer> {
    this.asked.push(question);
    const ready = this.#answers[shard]?.shift();
    const answer =
      ready !== undefined
        ? Promise.resolve(ready)
        : new Promise<Answer>((resolve) => {
            this.#waiting[shard] = resolve;
          });
    return answer.then((one) => {
      if (one instanceof Error) throw one;
      return one === "silence" ? new Promise<never>(() => {}) : one;
    });
  }
}

export const history = "history 1";

export function snapshot(position: number, ...revocations: readonly Revocation[]): FeedSnapshot {
  return { revocations, cursor: { position, history } };
}

export const changes: (position: number, ...revocations: readonly Revocation[]) => FeedChanges = snapshot;

export function sessionEntry(sessionId: string, untilMs: number = LATER_MS): Revocation {
  return { kind: "session", sessionId, untilMs };
}

/** Promises that are ready have run. No time passes. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Both clocks of a machine, each of which can be moved by itself. */
export class TwoClocks {
  wallMs = START_MS;
  monotonicMs = 0;

  readonly clock = (): Date => new Date(this.wallMs);
  readonly monotonic = (): number => this.monotonicMs;

  advance(seconds: number): void {
    this.wallMs += seconds * 1000;
    this.monotonicMs += seconds * 1000;
  }

  /** The machine sleeps: the monotonic clock stands still. */
  suspend(seconds: number): void {
    this.wallMs += seconds * 1000;
  }
}
