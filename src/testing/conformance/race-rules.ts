/** Rules of what happens at once: one winner, one successor, and nothing issued after an ending refreshes. */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import type { Family, RotateCommand, SessionStore } from "../../store/contract.ts";
import {
  CLOSED_MS,
  create,
  createCommand,
  newSubject,
  OPEN_MS,
  present,
  presentation,
  randomHash,
  readFamily,
  retryOf,
  start,
} from "./commands.ts";
import type { Suite } from "./suite.ts";

const GENERATIONS = 8;
const ROUNDS = 20;
const STEPS = 300;

export function raceRules({ rule, presenters }: Suite): void {
  rule(`of ${presenters} who present one token at once, one rotates and all get the same successor`, async (store) => {
    let family = await start(store);
    for (let generation = 1; generation <= GENERATIONS; generation++) {
      const commands = Array.from({ length: presenters }, () => presentation(family, { graceMs: OPEN_MS }));
      const outcomes = await Promise.all(commands.map((command) => store.rotate(command)));
      assert.equal(outcomes.filter((outcome) => outcome.outcome === "rotated").length, 1);
      assert.equal(outcomes.filter((outcome) => outcome.outcome === "replayed").length, presenters - 1);
      assert.equal(new Set(outcomes.map((outcome) => `${outcome.family?.salt} ${outcome.family?.current}`)).size, 1);
      family = (await readFamily(store, family.sessionId)).family;
      assert.equal(family.generation, generation);
    }
  });

  rule("of many who reuse one token at once, one is told of the theft", async (store) => {
    const first = await start(store);
    await store.rotate(presentation(first));
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, () => store.rotate(presentation(first, { graceMs: CLOSED_MS }))),
    );
    assert.equal(outcomes.filter((outcome) => outcome.outcome === "reused").length, 1);
    assert.equal(outcomes.filter((outcome) => outcome.outcome === "ended").length, 15);
  });

  rule("of many who end one session at once, one did", async (store) => {
    const { sessionId } = await start(store);
    const answers = await Promise.all(Array.from({ length: 16 }, () => store.endFamily(sessionId, "logout")));
    assert.equal(answers.filter((answer) => answer !== undefined).length, 1);
  });

  rule("of many who use one id at once, one may", async (store) => {
    const id = randomHash();
    const { nowMs } = await store.readSubject(newSubject(store));
    const answers = await Promise.all(
      Array.from({ length: presenters }, () => store.markUsed(id, new Date(nowMs + OPEN_MS))),
    );
    assert.equal(answers.filter(Boolean).length, 1);
  });

  rule("of many who start at once, no more than the limit do", async (store) => {
    const address = newSubject(store);
    const limit = { count: 5, whenFull: "refuse" } as const;
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, () => store.create(createCommand(address, { limit }))),
    );
    assert.equal(outcomes.filter(({ outcome }) => outcome === "created").length, 5);
    assert.equal(outcomes.filter(({ outcome }) => outcome === "full").length, 35);
  });

  rule("of many who start at once, those that are pushed out are over", async (store) => {
    const address = newSubject(store);
    const limit = { count: 3, whenFull: "evict-oldest" } as const;
    await Promise.all(Array.from({ length: 20 }, () => create(store, address, { limit })));
    const { families } = await store.list(address, { limit: 50, after: undefined });
    assert.equal(families.length, 3);
  });

  rule("a logout that races a refresh wins, whatever the refresh was told", async (store) => {
    for (let round = 0; round < ROUNDS; round++) {
      const address = newSubject(store);
      const { family } = await create(store, address);
      const logouts = [
        () => store.endFamily(family.sessionId, "logout"),
        () => store.bumpSubject(address, { except: undefined }),
        () => store.bumpEveryone(address.shard),
      ];
      const logout = logouts[round % logouts.length] ?? logouts[0];
      const [outcome] = await Promise.all([store.rotate(presentation(family)), logout?.()]);
      const last = outcome.family ?? family;
      for (const command of [presentation(last), presentation(family), retryOf(last)]) {
        assert.equal((await store.rotate(command)).outcome, "ended");
      }
    }
  });

  rule(`${STEPS} presentations of all kinds agree with the state machine`, async (store) => {
    let history: Family[] = [await start(store)];
    for (let step = 0; step < STEPS; step++) {
      const family = history.at(-1) as Family;
      const outcome = await presentAny(store, family, history);
      if (outcome.outcome === "rotated") history.push(outcome.family);
      else if (outcome.outcome === "reused" || outcome.outcome === "ended") history = [await start(store)];
    }
  });
}

/** A presentation that is mostly honest, sometimes a retry, and now and then whatever can go wrong. */
async function presentAny(store: SessionStore, family: Family, history: readonly Family[]) {
  const changes: Partial<RotateCommand> = {
    graceMs: randomInt(4) === 0 ? CLOSED_MS : OPEN_MS,
    maxReplayStreak: randomInt(2) === 0 ? undefined : 2,
    attempt: randomInt(2) === 0 ? undefined : { hash: randomHash(), verified: randomInt(2) === 0 },
    onRegressed: randomInt(2) === 0 ? "end" : "heal",
  };
  const kinds: RotateCommand[] = [
    ...Array.from({ length: 6 }, () => presentation(family, changes)),
    ...Array.from({ length: 4 }, () =>
      family.previous === undefined ? presentation(family) : retryOf(family, changes),
    ),
    presentation(history[randomInt(history.length)] ?? family, changes),
    presentation(family, { ...changes, generation: family.generation + 1 + randomInt(2), presentedHash: randomHash() }),
    presentation(family, { ...changes, presentedHash: randomHash() }),
  ];
  const command = kinds[randomInt(kinds.length)] as RotateCommand;
  return present(store, command);
}
