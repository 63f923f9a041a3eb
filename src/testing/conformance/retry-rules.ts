/** Rules of retries: the same answer, hardly a trace, and a count of those that nothing explains. */
import assert from "node:assert/strict";
import {
  CLOSED_MS,
  OPEN_MS,
  plain,
  present,
  presentation,
  randomHash,
  readFamily,
  retryOf,
  rotate,
  start,
} from "./commands.ts";
import type { Suite } from "./suite.ts";

export function retryRules({ rule }: Suite): void {
  rule("a retry gets the winner's salt and key, and its own proposal is forgotten", async (store) => {
    const family = await rotate(store, await start(store));
    for (let retries = 0; retries < 3; retries++) {
      const outcome = await present(store, retryOf(family), "replayed");
      assert.equal(outcome.family?.salt, family.salt);
      assert.equal(outcome.family?.keyId, family.keyId);
      assert.equal(outcome.family?.current, family.current);
    }
  });

  rule("a retry writes one bit and nothing else", async (store) => {
    const family = await rotate(store, await start(store));
    await present(store, retryOf(family), "replayed");
    const { family: after } = await readFamily(store, family.sessionId);
    assert.deepEqual(plain(after), plain({ ...family, replayFlag: true }));
  });

  rule("a retry that its attempt explains writes nothing", async (store) => {
    const hash = randomHash();
    const family = await rotate(store, await start(store), { attempt: { hash, verified: false } });
    await present(store, retryOf(family, { attempt: { hash, verified: true } }), "replayed");
    assert.deepEqual(plain((await readFamily(store, family.sessionId)).family), plain(family));
  });

  rule("the winner's verifier is answered after grace, until the end of its own window", async (store) => {
    const hash = randomHash();
    const family = await rotate(store, await start(store), { attempt: { hash, verified: false } });
    const late = { graceMs: CLOSED_MS, attempt: { hash, verified: true } };
    await present(store, retryOf(family, { ...late, attemptWindowMs: OPEN_MS }), "replayed");
    await present(store, retryOf(family, { ...late, attemptWindowMs: CLOSED_MS }), "reused");
  });

  rule("a challenge, a wrong verifier or none is not an attempt's proof", async (store) => {
    const hash = randomHash();
    for (const attempt of [{ hash, verified: false }, { hash: randomHash(), verified: true }, undefined]) {
      const family = await rotate(store, await start(store), { attempt: { hash, verified: false } });
      await present(store, retryOf(family, { graceMs: CLOSED_MS, attempt, attemptWindowMs: OPEN_MS }), "reused");
    }
  });

  rule("a verifier matches nothing where the winner sent no attempt", async (store) => {
    const family = await rotate(store, await start(store));
    const attempt = { hash: randomHash(), verified: true };
    await present(store, retryOf(family, { graceMs: CLOSED_MS, attempt, attemptWindowMs: OPEN_MS }), "reused");
  });

  rule("no attempt excuses an older token", async (store) => {
    const hash = randomHash();
    const first = await rotate(store, await start(store), { attempt: { hash, verified: false } });
    await rotate(store, first, { attempt: { hash, verified: false } });
    await present(store, retryOf(first, { attempt: { hash, verified: true }, attemptWindowMs: OPEN_MS }), "reused");
  });

  rule("unexplained replays in a row are counted, and a generation without one starts again", async (store) => {
    let family = await rotate(store, await start(store));
    for (const streak of [1, 2, 3]) {
      await present(store, retryOf(family), "replayed");
      await present(store, retryOf(family), "replayed");
      family = (await present(store, presentation(family), "rotated")).family ?? family;
      assert.equal(family.replayStreak, streak);
      assert.equal(family.replayFlag, false);
    }
    family = (await present(store, presentation(family), "rotated")).family ?? family;
    assert.equal(family.replayStreak, 0);
  });

  rule("at maxReplayStreak a rotation is reuse", async (store) => {
    let family = await rotate(store, await start(store));
    await present(store, retryOf(family), "replayed");
    family = (await present(store, presentation(family, { maxReplayStreak: 2 }), "rotated")).family ?? family;
    await present(store, retryOf(family, { maxReplayStreak: 2 }), "replayed");
    await present(store, presentation(family, { maxReplayStreak: 2 }), "reused");
    await present(store, presentation(family), "ended");
  });
}
