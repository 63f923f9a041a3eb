/** What happens when: simulated time, which jumps from one planned event to the next. */
type Happening = () => void | Promise<void>;

export class Agenda {
  /** True time, which no clock in the story needs to show. Milliseconds. */
  nowMs: number = Date.UTC(2026, 4, 1);
  readonly #planned: { readonly atMs: number; readonly happen: Happening }[] = [];

  in(afterMs: number, happen: Happening): void {
    const atMs = this.nowMs + Math.max(0, Math.round(afterMs));
    // Few events wait at any time: the place is found from the end. Of two at one moment the first planned comes first.
    let place = this.#planned.length;
    while (place > 0 && (this.#planned[place - 1] as { atMs: number }).atMs <= atMs) place--;
    this.#planned.splice(place, 0, { atMs, happen });
  }

  /** Lets everything happen, in order, while `goesOn` and anything is planned. */
  async run(goesOn: () => boolean): Promise<void> {
    for (let next = this.#planned.pop(); next !== undefined && goesOn(); next = this.#planned.pop()) {
      this.nowMs = next.atMs;
      const happened = next.happen();
      if (happened !== undefined) await happened;
    }
  }
}
