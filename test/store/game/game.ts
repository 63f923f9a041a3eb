/** The game: random commands, told the same times, have the same outcomes in any store as in the memory store. */
import fc from "fast-check";
import { expect } from "vitest";
import type { CreateOutcome, Family, SessionStore } from "../../../src/store/contract.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import { addressOf, hash, present, salt, start } from "../commands.ts";
import { ABSOLUTE_MS, ATTEMPT_WINDOW_MS, type Command, command, GRACE_MS, IDLE_MS, subjects, wait } from "./moves.ts";

const DAY_MS = 86_400_000;

/** Everything that a store can answer, so that what agrees is everything. */
const OUTCOMES: readonly string[] = [
  ...["created", "evicting", "epoch-moved", "full"],
  ...["rotated", "replayed", "reused", "binding", "regressed", "forked"],
  ...["logout", "denied", "evicted", "reuse", "idle", "absolute", "epoch"],
];

/**
 * Plays many games on stores beside the reference, and demands that every answer is the same, and that every kind of
 * answer was given.
 * @param openStore a store that holds nothing yet, and reads this clock; it is later than the real time, since the keys
 *   of Redis leave by that
 */
export async function playAgainstMemory(
  openStore: (clock: () => number) => Promise<SessionStore>,
  { games }: { readonly games: number },
): Promise<void> {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(wait, command), { minLength: 20, maxLength: 100 }), async (steps) => {
      let clockMs = Date.now() + 40 * DAY_MS;
      const store = await openStore(() => clockMs);
      const game = new Game(seen, memoryStore({ clock: () => new Date(clockMs) }), store);
      for (const [waitMs, step] of steps) {
        clockMs += waitMs;
        await game.play(step);
      }
    }),
    {
      numRuns: Number(process.env.DIFFERENTIAL_RUNS ?? games),
      seed: Number(process.env.DIFFERENTIAL_SEED ?? 20_260_501),
    },
  );
  expect([...seen].sort()).toEqual([...OUTCOMES].sort());
}

/** What the client side remembers: the sessions, and the hash of every generation that won. */
class Game {
  readonly sessions: Family[] = [];
  readonly #seen: Set<string>;
  readonly #won = new Map<string, string>();
  readonly #store: readonly SessionStore[];

  constructor(seen: Set<string>, ...stores: readonly SessionStore[]) {
    this.#seen = seen;
    this.#store = stores;
  }

  async #all<T>(run: (store: SessionStore) => Promise<T>): Promise<T> {
    const [reference, ...others] = await Promise.all(this.#store.map(run));
    for (const other of others) expect(other).toEqual(reference);
    return reference as T;
  }

  #keep(family: Family | undefined): void {
    if (family !== undefined) this.#won.set(`${family.sessionId} ${family.generation}`, family.current);
  }

  async play(step: Command): Promise<void> {
    const address = subjects["who" in step ? step.who : 0] ?? addressOf("nobody");
    const session = "which" in step ? this.sessions[step.which % Math.max(1, this.sessions.length)] : undefined;
    switch (step.kind) {
      case "create": {
        const { epochs } = await this.#all((store) => store.readSubject(address));
        const current = epochs.subject + epochs.everyone;
        const created = start(
          { ...address, tags: step.tag === 0 ? address.tags : [...address.tags].reverse() },
          {
            binding: step.binding,
            limit: step.limit,
            idleMs: IDLE_MS,
            absoluteMs: ABSOLUTE_MS,
            expectedEpoch: step.expected === "none" ? undefined : step.expected === "current" ? current : current - 1,
          },
        );
        const outcome = await this.#all<CreateOutcome>((store) => store.create(created));
        this.#seen.add(outcome.outcome === "created" && outcome.evicted.length > 0 ? "evicting" : outcome.outcome);
        if (outcome.outcome === "created") this.sessions.push(outcome.family);
        if (outcome.outcome === "created") this.#keep(outcome.family);
        return;
      }
      case "rotate": {
        if (session === undefined) return;
        const { sessionId } = session;
        const now = (await this.#all((store) => store.read(sessionId)))?.family ?? session;
        const generation = Math.max(0, now.generation - step.back);
        const known = this.#won.get(`${sessionId} ${generation}`) ?? hash();
        const sent = present(now, {
          generation,
          presentedHash: step.foreign ? hash() : known,
          proposal: { secretHash: hash(), salt: salt(), keyId: `key ${step.back}` },
          attempt: step.attempt && { hash: hash(`${sessionId} ${generation}`), verified: step.attempt.verified },
          binding: step.binding === "own" ? session.binding : (step.binding as Family["binding"]),
          graceMs: GRACE_MS,
          attemptWindowMs: ATTEMPT_WINDOW_MS,
          idleMs: IDLE_MS,
          maxReplayStreak: step.maxReplayStreak,
          onRegressed: step.onRegressed,
        });
        const outcome = await this.#all((store) => store.rotate(sent));
        this.#seen.add(outcome.outcome === "ended" ? outcome.reason : outcome.outcome);
        if (outcome.outcome === "rotated") this.#keep(outcome.family);
        return;
      }
      case "read":
        if (session !== undefined) await this.#all((store) => store.read(session.sessionId));
        return;
      case "end":
        if (session === undefined) return;
        await this.#all((store) => store.endFamily(session.sessionId, step.reason as "logout"));
        return;
      case "bump": {
        const except = step.except === undefined ? undefined : this.sessions[step.except]?.sessionId;
        await this.#all(async (store) => {
          const { epoch, ended } = await store.bumpSubject(address, { except });
          return { epoch, ended: [...ended].sort() };
        });
        return;
      }
      case "everyone":
        await this.#all((store) => store.bumpEveryone(0));
        return;
      case "list": {
        const first = await this.#all((store) => store.list(address, { limit: step.limit, after: undefined }));
        if (first.next !== undefined) {
          await this.#all((store) => store.list(address, { limit: step.limit, after: first.next }));
        }
      }
    }
  }
}
