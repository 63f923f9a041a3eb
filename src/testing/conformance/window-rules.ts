/** Rules about the passing of time, each at its very millisecond. */
import assert from "node:assert/strict";
import {
  ABSOLUTE_MS,
  ATTEMPT_WINDOW_MS,
  assertOver,
  GRACE_MS,
  IDLE_MS,
  present,
  presentation,
  randomHash,
  retryOf,
  rotate,
  start,
} from "./commands.ts";
import type { Suite } from "./suite.ts";

export function windowRules({ timedRule }: Suite): void {
  timedRule(
    "a retry is answered until the last millisecond of grace, and not a millisecond longer",
    async (store, advance) => {
      const family = await rotate(store, await start(store));
      await advance(GRACE_MS);
      await present(store, retryOf(family, { graceMs: GRACE_MS }), "replayed");
      await advance(1);
      await present(store, retryOf(family, { graceMs: GRACE_MS }), "reused");
    },
  );

  timedRule("grace does not slide: a retry does not buy the next one time", async (store, advance) => {
    const family = await rotate(store, await start(store));
    for (let retries = 0; retries < 3; retries++) {
      await advance(GRACE_MS / 3);
      await present(store, retryOf(family, { graceMs: GRACE_MS }), "replayed");
    }
    await advance(1);
    await present(store, retryOf(family, { graceMs: GRACE_MS }), "reused");
  });

  timedRule("a verifier is answered until the last millisecond of its window", async (store, advance) => {
    const hash = randomHash();
    const family = await rotate(store, await start(store), { attempt: { hash, verified: false } });
    const retry = { graceMs: GRACE_MS, attempt: { hash, verified: true } };
    await advance(ATTEMPT_WINDOW_MS);
    await present(store, retryOf(family, retry), "replayed");
    await advance(1);
    await present(store, retryOf(family, retry), "reused");
  });

  timedRule("the current token has no window: it rotates for as long as the session lives", async (store, advance) => {
    const family = await start(store);
    await advance(IDLE_MS - 1);
    await present(store, presentation(family), "rotated");
  });

  timedRule("a session is over at the very millisecond of its idle expiry", async (store, advance) => {
    const family = await rotate(store, await start(store));
    await advance(IDLE_MS);
    await assertOver(store, presentation(family), "idle");
    assert.equal(await store.endFamily(family.sessionId, "logout"), undefined);
  });

  timedRule("a rotation moves idle expiry, a replay does not", async (store, advance) => {
    const family = await start(store);
    await advance(1000);
    const rotated = await rotate(store, family);
    assert.equal(rotated.idleExpiresAtMs, family.idleExpiresAtMs + 1000);
    await advance(1000);
    const replayed = await present(store, retryOf(rotated), "replayed");
    assert.equal(replayed.family?.idleExpiresAtMs, rotated.idleExpiresAtMs);
  });

  timedRule("absolute expiry never moves, however often the session rotates", async (store, advance) => {
    let family = await start(store);
    const { absoluteExpiresAtMs } = family;
    const step = IDLE_MS - 1;
    for (let elapsed = step; elapsed < ABSOLUTE_MS; elapsed += step) {
      await advance(step);
      family = await rotate(store, family);
      assert.equal(family.absoluteExpiresAtMs, absoluteExpiresAtMs);
    }
    await advance(absoluteExpiresAtMs - family.rotatedAtMs - 1);
    await present(store, presentation(family), "rotated");
    await advance(1);
    await assertOver(store, presentation(family), "absolute");
  });

  timedRule("one millisecond of idle time is enough to expire by", async (store, advance) => {
    const family = await start(store, { idleMs: 1 });
    await advance(1);
    await assertOver(store, presentation(family), "idle");
  });
}
