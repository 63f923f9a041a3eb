/** Random moves of a game in which a store is compared with another: commands, and the time that passes between them. */
import fc from "fast-check";
import { addressOf, hash } from "../commands.ts";

export const GRACE_MS = 10_000;
export const ATTEMPT_WINDOW_MS = 60_000;
// Short, so that no game takes the seven days after which the stores may forget at different times.
export const IDLE_MS = 600_000;
export const ABSOLUTE_MS: number = 2 * IDLE_MS;

export const subjects = ["ann", "bob"].map((name) => addressOf(name, 1, ["new", "old"]));
const bindings = [undefined, {}, { jkt: hash("key") }, { clientId: "app" }, { jkt: hash("key"), clientId: "app" }];

// Times around every boundary that a decision has, and back.
export const wait = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 500 }) },
  { weight: 2, arbitrary: fc.integer({ min: IDLE_MS / 2, max: IDLE_MS - 1 }) },
  ...[GRACE_MS, ATTEMPT_WINDOW_MS, IDLE_MS, ABSOLUTE_MS].map((edge) => fc.integer({ min: edge - 1, max: edge + 1 })),
  fc.integer({ min: -2 * GRACE_MS, max: 0 }),
);
const who = fc.nat(1);
const which = fc.nat(7);
export const command = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("create" as const),
      who,
      tag: fc.nat(1),
      // Sessions start no family that is bound to nothing in particular: not every store tells that from unbound.
      binding: fc.constantFrom(
        ...bindings.filter((binding) => binding === undefined || Object.keys(binding).length > 0),
      ),
      limit: fc.constantFrom(
        undefined,
        undefined,
        { count: 1, whenFull: "refuse" as const },
        { count: 1, whenFull: "evict-oldest" as const },
        { count: 2, whenFull: "evict-oldest" as const },
      ),
      expected: fc.constantFrom("none", "none", "current", "current", "stale"),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("rotate" as const),
      which,
      back: fc.constantFrom(0, 0, 0, 0, 1, 1, 1, 2, -1, -2),
      foreign: fc.constantFrom(false, false, false, false, false, true),
      attempt: fc.constantFrom(undefined, undefined, { verified: false }, { verified: true }),
      binding: fc.constantFrom("own", "own", "own", ...bindings),
      maxReplayStreak: fc.constantFrom(undefined, undefined, 1, 2),
      onRegressed: fc.constantFrom("end" as const, "heal" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("read" as const), which }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("end" as const), which, reason: fc.constantFrom("logout", "denied") }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("bump" as const), who, except: fc.option(which, { nil: undefined }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("everyone" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("list" as const), who, limit: fc.integer({ min: 1, max: 3 }) }),
  },
);
export type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;
