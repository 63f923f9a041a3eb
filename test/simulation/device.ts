/**
 * An honest client: tabs that refresh at once, retries of what was not answered, and one rule of care, which is to use
 * no successor while an earlier presentation may still arrive.
 */
import { type Place, send } from "./network.ts";
import type { Answer, Token } from "./server.ts";

/** How far apart the tabs of a device refresh. */
const TABS_WITHIN_MS = 300;

export class Device {
  token: Token;
  /** The answer that logged it out. */
  loggedOutBy: Answer | undefined;
  /** True once it could not ask again inside the window: then nothing is promised to it. */
  tooLate = false;
  readonly #place: Place;

  constructor(place: Place, token: Token) {
    this.#place = place;
    this.token = token;
    this.#refreshIn(place.chance.between(1, place.terms.intervalMs));
  }

  #refreshIn(afterMs: number): void {
    this.#place.agenda.in(afterMs, () => this.#refresh());
  }

  /** One logical refresh: however often it is sent, it is one token and one attempt. */
  #refresh(): void {
    const { terms, chance, agenda } = this.#place;
    const { token } = this;
    const firstSentMs = agenda.nowMs;
    const verifier = terms.attempts ? `device ${token.generation} ${chance.below(2 ** 32)}` : undefined;
    let lastSentMs = firstSentMs;
    let answered = false;

    const onReply = (answer: Answer): void => {
      if (answered) return;
      answered = true;
      if (answer.successor === undefined) {
        this.loggedOutBy = answer;
        return;
      }
      this.token = answer.successor;
      // Everything that was sent has arrived by then, or never will.
      const quietMs = lastSentMs + terms.maxRoundTripMs - agenda.nowMs;
      this.#refreshIn(Math.max(quietMs, chance.between(terms.intervalMs / 2, terms.intervalMs)));
    };
    const present = (proven: boolean): void => {
      if (answered) return;
      lastSentMs = agenda.nowMs;
      const attempt = verifier === undefined ? undefined : { verifier, proven };
      send(this.#place, "device", { token, attempt, key: terms.key }, onReply);
    };
    const retry = (): void => {
      if (answered) return;
      const windowMs = verifier === undefined ? terms.graceMs : terms.attemptWindowMs;
      // Inside the window counted from the first sending, which is never later than the first rotation.
      if (agenda.nowMs + terms.maxRoundTripMs > firstSentMs + windowMs) this.tooLate = true;
      present(true);
      agenda.in(terms.maxRoundTripMs * chance.between(1, this.tooLate ? 50 : 2), retry);
    };

    present(false);
    for (let tab = 1; tab < terms.tabs; tab++) agenda.in(chance.below(TABS_WITHIN_MS), () => present(false));
    agenda.in(terms.maxRoundTripMs, retry);
  }
}
