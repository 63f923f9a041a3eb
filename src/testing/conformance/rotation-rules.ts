/** Rules of rotation that hold at any time: each row of the table of outcomes. */
import assert from "node:assert/strict";
import type { Binding, RotateOutcome } from "../../store/contract.ts";
import {
  assertOver,
  CLOSED_MS,
  createCommand,
  newSubject,
  present,
  presentation,
  randomHash,
  retryOf,
  rotate,
  start,
} from "./commands.ts";
import type { Suite } from "./suite.ts";

export function rotationRules({ rule }: Suite): void {
  rule("a token of no session finds it over, for an unknown reason", async (store) => {
    const { sessionId } = createCommand(newSubject(store));
    const family = await start(store);
    const outcome = await store.rotate(presentation(family, { sessionId }));
    assert.deepEqual(
      { ...outcome, nowMs: 0 },
      { outcome: "ended", nowMs: 0, reason: "unknown", endedNow: false, family: undefined },
    );
  });

  rule("the current token rotates, and the proposal becomes current", async (store) => {
    const family = await start(store);
    const command = presentation(family, { attempt: { hash: randomHash(), verified: false } });
    const outcome = await present(store, command, "rotated");
    assert.equal(outcome.family?.generation, 1);
    assert.equal(outcome.family?.current, command.proposal.secretHash);
    assert.equal(outcome.family?.previous, command.presentedHash);
    assert.equal(outcome.family?.salt, command.proposal.salt);
    assert.equal(outcome.family?.keyId, command.proposal.keyId);
    assert.equal(outcome.family?.attempt, command.attempt?.hash);
  });

  rule("a rotation without an attempt forgets the one before", async (store) => {
    const first = await rotate(store, await start(store), { attempt: { hash: randomHash(), verified: false } });
    const outcome = await present(store, presentation(first), "rotated");
    assert.equal(outcome.family?.attempt, undefined);
  });

  rule("the token before, after its window, ends the session as reused, once", async (store) => {
    const family = await rotate(store, await start(store));
    const outcome = await present(store, retryOf(family, { graceMs: CLOSED_MS, attemptWindowMs: CLOSED_MS }), "reused");
    assert.equal(outcome.family?.ended?.reason, "reuse");
    await present(store, retryOf(family), "ended");
    assertEnded(await present(store, presentation(family), "ended"), "reuse", false);
  });

  rule("the first token of a session is not exempt", async (store) => {
    const family = await start(store);
    await rotate(store, family);
    await present(store, presentation(family, { graceMs: CLOSED_MS }), "reused");
  });

  rule("an older token ends the session as reused, within the window too", async (store) => {
    const first = await rotate(store, await start(store));
    const second = await rotate(store, first);
    const third = await rotate(store, second);
    await present(store, retryOf(second), "reused");
    await assertOver(store, presentation(third), "reuse");
  });

  rule("a token that the store has not heard of ends the session as regressed", async (store) => {
    const family = await rotate(store, await start(store));
    for (const ahead of [1, 2, 9]) {
      const other = await rotate(store, await start(store));
      const command = presentation(other, { generation: other.generation + ahead, presentedHash: randomHash() });
      assertEnded(await present(store, command, "ended"), "regressed", true);
      assertEnded(await present(store, presentation(other), "ended"), "regressed", false);
    }
    await present(store, presentation(family), "rotated");
  });

  rule("one lost rotation is healed where that was asked for, two are not", async (store) => {
    const family = await rotate(store, await start(store));
    const ahead = presentation(family, { generation: 2, presentedHash: randomHash(), onRegressed: "heal" });
    const healed = await present(store, ahead, "rotated");
    assert.equal(healed.family?.generation, 3);
    assert.equal(healed.family?.previous, ahead.presentedHash);
    const tooFar = presentation(family, { generation: 5, presentedHash: randomHash(), onRegressed: "heal" });
    assertEnded(await present(store, tooFar, "ended"), "regressed", true);
  });

  rule("healing never makes up a session that has no record", async (store) => {
    const { sessionId } = createCommand(newSubject(store));
    await assertOver(
      store,
      presentation(await start(store), { sessionId, generation: 1, onRegressed: "heal" }),
      "unknown",
    );
  });

  rule("a second token of one generation ends the session as forked", async (store) => {
    for (const onRegressed of ["end", "heal"] as const) {
      for (const behind of [0, 1]) {
        const family = await rotate(store, await start(store));
        const forked = { generation: family.generation - behind, presentedHash: randomHash(), onRegressed };
        assertEnded(await present(store, presentation(family, forked), "ended"), "forked", true);
        assertEnded(await present(store, presentation(family), "ended"), "forked", false);
      }
    }
  });

  rule("another key or client is refused, and consumes nothing", async (store) => {
    const binding = { jkt: "key-1", clientId: "web" };
    let family = await rotate(store, await start(store, { binding }));
    const others: (Binding | undefined)[] = [
      undefined,
      {},
      { jkt: "key-2", clientId: "web" },
      { jkt: "key-1", clientId: "app" },
      { jkt: "key-1" },
      { clientId: "web" },
    ];
    for (const other of others) {
      await present(store, presentation(family, { binding: other }), "binding");
      // An old token without the key must not end the session either: that would be a way to log anybody out.
      await present(store, retryOf(family, { binding: other, graceMs: CLOSED_MS }), "binding");
    }
    family = (await present(store, presentation(family, { binding }), "rotated")).family ?? family;
    await present(store, retryOf(family, { binding }), "replayed");
  });

  rule("a session that binds one of the two does not mind the other", async (store) => {
    const family = await start(store, { binding: { clientId: "web" } });
    await present(store, presentation(family, { binding: { jkt: "any", clientId: "web" } }), "rotated");
    await present(store, presentation(await start(store), { binding: { jkt: "any", clientId: "any" } }), "rotated");
  });

  rule("a session that is over says so, whoever asks", async (store) => {
    const family = await start(store, { binding: { jkt: "key-1" } });
    await store.endFamily(family.sessionId, "logout");
    assertEnded(await present(store, presentation(family, { binding: { jkt: "key-2" } }), "ended"), "logout", false);
    assertEnded(await present(store, presentation(family, { generation: 7 }), "ended"), "logout", false);
  });
}

function assertEnded(outcome: RotateOutcome, reason: string, endedNow: boolean): void {
  assert.ok(outcome.outcome === "ended");
  assert.equal(outcome.reason, reason);
  assert.equal(outcome.endedNow, endedNow);
}
