/** Group commit: decisions that arrive together share one transaction, so that the disk is waited for once. */
import { inTransaction, type SqliteHandle } from "./sqlite-handle.ts";

/** A bound on how long one group may keep the event loop and other processes waiting, beside the commit itself. */
const MOST_IN_A_GROUP = 256;

/** Taken here, so that tests which replace the timers later do not stop it. */
const afterThisTurn = setImmediate;

interface Waiting {
  readonly decide: () => unknown;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Whatever is asked for in one turn of the event loop is decided in order and committed together. */
export class CommitGroup {
  readonly #handle: SqliteHandle;
  #waiting: Waiting[] = [];

  constructor(handle: SqliteHandle) {
    this.#handle = handle;
  }

  /**
   * Runs `decide` in a transaction, and answers what it answered after the commit, never before. It may be run twice:
   * what it did the first time was undone then.
   */
  run<T>(decide: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ decide, resolve, reject });
      if (this.#waiting.length === 1) afterThisTurn(() => this.flush());
    });
  }

  /** Commits what waits, now. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let first = 0; first < waiting.length; first += MOST_IN_A_GROUP) {
      this.#commit(waiting.slice(first, first + MOST_IN_A_GROUP));
    }
  }

  #commit(group: readonly Waiting[]): void {
    let decided = 0;
    let begun = false;
    try {
      const answers = inTransaction(this.#handle, () => {
        begun = true;
        return group.map(({ decide }) => {
          const answer = decide();
          decided++;
          return answer as never;
        });
      });
      group.forEach(({ resolve }, index) => void resolve(answers[index] as never));
    } catch (error) {
      // One decision failed, and took its neighbours along: each is made again, alone.
      if (begun && decided < group.length && group.length > 1) for (const one of group) this.#commit([one]);
      // The database itself could not begin or commit, which more attempts would only make wait.
      else for (const { reject } of group) reject(error);
    }
  }
}
