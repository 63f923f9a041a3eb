/** Names in a Map: the engine's own hash, which it keeps with a string that is asked about again. */
import type { ManyNames } from "./many-names.ts";

const MINUTE_MS = 60_000;

interface Kept {
  untilMs: number;
  readonly numbers: Uint32Array;
}

const NO_NUMBERS: Uint32Array = new Uint32Array(0);

export class FewNames {
  readonly #columns: number;
  readonly #kept = new Map<string, Kept>();
  #found: Kept | undefined;
  #lookAgainMs = 0;

  constructor(columns: number) {
    this.#columns = columns;
  }

  get size(): number {
    return this.#kept.size;
  }

  find(name: string): boolean {
    // An empty Map would still hash the name.
    this.#found = this.#kept.size === 0 ? undefined : this.#kept.get(name);
    return this.#found !== undefined;
  }

  keep(name: string, untilMs: number): boolean {
    if (this.find(name)) {
      const kept = this.#found as Kept;
      kept.untilMs = Math.max(kept.untilMs, untilMs);
      return false;
    }
    const numbers = this.#columns === 0 ? NO_NUMBERS : new Uint32Array(this.#columns * 2);
    this.#found = { untilMs, numbers };
    this.#kept.set(name, this.#found);
    return true;
  }

  read(into: Uint32Array): void {
    into.set((this.#found as Kept).numbers);
  }

  write(numbers: Uint32Array): void {
    (this.#found as Kept).numbers.set(numbers);
  }

  /** Once a minute: nothing happens if a name stays for longer, but for its memory. */
  forget(nowMs: number): void {
    if (nowMs < this.#lookAgainMs && nowMs > this.#lookAgainMs - 2 * MINUTE_MS) return;
    this.#lookAgainMs = nowMs + MINUTE_MS;
    for (const [name, { untilMs }] of this.#kept) if (untilMs <= nowMs) this.#kept.delete(name);
  }

  moveTo(many: ManyNames): void {
    for (const [name, { untilMs, numbers }] of this.#kept) {
      many.keep(name, untilMs);
      many.write(numbers);
    }
  }
}
