/** What sessions promise about refresh tokens, and what goes wrong elsewhere: each on every store, to the millisecond. */
import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SessionEvent } from "../../src/session/events.ts";
import type { Sessions, SessionsOptions } from "../../src/session/types.ts";
import type { SessionStore } from "../../src/store/contract.ts";
import { type ManualClock, manualClock } from "../../src/testing/index.ts";
import { sessionsOver } from "./sessions.ts";
import { type ToldServer, toldStores } from "./told-stores.ts";

const OLD_SECRET = new Uint8Array(32).fill(7);
const NEW_SECRET = new Uint8Array(32).fill(8);
const grace = { grace: "30s" } as const;

for (const [name, kind] of Object.entries(toldStores)) {
  describe(`sessions in ${name}`, kind.suite(), () => {
    let server: ToldServer;
    let clock: ManualClock;
    let store: SessionStore;
    let sessions: Sessions;
    let events: SessionEvent[];
    beforeAll(async () => {
      server = await kind.start();
    });
    afterAll(() => server?.stop());
    beforeEach(async () => {
      // The keys of Redis leave by the real time, so that the told one is later.
      clock = manualClock(new Date(Date.now() + 86_400_000));
      store = await server.open(clock);
      ({ sessions, events } = open());
    });

    function open(changes: Partial<SessionsOptions> = {}) {
      return sessionsOver(store, { ...grace, ...changes });
    }

    async function start(subject = "ann") {
      return sessions.start({ subject });
    }

    const code = async (refreshed: Promise<unknown>): Promise<unknown> =>
      refreshed.then(
        () => "accepted",
        (error: { readonly code?: unknown }) => error.code,
      );

    it("answer a retry whose first reply was lost with the same successor: no theft", async () => {
      const { refreshToken } = await start();
      const lost = await sessions.refresh(refreshToken);
      clock.advance("30s");
      const retry = await sessions.refresh(refreshToken);
      expect(retry).toMatchObject({ outcome: "replayed", refreshToken: lost.refreshToken });
      expect((await sessions.refresh(retry.refreshToken)).outcome).toBe("rotated");
    });

    it("do not fork the chain within grace: however many ask, there is one successor", async () => {
      const { refreshToken } = await start();
      const replies = await Promise.all(Array.from({ length: 8 }, () => sessions.refresh(refreshToken)));
      expect(new Set(replies.map((reply) => reply.refreshToken)).size).toBe(1);
      expect(replies.filter(({ outcome }) => outcome === "rotated")).toHaveLength(1);
    });

    it("do not let grace slide, nor idle expiry by a replay", async () => {
      const { refreshToken } = await start();
      const { refreshExpiresIn } = await sessions.refresh(refreshToken);
      clock.advance("20s");
      expect((await sessions.refresh(refreshToken)).refreshExpiresIn).toBe(refreshExpiresIn - 20);
      clock.advance(10.001);
      expect(await code(sessions.refresh(refreshToken))).toBe("REFRESH_REUSED");
    });

    it("find a token that comes after grace, and neither copy refreshes again", async () => {
      const { refreshToken } = await start();
      const thief = await sessions.refresh(refreshToken);
      clock.advance(30.001);
      expect(await code(sessions.refresh(refreshToken))).toBe("REFRESH_REUSED");
      for (const copy of [refreshToken, thief.refreshToken]) {
        expect(await code(sessions.refresh(copy))).toBe("SESSION_ENDED");
      }
      expect(events.filter(({ type }) => type === "reused")).toHaveLength(1);
      expect(events.filter(({ type }) => type === "ended")).toHaveLength(1);
    });

    it("do not cover an older generation by grace, and the first token is not exempt", async () => {
      const first = await start();
      const second = await sessions.refresh(first.refreshToken);
      const third = await sessions.refresh(second.refreshToken);
      expect(await code(sessions.refresh(first.refreshToken))).toBe("REFRESH_REUSED");
      expect(await code(sessions.refresh(third.refreshToken))).toBe("SESSION_ENDED");
    });

    it("take a delayed duplicate for what it is when it arrives: a retry, or two holders", async () => {
      const { refreshToken } = await start();
      const { refreshToken: successor } = await sessions.refresh(refreshToken);
      clock.advance("29s");
      expect((await sessions.refresh(refreshToken)).refreshToken).toBe(successor);
      await sessions.refresh(successor);
      expect(await code(sessions.refresh(refreshToken))).toBe("REFRESH_REUSED");
    });

    it("answer the client that won for longer, by its attempt, and nobody else", async () => {
      const verifier = randomBytes(32);
      const challenge = createHash("sha256").update(verifier).digest("base64url");
      const { refreshToken } = await start();
      const won = await sessions.refresh(refreshToken, { attempt: { challenge } });
      clock.advance("10m");
      const retry = await sessions.refresh(refreshToken, { attempt: { verifier: verifier.toString("base64url") } });
      expect(retry).toMatchObject({ outcome: "replayed", refreshToken: won.refreshToken });
      expect(await code(sessions.refresh(refreshToken, { attempt: { challenge } }))).toBe("REFRESH_REUSED");
    });

    it("reopen no window where the clock jumps back", async () => {
      const { refreshToken } = await start();
      clock.advance("1h");
      await sessions.refresh(refreshToken);
      clock.advance(30.001);
      const later = clock();
      clock.set(new Date(later.getTime() - 3_600_000));
      expect((await sessions.refresh(refreshToken)).outcome).toBe("replayed");
      clock.set(later);
      expect(await code(sessions.refresh(refreshToken))).toBe("REFRESH_REUSED");
    });

    it("end at the very millisecond of idle and of absolute expiry", async () => {
      const short = open({ idle: "10m", absolute: "15m" }).sessions;
      const idle = await short.start({ subject: "ann" });
      let busy = await short.start({ subject: "ann" });
      clock.advance(599.999);
      busy = await short.refresh(busy.refreshToken);
      clock.advance(0.001);
      await expect(short.refresh(idle.refreshToken)).rejects.toMatchObject({ code: "SESSION_ENDED", reason: "idle" });
      clock.advance(299.999);
      busy = await short.refresh(busy.refreshToken);
      clock.advance(0.001);
      await expect(short.refresh(busy.refreshToken)).rejects.toMatchObject({ reason: "absolute" });
    });

    it("find one who is always within grace by the streak, where that was asked for", async () => {
      const strict = open({ maxReplayStreak: 3 }).sessions;
      let { refreshToken } = await strict.start({ subject: "ann" });
      for (let generation = 0; generation < 3; generation++) {
        const next = await strict.refresh(refreshToken);
        await strict.refresh(refreshToken);
        refreshToken = next.refreshToken;
      }
      expect(await code(strict.refresh(refreshToken))).toBe("REFRESH_REUSED");
    });

    it("give a copy without the key nothing, and take nothing from the client that has it", async () => {
      const bound = { jkt: "a thumbprint" };
      const { refreshToken } = await sessions.start({ subject: "ann", binding: bound });
      for (const binding of [undefined, { jkt: "another" }, { clientId: "a thumbprint" }]) {
        expect(await code(sessions.refresh(refreshToken, binding && { binding }))).toBe("BINDING");
      }
      expect((await sessions.refresh(refreshToken, { binding: bound })).outcome).toBe("rotated");
    });

    it("let secrets rotate in mid-window, in whatever order instances learn of it", async () => {
      const before = open({ refreshSecrets: [OLD_SECRET, NEW_SECRET] }).sessions;
      const after = open({ refreshSecrets: [NEW_SECRET, OLD_SECRET] }).sessions;
      const { refreshToken } = await before.start({ subject: "ann" });
      const winner = await after.refresh(refreshToken);
      expect((await before.refresh(refreshToken)).refreshToken).toBe(winner.refreshToken);
      // What one of them minted, logs out of both.
      await after.start({ subject: "ann" });
      await before.endAll("ann");
      expect((await after.list("ann")).sessions).toEqual([]);
      expect(await code(after.refresh(winner.refreshToken))).toBe("SESSION_ENDED");
    });

    it("answer 503 where a secret was dropped too early, and nobody is logged out", async () => {
      const { refreshToken } = await start();
      const dropped = open({ refreshSecrets: [NEW_SECRET] }).sessions;
      await expect(dropped.refresh(refreshToken)).rejects.toMatchObject({ code: "KEYS_UNAVAILABLE", status: 503 });
      expect((await sessions.refresh(refreshToken)).outcome).toBe("rotated");
    });

    it("rotate nothing while `claims` fails, for longer than any window", async () => {
      let broken = true;
      const asking = open({
        claims: () => {
          if (broken) throw new RangeError("the user directory is down");
          return { role: "admin" };
        },
      }).sessions;
      broken = false;
      const { refreshToken } = await asking.start({ subject: "ann" });
      broken = true;
      for (let hours = 0; hours < 3; hours++) {
        await expect(asking.refresh(refreshToken)).rejects.toThrow(RangeError);
        clock.advance("1h");
      }
      broken = false;
      expect((await asking.refresh(refreshToken)).outcome).toBe("rotated");
    });

    it("end where `claims` answers null, and stay so", async () => {
      const { refreshToken } = await start();
      const banned = open({ claims: () => null }).sessions;
      await expect(banned.refresh(refreshToken)).rejects.toMatchObject({ code: "SESSION_ENDED", reason: "denied" });
      await expect(sessions.refresh(refreshToken)).rejects.toMatchObject({ code: "SESSION_ENDED", reason: "denied" });
    });

    it("keep the session that logs all others out, and refuse a login that was under way", async () => {
      const kept = await start();
      const other = await start();
      const epoch = await sessions.epoch("ann");
      await sessions.endAll("ann", { except: kept.sessionId });
      expect(await code(sessions.refresh(other.refreshToken))).toBe("SESSION_ENDED");
      await expect(sessions.start({ subject: "ann", epoch })).rejects.toMatchObject({ reason: "epoch" });
      expect((await sessions.refresh(kept.refreshToken)).outcome).toBe("rotated");
    });

    it("call a logout with an old token no theft", async () => {
      const { refreshToken } = await start();
      const { refreshToken: current } = await sessions.refresh(refreshToken);
      clock.advance("1h");
      await sessions.endByToken(refreshToken);
      await expect(sessions.refresh(current)).rejects.toMatchObject({ code: "SESSION_ENDED", reason: "logout" });
      expect(events.filter(({ type }) => type === "reused")).toEqual([]);
    });

    it("are not kept for ever: sweeping removes what ended a week ago, and none that lives", async () => {
      for (let users = 0; users < 5; users++) await sessions.start({ subject: `user ${users}` });
      await sessions.endAll("user 0");
      clock.advance("7d");
      const living = await start();
      expect(await store.sweep()).toBe(1);
      clock.advance("15d");
      await store.sweep();
      // The living one has expired by now, and says so for another week; the four others are gone.
      await expect(sessions.refresh(living.refreshToken)).rejects.toMatchObject({ reason: "idle" });
      expect(await store.sweep()).toBe(0);
    });
  });
}
