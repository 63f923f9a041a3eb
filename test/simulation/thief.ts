/** A thief: copies what the device holds, now and then, and presents any copy at any time. */
import type { Device } from "./device.ts";
import { type Place, send } from "./network.ts";
import type { Token } from "./server.ts";

export class Thief {
  readonly #place: Place;
  readonly #victim: Device;
  readonly #copies: Token[] = [];

  constructor(place: Place, victim: Device) {
    this.#place = place;
    this.#victim = victim;
    this.#later();
  }

  #later(): void {
    const { terms, chance, agenda } = this.#place;
    const about = chance.pick([1000, terms.graceMs, terms.attemptWindowMs, terms.intervalMs, 10 * terms.intervalMs]);
    agenda.in(chance.between(0, 2 * about), () => this.#act());
  }

  #act(): void {
    const { chance, terms } = this.#place;
    if (this.#copies.length === 0 || chance.happens(0.3)) this.#copies.push(this.#victim.token);
    // Mostly the newest copy; sometimes one that has lain about.
    const token = chance.happens(0.8) ? (this.#copies.at(-1) as Token) : chance.pick(this.#copies);
    const verifier = `thief ${token.generation}`;
    const attempt = chance.happens(0.5) ? { verifier, proven: chance.happens(0.5) } : undefined;
    // Never the device's key: that cannot be copied.
    const key = chance.happens(0.5) ? "the thief's key" : undefined;
    const bursts = chance.happens(0.1) ? 3 : 1;
    for (let sent = 0; sent < bursts; sent++) {
      send(this.#place, "thief", { token, attempt, key: terms.key === undefined ? undefined : key }, (answer) => {
        if (answer.successor !== undefined) this.#copies.push(answer.successor);
      });
    }
    this.#later();
  }
}
