/**
 * Sees every presentation with its true time, and holds the answer against what is promised about theft: written from
 * the sentences, knowing nothing of records, hashes or the order of the rules.
 */
import type { Answer, Request, Token } from "./server.ts";
import type { Terms } from "./terms.ts";

export const statements = {
  oneSuccessor: "a presentation in the window gets the same successor as the first",
  current: "the current token of a live session rotates",
  late: "(a) a late presentation, or one of an older generation, ends the session in that operation",
  forEver: "(a) once ended, neither copy ever refreshes again",
  life: "absolute expiry never moves",
  inWindow: "a presentation in the window is never taken for theft",
  binding: "(e) a copy without the key gets nothing, and costs nobody anything",
  honest: "an honest client that retries inside the window is never logged out",
} as const;

export interface Violation {
  readonly statement: string;
  readonly what: string;
}

interface Rotation {
  readonly atMs: number;
  readonly successor: Token;
  readonly attempt: string | undefined;
}

export class Witness {
  readonly violations: Violation[] = [];
  /** How often each kind of presentation was seen, so that a simulation that meets nothing is noticed. */
  readonly seen = new Map<string, number>();
  /** How far failovers have turned the store's clock back since the session began. */
  behindMs = 0;
  /** Found, or logged out: from here on nothing may succeed. */
  over = false;
  readonly #terms: Terms;
  readonly #startedMs: number;
  /** By generation: the first rotation of each. */
  readonly #rotations: Rotation[] = [];

  constructor(terms: Terms, startedMs: number) {
    this.#terms = terms;
    this.#startedMs = startedMs;
  }

  saw(request: Request, answer: Answer, atMs: number): void {
    // What follows a broken promise proves nothing more.
    if (this.violations.length > 0) return;
    const { generation } = request.token;
    const newest = this.#rotations.length;
    const livedMs = atMs - this.#startedMs;
    const { key, absoluteMs } = this.#terms;

    if (this.over) {
      this.#expect("after the end", answer, ["ended"], statements.forEver);
    } else if (livedMs >= absoluteMs && (answer.outcome === "ended" || livedMs >= absoluteMs + this.behindMs)) {
      // A clock that was turned back ends sessions later by as much, and none earlier.
      this.#expect("past its life", answer, ["ended"], statements.life);
    } else if (key !== undefined && request.key !== key) {
      this.#expect("without the key", answer, ["binding"], statements.binding);
    } else if (generation === newest) {
      this.#expect("current", answer, ["rotated"], statements.current);
      if (answer.successor !== undefined) this.#remember(request, answer.successor, atMs);
    } else if (generation === newest - 1) {
      this.#again(request, answer, atMs);
    } else {
      this.#expect("older generation", answer, ["reused"], statements.late);
      this.over = true;
    }
  }

  /** A second presentation of the last generation. */
  #again(request: Request, answer: Answer, atMs: number): void {
    const first = this.#rotations[request.token.generation] as Rotation;
    const afterMs = atMs - first.atMs;
    const explained = request.attempt?.proven === true && request.attempt.verifier === first.attempt;
    const windowMs = explained ? this.#terms.attemptWindowMs : this.#terms.graceMs;
    if (afterMs <= windowMs) {
      const kind = explained && afterMs > this.#terms.graceMs ? "explained, after grace" : "in the window";
      this.#expect(kind, answer, ["replayed"], statements.inWindow);
    } else if (afterMs > windowMs + this.behindMs) {
      this.#expect("late", answer, ["reused"], statements.late);
    } else {
      // Late by true time, perhaps in time by a clock that was turned back.
      this.#expect("late, by a clock turned back", answer, ["replayed", "reused"], statements.late);
    }
    if (answer.successor === undefined) this.over = true;
    else if (answer.successor.text !== first.successor.text) this.report(statements.oneSuccessor, "another successor");
  }

  report(statement: string, what: string): void {
    this.violations.push({ statement, what });
  }

  #expect(kind: string, answer: Answer, allowed: readonly Answer["outcome"][], statement: string): void {
    this.#count(kind);
    if (!allowed.includes(answer.outcome)) this.report(statement, `${kind}: ${answer.outcome}`);
  }

  #remember({ attempt }: Request, successor: Token, atMs: number): void {
    this.#rotations.push({ atMs, successor, attempt: attempt?.verifier });
  }

  #count(kind: string): void {
    this.seen.set(kind, (this.seen.get(kind) ?? 0) + 1);
  }
}
