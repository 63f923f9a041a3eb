/** How rules become tests of whatever runner there is: vitest, node:test, Jest, Mocha. */
import type { SessionStore } from "../../store/contract.ts";

/** A runner's `test`. Its `skip`, where it has one, names the rules that cannot be tried. */
export interface Test {
  // A method, so that runners whose callbacks take more (a context, a done function) fit.
  (name: string, run: () => Promise<void> | void): unknown;
  readonly skip?: (name: string, run: () => Promise<void> | void) => unknown;
}

export interface SuiteOptions {
  readonly test: Test;
  /** A store of the same kind for each rule, new or not: no rule looks at what another one wrote. */
  readonly makeStore: () => Promise<SessionStore>;
  /**
   * Moves the clock of every store that `makeStore` made, where nothing else moves it: a manual clock. Leave it out for
   * stores with a clock of their own.
   */
  readonly advance?: (milliseconds: number) => Promise<void> | void;
  /** How many present one token at once. Default 64. */
  readonly presenters?: number;
  /** How often a session rotates before its record's size is looked at again. Default 10,000. */
  readonly rotations?: number;
}

export type Advance = (milliseconds: number) => Promise<void>;

export interface Suite {
  readonly presenters: number;
  readonly rotations: number;
  /** A rule that holds whatever the time is. */
  rule(name: string, check: (store: SessionStore) => Promise<void>): void;
  /** A rule about the passing of time. */
  timedRule(name: string, check: (store: SessionStore, advance: Advance) => Promise<void>): void;
}

export function createSuite({ test, makeStore, advance, presenters = 64, rotations = 10_000 }: SuiteOptions): Suite {
  const withStore = async (check: (store: SessionStore) => Promise<void>): Promise<void> => {
    const store = await makeStore();
    await store.migrate();
    try {
      await check(store);
    } finally {
      await store.close();
    }
  };
  return {
    presenters,
    rotations,
    rule: (name, check) => {
      test(name, () => withStore(check));
    },
    timedRule: (name, check) => {
      if (advance === undefined) test.skip?.(name, () => {});
      else test(name, () => withStore((store) => check(store, async (milliseconds) => advance(milliseconds))));
    },
  };
}
