/** Several processes that share one store, as several servers do. */
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type OpenStore, openStore, type RunningStore, realStores, storeNames } from "../store/real-stores.ts";
import { createFleet, type Fleet, nextMessage, perform } from "./processes/fleet.ts";
import type { Task } from "./processes/presenter.ts";
import { setUp } from "./sessions.ts";

const secret = "a refresh secret that every process of these tests has";
const PROCESSES = 8;
const PRESENTERS = 64;
const GENERATIONS = Number(process.env.RACE_GENERATIONS ?? 200);

let fleet: Fleet;
beforeAll(async () => {
  fleet = await createFleet();
}, 60_000);
afterAll(() => fleet?.close());

for (const name of storeNames) {
  describe(`several processes on one ${name} store`, { timeout: 120_000, ...realStores[name].suite() }, () => {
    let running: RunningStore;
    let here: OpenStore;
    beforeAll(async () => {
      running = await realStores[name].start();
      here = openStore(running.place);
    });
    afterEach(() => fleet.end());
    afterAll(async () => {
      await here?.close();
      await running?.stop();
    });

    it("may all create what it needs at once", async () => {
      const { place } = running;
      const processes = await fleet.start(4);
      const replies = await perform(processes, { place, secret, tokens: ["garbage"], times: 1 });
      expect(replies.map((reply) => reply.outcome)).toEqual(Array(4).fill("REFRESH_INVALID"));
    });

    it(`that present one token at once get one successor, of one rotation, ${GENERATIONS} times`, async () => {
      const { place } = running;
      await here.store.migrate();
      const { sessions } = setUp({ store: here.store, refreshSecrets: [secret] });
      let { refreshToken, sessionId } = await sessions.start({ subject: "ann" });
      const processes = await fleet.start(PROCESSES);
      for (let generation = 0; generation < GENERATIONS; generation++) {
        const task = { place, secret, tokens: [refreshToken], times: PRESENTERS / PROCESSES };
        const replies = await perform(processes, task);
        const outcomes = replies.map((reply) => reply.outcome).sort();
        expect(outcomes).toEqual([...Array(PRESENTERS - 1).fill("replayed"), "rotated"]);
        const successors = new Set(replies.map((reply) => reply.refreshToken));
        expect(successors.size).toBe(1);
        refreshToken = [...successors][0] ?? "";
      }
      expect((await here.store.read(sessionId))?.family).toMatchObject({ generation: GENERATIONS, ended: undefined });
    });

    it("lose no token to a process that is killed between commit and reply", async () => {
      const { place } = running;
      await here.store.migrate();
      const { sessions } = setUp({ store: here.store, refreshSecrets: [secret] });
      const { refreshToken, sessionId } = await sessions.start({ subject: "ann" });
      const [victim] = await fleet.start(1);
      if (victim === undefined) throw new Error("no process");
      const committed = nextMessage(victim);
      const died = once(victim, "exit");
      victim.send({ place, secret, tokens: [refreshToken], times: 1, dieAfterCommit: true } satisfies Task);
      const winner = await committed;
      expect((await died)[1]).toBe("SIGKILL");

      const retry = await sessions.refresh(refreshToken);
      expect(retry.outcome).toBe("replayed");
      expect((await here.store.read(sessionId))?.family.current).toBe(winner);
      expect((await sessions.refresh(retry.refreshToken)).outcome).toBe("rotated");
    });
  });
}
