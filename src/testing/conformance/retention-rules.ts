/** Rules of forgetting: never too early, never without bound, and never needed to be correct. */
import assert from "node:assert/strict";
import {
  assertOver,
  create,
  DAY_MS,
  IDLE_MS,
  newSubject,
  present,
  presentation,
  randomHash,
  start,
} from "./commands.ts";
import type { Suite } from "./suite.ts";

const WEEK_MS = 7 * DAY_MS;
const HOUR_MS = 3_600_000;

export function retentionRules({ rule, timedRule }: Suite): void {
  rule("an id is used once", async (store) => {
    const id = randomHash();
    const { nowMs } = await store.readSubject(newSubject(store));
    const until = new Date(nowMs + DAY_MS);
    assert.equal(await store.markUsed(id, until), true);
    assert.equal(await store.markUsed(id, until), false);
    assert.equal(await store.markUsed(`${id} `, until), true);
  });

  rule("sweeping leaves what lives, and what ended lately", async (store) => {
    const live = await start(store);
    const ended = await start(store);
    await store.endFamily(ended.sessionId, "logout");
    assert.ok((await store.sweep()) >= 0);
    await present(store, presentation(live), "rotated");
    await assertOver(store, presentation(ended), "logout");
  });

  timedRule("a session that ended says why for seven days, and is then forgotten", async (store, advance) => {
    const family = await start(store);
    await store.endFamily(family.sessionId, "logout");
    await advance(WEEK_MS - 1);
    await store.sweep();
    await assertOver(store, presentation(family), "logout");
    await advance(1);
    assert.ok((await store.sweep()) >= 1);
    await assertOver(store, presentation(family), "unknown");
  });

  timedRule("a session that expired says so for seven days, and is then forgotten", async (store, advance) => {
    const family = await start(store);
    await advance(IDLE_MS + WEEK_MS - 1);
    await store.sweep();
    await assertOver(store, presentation(family), "idle");
    await advance(1);
    assert.ok((await store.sweep()) >= 1);
    assert.equal(await store.read(family.sessionId), undefined);
  });

  timedRule("sweeping removes no more than it is told, and goes on where it stopped", async (store, advance) => {
    const address = newSubject(store);
    const families = [];
    for (let sessions = 0; sessions < 5; sessions++) families.push((await create(store, address)).family);
    await advance(IDLE_MS + WEEK_MS);
    const live = await start(store);
    for (let sweeps = 0; sweeps < 100; sweeps++) {
      const removed = await store.sweep(2);
      assert.ok(removed <= 2);
      if (removed === 0) break;
    }
    for (const family of families) assert.equal(await store.read(family.sessionId), undefined);
    await present(store, presentation(live), "rotated");
  });

  timedRule("a used id is remembered for an hour after it matters, since clocks differ", async (store, advance) => {
    const id = randomHash();
    const { nowMs } = await store.readSubject(newSubject(store));
    assert.equal(await store.markUsed(id, new Date(nowMs + 1000)), true);
    await advance(1000 + HOUR_MS - 1);
    await store.sweep();
    assert.equal(await store.markUsed(id, new Date(nowMs + 1000)), false);
    await advance(1);
    assert.ok((await store.sweep()) >= 1);
  });
}
