/** A Redis that is killed for seconds, under load: what good tokens, a revoked one and the clients that refresh go through. */
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { isTokenError } from "../../src/errors.ts";
import { createVerifier } from "../../src/jwt/verifier.ts";
import { createRevocationList } from "../../src/revocation/create-revocation-list.ts";
import { redisFeed } from "../../src/store/redis.ts";
import { requireRedis, startRedis } from "../services/redis.ts";
import { openIssuer, redisClient, verifierOptions } from "./processes/issuing.ts";

const DOWN_MS = Number(process.env.OUTAGE_SECONDS ?? 4) * 1000;
const BOUND_SECONDS = 1;
const CLIENTS = 16;
/** What is sent to it before it is connected, or takes a second, fails. */
const impatient = { enableOfflineQueue: false, commandTimeout: 1000 };

describe("a Redis that is killed", { timeout: DOWN_MS + 40_000, ...requireRedis() }, () => {
  it.each([
    ["reject", "reject", BOUND_SECONDS, {}],
    ["reject, a client without an offline queue", "reject", BOUND_SECONDS, impatient],
    ["accept for a minute or two", { acceptFor: 120 }, 120, {}],
  ] as const)("is lived through as promised: %s", async (name, duringOutage, limitSeconds, options) => {
    const server = await startRedis({ appendonly: "yes", appendfsync: "always" });
    const issuer = await openIssuer({ kind: "Redis", port: server.port });
    const feedClient = redisClient(server.port, options);
    const list = createRevocationList({ feed: redisFeed(feedClient), bound: BOUND_SECONDS, duringOutage });
    const verifier = createVerifier({ ...verifierOptions, revocations: list });
    const codeOf = (token: string): string => {
      const result = verifier.safeVerify(token);
      return result.ok ? "ok" : result.error.code;
    };
    const tally: Record<string, number> = {};
    const count = (what: string): void => {
      tally[what] = (tally[what] ?? 0) + 1;
    };
    let isOver = false;

    /** Asks all the time; where a token is refused for want of freshness, refreshes once, then backs off. */
    async function client(subject: string): Promise<void> {
      let held = await issuer.sessions.start({ subject });
      for (let failures = 0; !isOver; ) {
        await pause(5 + 5 * Math.random());
        const code = codeOf(held.accessToken);
        count(code);
        if (code === "ok") continue;
        try {
          held = await issuer.sessions.refresh(held.refreshToken);
          count("refreshed");
          failures = 0;
        } catch (error) {
          count(isTokenError(error) ? `refresh: ${error.code}` : "refresh: broken");
          await pause(Math.min(2000, 100 * 2 ** failures++) * (0.5 + Math.random() / 2));
        }
      }
    }

    try {
      expect(await list.ready()).toBe(true);
      const victim = await issuer.sessions.start({ subject: "victim" });
      const clients = Promise.all(Array.from({ length: CLIENTS }, (_, n) => client(`user ${n}`)));
      await pause(500);
      expect(tally).toEqual({ ok: expect.any(Number) });
      expect(codeOf(victim.accessToken)).toBe("ok");

      await issuer.sessions.endAll("victim");
      const revokedAtMs = Date.now();
      await server.kill();
      let lastAcceptedMs = 0;
      while (Date.now() < revokedAtMs + DOWN_MS) {
        if (codeOf(victim.accessToken) === "ok") lastAcceptedMs = Date.now();
        await pause(2);
      }
      const whileDown = { ...tally, degraded: list.status().degradedAccepts };
      await server.restart();
      await expect.poll(() => codeOf(victim.accessToken), { timeout: 15_000 }).toBe("REVOKED");
      await expect.poll(() => list.status().state, { timeout: 15_000 }).toBe("fresh");
      // Everybody passes again, without a restart of anything.
      const before = tally.ok ?? 0;
      await expect.poll(() => (tally.ok ?? 0) - before, { timeout: 10_000 }).toBeGreaterThan(CLIENTS * 20);
      isOver = true;
      await clients;

      const lastAfterMs = lastAcceptedMs === 0 ? 0 : lastAcceptedMs - revokedAtMs;
      console.log(`${name}, away for ${DOWN_MS} ms: ${JSON.stringify({ lastAfterMs, whileDown, tally })}`);
      // Zero 401 for good tokens: "not fresh" is 503.
      const { ok, REVOCATIONS_STALE = 0, refreshed = 0, "refresh: STORE_UNAVAILABLE": away = 0, ...others } = tally;
      expect(others).toEqual({});
      expect(lastAfterMs).toBeLessThanOrEqual(limitSeconds * 1000 + 20);
      if (duringOutage === "reject") {
        expect(REVOCATIONS_STALE).toBeGreaterThan(0);
        expect(away).toBeGreaterThan(0);
        expect(whileDown.degraded).toBe(0);
        // One each time that a client was refused and got through, and no storm.
        expect(refreshed).toBeLessThanOrEqual(CLIENTS * 3);
      } else {
        expect([REVOCATIONS_STALE, refreshed, away]).toEqual([0, 0, 0]);
        expect(whileDown.degraded).toBeGreaterThan(0);
      }
    } finally {
      isOver = true;
      await list.close();
      feedClient.disconnect();
      await issuer.close();
      await server.stop();
    }
  });
});
