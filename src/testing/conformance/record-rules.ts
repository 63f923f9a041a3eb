/** Rules about the record itself: what is kept comes back, nothing grows, nothing is overwritten. */
import assert from "node:assert/strict";
import {
  ABSOLUTE_MS,
  create,
  createCommand,
  IDLE_MS,
  newSubject,
  plain,
  presentation,
  readFamily,
  rotate,
  start,
} from "./commands.ts";
import type { Suite } from "./suite.ts";

export function recordRules({ rule, rotations }: Suite): void {
  rule("it is a session store with at least one shard", async (store) => {
    assert.equal(store["~store"], "session");
    assert.ok(Number.isInteger(store.shards) && store.shards >= 1);
  });

  rule("migrate is idempotent, and safe when several start together", async (store) => {
    const family = await start(store);
    await Promise.all([store.migrate(), store.migrate(), store.migrate()]);
    assert.deepEqual(plain((await readFamily(store, family.sessionId)).family), plain(family));
  });

  rule("close is idempotent", async (store) => {
    await store.close();
    await store.close();
  });

  rule("a session that starts is stored as it was given", async (store) => {
    const address = newSubject(store);
    const command = createCommand(address, {
      binding: { jkt: "thumbprint", clientId: "web" },
      metadata: '{"device":"Pixel 11","note":"ünïcödé 😀"}',
    });
    const { nowMs, family, evicted } = await create(store, address, command);
    assert.deepEqual(evicted, []);
    assert.deepEqual(plain(family), {
      sessionId: command.sessionId,
      subject: address.subject,
      epochs: plain((await store.readSubject(address)).epochs),
      generation: 0,
      current: command.secretHash,
      keyId: command.keyId,
      rotatedAtMs: nowMs,
      replayFlag: false,
      replayStreak: 0,
      createdAtMs: nowMs,
      idleExpiresAtMs: nowMs + IDLE_MS,
      absoluteExpiresAtMs: nowMs + ABSOLUTE_MS,
      binding: { jkt: "thumbprint", clientId: "web" },
      metadata: command.metadata,
    });
    assert.deepEqual(plain((await readFamily(store, command.sessionId)).family), plain(family));
  });

  rule("idle expiry is never after absolute expiry", async (store) => {
    const family = await start(store, { idleMs: 20_000, absoluteMs: 10_000 });
    assert.equal(family.idleExpiresAtMs, family.absoluteExpiresAtMs);
    const next = await rotate(store, family, { idleMs: 20_000 });
    assert.equal(next.idleExpiresAtMs, family.absoluteExpiresAtMs);
  });

  rule("a reading of no record answers nothing", async (store) => {
    assert.equal(await store.read(createCommand(newSubject(store)).sessionId), undefined);
  });

  rule("an existing session is never overwritten", async (store) => {
    const address = newSubject(store);
    const { family } = await create(store, address);
    await assert.rejects(async () => store.create(createCommand(address, { sessionId: family.sessionId })));
    assert.deepEqual(plain((await readFamily(store, family.sessionId)).family), plain(family));
  });

  rule("metadata of 4 KiB comes back as it was", async (store) => {
    const metadata = JSON.stringify({ text: "x".repeat(4096 - 11) });
    const family = await start(store, { metadata });
    assert.equal((await readFamily(store, family.sessionId)).family.metadata, metadata);
  });

  rule(`the record has the same size after ${rotations} rotations as after one`, async (store) => {
    let family = await rotate(store, await start(store));
    const size = sizeOf(plain(family));
    for (let done = 1; done < rotations; done++) {
      const result = await store.rotate(presentation(family));
      assert.equal(result.outcome, "rotated");
      family = result.family ?? family;
    }
    const { family: last } = await readFamily(store, family.sessionId);
    assert.equal(last.generation, rotations);
    assert.equal(sizeOf(plain(last)), size);
  });
}

/** Characters of JSON, with one for each number. */
function sizeOf(record: unknown): number {
  return JSON.stringify(record, (_, value: unknown) => (typeof value === "number" ? 0 : value)).length;
}
