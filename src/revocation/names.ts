/** Names, each with an end and with numbers: some thousands in a Map, which is fastest then, and millions in a table. */
import { FewNames } from "./few-names.ts";
import { ManyNames } from "./many-names.ts";

/** Moving so many takes some milliseconds. */
const FEW = 8192;

export class Names {
  readonly #columns: number;
  #names: FewNames | ManyNames;

  /** @param columns how many numbers each name has */
  constructor(columns = 0) {
    this.#columns = columns;
    this.#names = new FewNames(columns);
  }

  get size(): number {
    return this.#names.size;
  }

  /** Finds a name, for `read` and `write` to go by. Makes no object. */
  find(name: string): boolean {
    return this.#names.find(name);
  }

  /** Finds a name, or adds it with numbers that are 0. Its end moves to `untilMs` where that is later. True: it is new. */
  keep(name: string, untilMs: number): boolean {
    if (this.#names instanceof FewNames && this.#names.size >= FEW) this.#move(this.#names);
    return this.#names.keep(name, untilMs);
  }

  /** The numbers of the name that was found last, as the words of an array of doubles. */
  read(into: Uint32Array): void {
    this.#names.read(into);
  }

  write(numbers: Uint32Array): void {
    this.#names.write(numbers);
  }

  /** Drops names whose end has come: of many, some at each call. */
  forget(nowMs: number): void {
    this.#names.forget(nowMs);
  }

  #move(few: FewNames): void {
    const many = new ManyNames(this.#columns);
    few.moveTo(many);
    this.#names = many;
  }
}
