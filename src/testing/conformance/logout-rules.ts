/** Rules of logging out, one, some or all, and of the list that a user chooses from. */
import assert from "node:assert/strict";
import { isTokenError } from "../../errors.ts";
import type { Family } from "../../store/contract.ts";
import { assertOver, create, newSubject, present, presentation, readFamily, rotate, start } from "./commands.ts";
import type { Suite } from "./suite.ts";

export function logoutRules({ rule }: Suite): void {
  rule("a session ends once, and keeps its first reason", async (store) => {
    const family = await start(store);
    const ended = await store.endFamily(family.sessionId, "denied");
    assert.equal(ended?.ended?.reason, "denied");
    assert.equal(ended?.subject, family.subject);
    assert.equal(await store.endFamily(family.sessionId, "logout"), undefined);
    await assertOver(store, presentation(family), "denied");
  });

  rule("ending what is not there is no error", async (store) => {
    const family = await start(store, { idleMs: 0 });
    assert.equal(await store.endFamily(family.sessionId, "logout"), undefined);
    assert.equal(await store.endFamily(family.sessionId.replace(/....$/, "AAAA"), "logout"), undefined);
  });

  rule("logging out everywhere ends the subject's live sessions and nobody else's", async (store) => {
    const address = newSubject(store);
    const other = await start(store);
    const expired = (await create(store, address, { idleMs: 0 })).family;
    const families = [(await create(store, address)).family, (await create(store, address)).family];
    const { ended } = await store.bumpSubject(address, { except: undefined });
    assert.deepEqual([...ended].sort(), families.map((family) => family.sessionId).sort());
    for (const family of families) await assertOver(store, presentation(family), "logout");
    await assertOver(store, presentation(expired), "idle");
    await present(store, presentation(other), "rotated");
    await present(store, presentation((await create(store, address)).family), "rotated");
  });

  rule("the session that stays gets the new epoch", async (store) => {
    const address = newSubject(store);
    const kept = (await create(store, address)).family;
    const gone = (await create(store, address)).family;
    const { epoch, ended } = await store.bumpSubject(address, { except: kept.sessionId });
    assert.deepEqual(ended, [gone.sessionId]);
    assert.equal((await readFamily(store, kept.sessionId)).family.epochs.subject, epoch);
    await assertOver(store, presentation(gone), "logout");
    await present(store, presentation(kept), "rotated");
  });

  rule("a session of another subject is not spared, nor harmed, by being excepted", async (store) => {
    const address = newSubject(store);
    const own = (await create(store, address)).family;
    const other = await start(store);
    const { ended } = await store.bumpSubject(address, { except: other.sessionId });
    assert.deepEqual(ended, [own.sessionId]);
    assert.deepEqual((await readFamily(store, other.sessionId)).family.epochs, other.epochs);
  });

  rule("a session that is over is not revived by being excepted", async (store) => {
    const address = newSubject(store);
    const { family } = await create(store, address);
    await store.endFamily(family.sessionId, "denied");
    await store.bumpSubject(address, { except: family.sessionId });
    await assertOver(store, presentation(family), "denied");
  });

  rule("epochs only grow, and start at the store's time", async (store) => {
    const address = newSubject(store);
    const { nowMs, epochs } = await store.readSubject(address);
    assert.equal(epochs.subject, 0);
    const first = await store.bumpSubject(address, { except: undefined });
    const second = await store.bumpSubject(address, { except: undefined });
    assert.ok(first.epoch >= nowMs);
    assert.ok(second.epoch > first.epoch);
    assert.equal((await store.readSubject(address)).epochs.subject, second.epoch);
    const third = await store.bumpEveryone(address.shard);
    const fourth = await store.bumpEveryone(address.shard);
    assert.ok(third.epoch >= nowMs);
    assert.ok(fourth.epoch > third.epoch);
    assert.equal((await store.readSubject(address)).epochs.everyone, fourth.epoch);
  });

  rule("logging everyone out ends what started before, in that shard, and nothing later", async (store) => {
    const families = [await rotate(store, await start(store)), await start(store)];
    for (let shard = 0; shard < store.shards; shard++) await store.bumpEveryone(shard);
    for (const family of families) await assertOver(store, presentation(family), "epoch");
    await present(store, presentation(await start(store)), "rotated");
  });

  rule("a list shows the subject's live sessions, newest first, each on one page", async (store) => {
    const address = newSubject(store);
    await start(store);
    const all: Family[] = [];
    for (let sessions = 0; sessions < 7; sessions++) all.push((await create(store, address)).family);
    await store.endFamily(all[3]?.sessionId ?? "", "logout");
    await create(store, address, { idleMs: 0 });

    const seen: Family[] = [];
    let after: string | undefined;
    do {
      const page = await store.list(address, { limit: 2, after });
      assert.ok(page.families.length <= 2);
      seen.push(...page.families);
      after = page.next;
    } while (after !== undefined);

    const expected = all.filter((_, index) => index !== 3).map((family) => family.sessionId);
    assert.deepEqual(seen.map((family) => family.sessionId).sort(), expected.sort());
    const times = seen.map((family) => family.createdAtMs);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => b - a),
    );
  });

  rule("a list that is exactly full has no next page", async (store) => {
    const address = newSubject(store);
    await create(store, address);
    await create(store, address);
    const page = await store.list(address, { limit: 2, after: undefined });
    assert.equal(page.families.length, 2);
    assert.equal(page.next, undefined);
    assert.deepEqual(await store.list(newSubject(store), { limit: 2, after: undefined }), {
      families: [],
      next: undefined,
    });
  });

  rule("a list refuses a place that it did not name", async (store) => {
    for (const after of ["", "garbage", "0.", "1.AAAA", "' OR 1=1 --"]) {
      await assert.rejects(
        async () => store.list(newSubject(store), { limit: 2, after }),
        (error) => isTokenError(error) && error.code === "REQUEST_INVALID",
      );
    }
  });
}
