/** "Log out now", seen by verifiers in processes of their own, within the bound. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requirePostgres, startPostgres } from "../services/postgres.ts";
import { requireRedis, startRedis } from "../services/redis.ts";
import type { ServiceSuite } from "../services.ts";
import { type Issuer, openIssuer, type SharedPlace } from "./processes/issuing.ts";
import { startVerifiers, type Verifiers } from "./processes/verifiers.ts";

interface Running {
  readonly place: SharedPlace;
  stop(): Promise<void>;
}

const services: readonly [string, () => Partial<ServiceSuite>, () => Promise<Running>][] = [
  [
    "Redis",
    requireRedis,
    async () => {
      const server = await startRedis();
      return { place: { kind: "Redis", port: server.port }, stop: () => server.stop() };
    },
  ],
  [
    "PostgreSQL",
    requirePostgres,
    async () => {
      const server = await startPostgres();
      return { place: { kind: "PostgreSQL", url: server.url }, stop: () => server.stop() };
    },
  ],
];

const BOUND_SECONDS = 2;

for (const [name, suite, run] of services) {
  describe(`eight verifiers that follow ${name}`, { timeout: 60_000, ...suite() }, () => {
    let running: Running;
    let issuer: Issuer;
    let verifiers: Verifiers;
    beforeAll(async () => {
      running = await run();
      issuer = await openIssuer(running.place);
      verifiers = await startVerifiers(running.place, 8, BOUND_SECONDS);
    }, 60_000);
    afterAll(async () => {
      await verifiers?.close();
      await issuer?.close();
      await running?.stop();
    });

    it.each([
      ["one session ends", (sessionId: string) => issuer.sessions.end(sessionId)],
      ["a subject logs out everywhere", () => issuer.sessions.endAll("user_42")],
      ["everyone is logged out", () => issuer.sessions.endEveryone()],
    ] as const)("refuse within the bound, when %s", async (_, end) => {
      const { accessToken, sessionId } = await issuer.sessions.start({ subject: "user_42" });
      const refused = await verifiers.watch([accessToken]);
      await end(sessionId);
      const endedAtMs = performance.timeOrigin + performance.now();
      for (const { atMs, codes } of await refused()) {
        expect(codes).toEqual(["REVOKED"]);
        expect(atMs - endedAtMs).toBeLessThan(BOUND_SECONDS * 1000);
      }
    });
  });
}
