/** Rules of starting: a login that was under way does not outlive a logout, and no race exceeds the limit. */
import assert from "node:assert/strict";
import { startEpoch } from "../../store/family.ts";
import { assertOver, create, createCommand, newSubject, presentation, readFamily } from "./commands.ts";
import type { Suite } from "./suite.ts";

export function startRules({ rule }: Suite): void {
  rule("a start whose epochs have not moved is accepted, from the first one on", async (store) => {
    const address = newSubject(store);
    const expectedEpoch = startEpoch((await store.readSubject(address)).epochs);
    await create(store, address, { expectedEpoch });
    await create(store, address, { expectedEpoch });
  });

  rule("a start is refused where the subject was logged out everywhere in between", async (store) => {
    const address = newSubject(store);
    const expectedEpoch = startEpoch((await store.readSubject(address)).epochs);
    await store.bumpSubject(address, { except: undefined });
    const command = createCommand(address, { expectedEpoch });
    assert.deepEqual(await store.create(command), { outcome: "epoch-moved" });
    assert.equal(await store.read(command.sessionId), undefined);
  });

  rule("a start is refused where everyone was logged out in between", async (store) => {
    const address = newSubject(store);
    await store.bumpSubject(address, { except: undefined });
    const expectedEpoch = startEpoch((await store.readSubject(address)).epochs);
    await store.bumpEveryone(address.shard);
    assert.deepEqual(await store.create(createCommand(address, { expectedEpoch })), { outcome: "epoch-moved" });
  });

  rule("a session that starts freezes the current epochs", async (store) => {
    const address = newSubject(store);
    await store.bumpEveryone(address.shard);
    await store.bumpSubject(address, { except: undefined });
    const { epochs } = await store.readSubject(address);
    const { family } = await create(store, address);
    assert.deepEqual(family.epochs, epochs);
    assert.deepEqual((await readFamily(store, family.sessionId)).epochs, epochs);
  });

  rule("a start beyond the limit is refused, and writes nothing", async (store) => {
    const address = newSubject(store);
    const limit = { count: 2, whenFull: "refuse" } as const;
    await create(store, address, { limit });
    const { family } = await create(store, address, { limit });
    const third = createCommand(address, { limit });
    assert.deepEqual(await store.create(third), { outcome: "full" });
    assert.equal(await store.read(third.sessionId), undefined);
    await store.endFamily(family.sessionId, "logout");
    await create(store, address, { limit });
  });

  rule("a start beyond the limit pushes out the oldest, in the same operation", async (store) => {
    const address = newSubject(store);
    for (let sessions = 0; sessions < 4; sessions++) await create(store, address);
    const { families } = await store.list(address, { limit: 10, after: undefined });
    const { evicted } = await create(store, address, { limit: { count: 3, whenFull: "evict-oldest" } });
    assert.deepEqual(evicted, [families[3]?.sessionId, families[2]?.sessionId]);
    for (const family of families.slice(2)) await assertOver(store, presentation(family), "evicted");
    const { families: left } = await store.list(address, { limit: 10, after: undefined });
    assert.equal(left.length, 3);
  });

  rule("sessions that are over do not count towards the limit", async (store) => {
    const address = newSubject(store);
    const limit = { count: 1, whenFull: "refuse" } as const;
    await create(store, address, { idleMs: 0 });
    const { family } = await create(store, address, { limit });
    await store.endFamily(family.sessionId, "logout");
    await create(store, address, { limit });
    await store.bumpEveryone(address.shard);
    await create(store, address, { limit });
  });

  rule("the limit is each subject's own", async (store) => {
    const limit = { count: 1, whenFull: "refuse" } as const;
    await create(store, newSubject(store), { limit });
    await create(store, newSubject(store), { limit });
  });
}
