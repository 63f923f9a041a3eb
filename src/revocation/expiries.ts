/** When entries reach their end, by the minute, so that dropping them never walks through those that have not. */

/** What is to be looked at, since an entry of its name may have reached its end. */
export interface Expiry {
  readonly kind: "token" | "session" | "subject";
  readonly name: string;
}

const MINUTE_MS = 60_000;

export class Expiries {
  readonly #byMinute = new Map<number, Expiry[]>();
  #earliest = Number.POSITIVE_INFINITY;

  add(untilMs: number, kind: Expiry["kind"], name: string): void {
    // The minute after: all of it is over when it comes.
    const minute = Math.floor(untilMs / MINUTE_MS) + 1;
    const expiries = this.#byMinute.get(minute) ?? [];
    this.#byMinute.set(minute, expiries);
    expiries.push({ kind, name });
    this.#earliest = Math.min(this.#earliest, minute);
  }

  /** Takes out those whose time has come. */
  due(nowMs: number): readonly Expiry[] {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute < this.#earliest) return [];
    const due: Expiry[] = [];
    this.#earliest = Number.POSITIVE_INFINITY;
    for (const [key, expiries] of this.#byMinute) {
      if (key > minute) {
        this.#earliest = Math.min(this.#earliest, key);
        continue;
      }
      this.#byMinute.delete(key);
      for (const expiry of expiries) due.push(expiry);
    }
    return due;
  }
}
