/** An outage that outlasts what is promised for it, and a process that slept through a logout: nothing passes later than was said. */
import type { ChildProcess } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RedisServer, requireRedis, startRedis } from "../services/redis.ts";
import { nextMessage } from "../session/processes/fleet.ts";
import { type Bundled, startBundled } from "./processes/bundled.ts";
import { type Issuer, openIssuer, type SharedPlace } from "./processes/issuing.ts";
import type { Load, Report } from "./processes/loaded.ts";

const BOUND_SECONDS = 1;
const CEILING_SECONDS = 4;
const DOWN_MS = Number(process.env.OUTAGE_SECONDS ?? 10) * 1000;
const VERIFIERS = 2;
const CLIENTS = 8;

describe("verifiers that accept for seconds more, each a process under load", requireRedis(), () => {
  let server: RedisServer;
  let place: SharedPlace;
  let issuer: Issuer;
  let verifiers: Bundled | undefined;
  beforeEach(async () => {
    server = await startRedis({ appendonly: "yes", appendfsync: "always" });
    place = { kind: "Redis", port: server.port };
    issuer = await openIssuer(place);
  });
  afterEach(async () => {
    await verifiers?.close();
    await issuer?.close();
    await server?.stop();
  });

  async function start(count: number, load: Partial<Load>): Promise<readonly ChildProcess[]> {
    const own = { bound: BOUND_SECONDS, acceptFor: CEILING_SECONDS, clients: 0, isMonotonicStill: false };
    verifiers = await startBundled("loaded", { place, ...own, ...load } satisfies Load, count);
    return verifiers.children;
  }

  it(
    "lose Redis for longer: no 401, nothing passes after the ceiling, and all is well again by itself",
    async () => {
      const children = await start(VERIFIERS, { clients: CLIENTS });
      const victim = await issuer.sessions.start({ subject: "victim" });
      for (const child of children) child.send({ name: "victim", token: victim.accessToken });
      await pause(1000);
      for (const { tally } of await reports(children)) expect(tally.ok).toBeGreaterThan(0);

      await issuer.sessions.endAll("victim");
      await server.kill();
      const downAtMs = Date.now();
      await pause(DOWN_MS);
      const inOutage = await reports(children);
      for (const { tally, degradedAccepts, lastAcceptMs, looks } of inOutage) {
        // Good tokens passed degraded, up to the ceiling and no longer, and were then refused for want of freshness alone.
        expect(degradedAccepts).toBeGreaterThan(0);
        expect(lastAcceptMs).toBeGreaterThan(downAtMs + BOUND_SECONDS * 1000);
        expect(lastAcceptMs).toBeLessThanOrEqual(downAtMs + CEILING_SECONDS * 1000);
        expect(tally.REVOCATIONS_STALE).toBeGreaterThan(0);
        const passed = looks.filter(({ code, atMs }) => code === "ok" && atMs > downAtMs + CEILING_SECONDS * 1000);
        expect(passed).toEqual([]);
      }

      await server.restart();
      const before = inOutage.map(({ tally }) => tally.ok ?? 0);
      await expect
        .poll(
          async () => {
            const more = (await reports(children)).map(({ tally }, index) => (tally.ok ?? 0) - (before[index] ?? 0));
            return Math.min(...more);
          },
          { timeout: 20_000, interval: 200 },
        )
        .toBeGreaterThan(CLIENTS * 20);
      await expect
        .poll(async () => (await reports(children)).flatMap(({ looks }) => looks.at(-1)?.code), {
          timeout: 10_000,
          interval: 200,
        })
        .toEqual(children.map(() => "REVOKED"));

      for (const { tally, degradedAccepts, lastAcceptMs } of await reports(children)) {
        console.log(JSON.stringify({ ...tally, degradedAccepts, afterMs: lastAcceptMs - downAtMs }));
        const { ok, REVOCATIONS_STALE, refreshed = 0, "refresh: STORE_UNAVAILABLE": away, ...others } = tally;
        expect(others).toEqual({});
        expect([ok, REVOCATIONS_STALE, away]).toEqual([expect.any(Number), expect.any(Number), expect.any(Number)]);
        // The extra refreshes: each client was refused, and got through; some before the list had an answer.
        expect(refreshed).toBeGreaterThan(0);
        expect(refreshed).toBeLessThanOrEqual(CLIENTS * 6);
      }
    },
    DOWN_MS + 60_000,
  );

  it.each([
    ["", false],
    [", though their monotonic clock stood still", true],
  ])(
    "are stopped for longer: they do not accept what was revoked meanwhile%s",
    async (_, isMonotonicStill) => {
      const [child] = (await start(1, { acceptFor: 2, isMonotonicStill })) as [ChildProcess];
      const [good, victim] = await Promise.all(["good", "victim"].map((subject) => issuer.sessions.start({ subject })));
      child.send({ name: "good", token: good?.accessToken ?? "" });
      child.send({ name: "victim", token: victim?.accessToken ?? "" });
      await pause(300);
      expect(new Set(codes(await report(child)))).toEqual(new Set(["good ok", "victim ok"]));

      child.kill("SIGSTOP");
      await issuer.sessions.endAll("victim");
      await pause(2500);
      // It wakes to a Redis that says nothing: what it accepted, it would accept on its own.
      server.freeze();
      const wokenAtMs = Date.now();
      child.kill("SIGCONT");
      await pause(500);
      const { looks } = await report(child);
      expect(codes({ looks: looks.filter(({ atMs }) => atMs >= wokenAtMs) })).toContain("good REVOCATIONS_STALE");
      expect(looks.filter(({ atMs, code }) => atMs >= wokenAtMs && code !== "REVOCATIONS_STALE")).toEqual([]);

      server.resume();
      await expect
        .poll(async () => codes(await report(child)).slice(-2), { timeout: 15_000, interval: 100 })
        .toEqual(["good ok", "victim REVOKED"]);
    },
    40_000,
  );
});

async function report(child: ChildProcess): Promise<Report> {
  const answer = nextMessage(child);
  child.send("report");
  return (await answer) as Report;
}

function reports(children: readonly ChildProcess[]): Promise<readonly Report[]> {
  return Promise.all(children.map(report));
}

function codes({ looks }: Pick<Report, "looks">): readonly string[] {
  return looks.map(({ name, code }) => `${name} ${code}`);
}
