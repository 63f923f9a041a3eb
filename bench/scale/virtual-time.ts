/** Time that passes when it is told to: every timer of this process is one of its own, and chance is drawn from a seed. */

interface Timer {
  run: (() => void) | undefined;
  unref(): Timer;
}

export class VirtualTime {
  nowMs = 0;
  readonly #due = new Map<number, Timer[]>();
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** Puts itself in the place of `setTimeout`, `clearTimeout` and `Math.random`. */
  install(): void {
    const setTimer = (run: () => void, ms = 0): Timer => {
      const timer: Timer = { run, unref: () => timer };
      const due = Math.max(this.nowMs + 1, Math.ceil(this.nowMs + ms));
      const timers = this.#due.get(due) ?? [];
      this.#due.set(due, timers);
      timers.push(timer);
      return timer;
    };
    Object.assign(globalThis, {
      setTimeout: setTimer,
      clearTimeout: (timer: Timer | undefined) => {
        if (timer !== undefined) timer.run = undefined;
      },
    });
    Math.random = () => this.random();
  }

  /** Mulberry32. */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.random();
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void setTimeout(resolve, ms));
  }

  /** Lets time pass, and all that was waiting for it happen in its order. */
  async runUntil(ms: number): Promise<void> {
    await settled();
    while (this.nowMs < ms) {
      this.nowMs++;
      const timers = this.#due.get(this.nowMs);
      if (timers === undefined) continue;
      this.#due.delete(this.nowMs);
      for (const timer of timers) timer.run?.();
      await settled();
    }
  }
}

/** All promises that were ready have run: immediates come after them. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
