/** A victim and a thief who both hold the token of one session, and present it at times that the caller chooses. */
import { type Answer, familyServer, type Server, type Token } from "./server.ts";
import type { Terms } from "./terms.ts";

const SECOND = 1000;
export const MINUTE: number = 60 * SECOND;
export const DAY: number = 24 * 60 * MINUTE;

const terms: Terms = {
  graceMs: 30 * SECOND,
  attemptWindowMs: 30 * SECOND,
  idleMs: 14 * DAY,
  absoluteMs: 90 * DAY,
  maxReplayStreak: undefined,
  key: undefined,
  skewsMs: [0],
  lossRate: 0,
  duplicateRate: 0,
  maxRoundTripMs: 0,
  intervalMs: 15 * MINUTE,
  tabs: 1,
  attempts: false,
  thief: true,
  failovers: 0,
  logout: undefined,
};

export class Duel {
  readonly graceMs: number = terms.graceMs;
  readonly intervalMs: number = terms.intervalMs;
  nowMs = 0;
  readonly #server: Server;
  #token: Token;

  constructor(changes: Partial<Terms> = {}) {
    const clock = (): number => this.nowMs;
    this.#server = familyServer({ ...terms, ...changes }, clock, clock);
    this.#token = this.#server.start() as Token;
  }

  /** One presentation of the newest token that both hold. */
  present(atMs: number): Answer {
    this.nowMs = atMs;
    return this.#server.refresh({ token: this.#token, attempt: undefined, key: undefined, appServer: 0 }) as Answer;
  }

  /** Both hold the successor now. */
  goOn({ successor }: Answer): void {
    if (successor !== undefined) this.#token = successor;
  }

  /** Both present at these times. @returns whether neither was found; then both hold the successor */
  both(firstMs: number, secondMs: number): boolean {
    this.present(Math.min(firstMs, secondMs));
    const second = this.present(Math.max(firstMs, secondMs));
    this.goOn(second);
    return second.successor !== undefined;
  }

  logOut(how: "session" | "subject" | "everyone"): void {
    void this.#server.logOut(how);
  }
}
