/**
 * Group commit over a connection: while statements are awaited, what is asked for gathers, and goes together in the next
 * one. What comes when nothing is awaited goes at once.
 */

/** Statements that are awaited before others gather. */
const MOST_AWAITED = 4;
/** A bound on how long one statement keeps the locks of its rows. */
const MOST_IN_A_GROUP = 128;
/** However long others are awaited (a lock, a connection that is dead), nothing gathers for longer. */
const LONGEST_GATHERING_MS = 20;

/** Taken here, so that tests which replace the timers later do not stop it. */
const { setImmediate: afterThisTurn, setTimeout: after, clearTimeout: forget } = globalThis;

export interface Gathered<Command, Answer> {
  /** No group holds two commands of one name. */
  nameOf(command: Command): string;
  /** One statement for one command. */
  alone(command: Command): Promise<Answer>;
  /**
   * One statement for several. Answers, by name, those that it decided; the others it left as they were, and they are
   * asked for alone. Rejects where nobody knows what it did, and so do all of them.
   */
  together(commands: readonly Command[]): Promise<ReadonlyMap<string, Answer>>;
}

interface Waiting<Command, Answer> {
  readonly command: Command;
  readonly resolve: (answer: Answer | PromiseLike<Answer>) => void;
  readonly reject: (error: unknown) => void;
}

export class Gathering<Command, Answer> {
  readonly #asked: Gathered<Command, Answer>;
  #waiting: Waiting<Command, Answer>[] = [];
  #awaited = 0;
  #turnEnds = false;
  #timer: ReturnType<typeof after> | undefined;

  constructor(asked: Gathered<Command, Answer>) {
    this.#asked = asked;
  }

  ask(command: Command): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ command, resolve, reject });
      if (this.#awaited === 0) this.#send();
      else this.#sendAfterThisTurn();
    });
  }

  /** An answer to a group brings many commands in one turn. */
  #sendAfterThisTurn(): void {
    if (this.#turnEnds) return;
    this.#turnEnds = true;
    afterThisTurn(() => {
      this.#turnEnds = false;
      this.#send();
    });
  }

  #send(): void {
    while (this.#waiting.length > 0 && this.#awaited < MOST_AWAITED) {
      // Shared among the statements that may go, so that both sides work at the same time.
      this.#take(Math.ceil(this.#waiting.length / (MOST_AWAITED - this.#awaited)));
    }
    if (this.#waiting.length === 0) {
      forget(this.#timer);
      this.#timer = undefined;
    } else {
      this.#timer ??= after(() => {
        this.#timer = undefined;
        while (this.#waiting.length > 0) this.#take(MOST_IN_A_GROUP);
      }, LONGEST_GATHERING_MS);
    }
  }

  #take(count: number): void {
    const group = this.#waiting.splice(0, Math.min(count, MOST_IN_A_GROUP));
    this.#awaited++;
    void this.#answer(group).finally(() => {
      this.#awaited--;
      if (this.#waiting.length > 0) this.#sendAfterThisTurn();
    });
  }

  /** Never rejects. What a group leaves over is awaited by those who asked, not by the next group. */
  async #answer(group: readonly Waiting<Command, Answer>[]): Promise<void> {
    const members = new Map(group.map((one) => [this.#asked.nameOf(one.command), one] as const));
    for (const one of group) if (members.get(this.#asked.nameOf(one.command)) !== one) this.#askAlone(one);
    const [first] = members.values();
    if (first !== undefined && members.size === 1) return this.#askAlone(first);
    try {
      const answers = await this.#asked.together([...members.values()].map(({ command }) => command));
      for (const [name, one] of members) {
        const answer = answers.get(name);
        if (answer === undefined) this.#askAlone(one);
        else one.resolve(answer);
      }
    } catch (error) {
      for (const { reject } of members.values()) reject(error);
    }
  }

  #askAlone({ command, resolve, reject }: Waiting<Command, Answer>): Promise<void> {
    return this.#asked.alone(command).then(resolve, reject);
  }
}
