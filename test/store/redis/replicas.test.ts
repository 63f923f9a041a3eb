/** A logout that is told as done only when replicas hold it. */
import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SessionEvent } from "../../../src/session/events.ts";
import type { Sessions } from "../../../src/session/types.ts";
import { type RedisServer, requireRedis, startRedis } from "../../services/redis.ts";
import { eventually } from "../../services/redis-topologies.ts";
import { sessionsOver } from "../sessions.ts";
import { type Connection, clientNames, connections } from "./fixtures.ts";

describe.each(clientNames)("an ending with `replicas`, with %s", requireRedis(), (clientName) => {
  let master: RedisServer;
  let replica: RedisServer;
  let connection: Connection;
  let onMaster: Redis;
  let onReplica: Redis;
  let sessions: Sessions;
  let events: SessionEvent[];
  beforeAll(async () => {
    master = await startRedis({ "repl-diskless-sync-delay": "0", "enable-debug-command": "yes" });
    onMaster = new Redis(master.port, "127.0.0.1");
    replica = await startRedis({ replicaof: `127.0.0.1 ${master.port}` });
    onReplica = new Redis(replica.port, "127.0.0.1");
    await eventually(async () => (await onReplica.info("replication")).includes("master_link_status:up"), "a replica");
    connection = await connections[clientName](master.port);
  });
  beforeEach(() => {
    ({ sessions, events } = sessionsOver(connection.store));
  });
  afterAll(async () => {
    onMaster?.disconnect();
    onReplica?.disconnect();
    await connection?.close();
    await replica?.stop();
    await master?.stop();
  });

  it("resolves when the replica has it", async () => {
    const [one, two] = [await sessions.start({ subject: "ann" }), await sessions.start({ subject: "ann" })];
    const stateOnReplica = async (sessionId: string): Promise<string> => {
      const [key] = await onReplica.keys("rejwt:{*}:s:*");
      const record = (await onReplica.hget(key ?? "", sessionId)) ?? "";
      // Version, when it ended (16 digits), then why.
      return record[17] ?? "";
    };
    await sessions.end(one.sessionId, { replicas: 1 });
    expect(await stateOnReplica(one.sessionId)).toBe("l");
    await sessions.endAll("ann", { replicas: 1, timeoutMs: 5000 });
    expect(await stateOnReplica(two.sessionId)).toBe("l");
  });

  it("reports a shortfall; the session has ended all the same, and it may be tried again", async () => {
    const { sessionId, refreshToken } = await sessions.start({ subject: "bob" });
    replica.freeze();
    const shortfall = { code: "STORE_UNAVAILABLE", retryable: true };
    const ending = sessions.end(sessionId, { replicas: 1, timeoutMs: 100 });
    await expect(ending).rejects.toMatchObject({ ...shortfall, message: expect.stringContaining("0 of 1 replicas") });
    expect(events.filter(({ type }) => type === "ended")).toHaveLength(1);
    await expect(sessions.refresh(refreshToken)).rejects.toMatchObject({ code: "SESSION_ENDED", reason: "logout" });
    await expect(sessions.endAll("bob", { replicas: 1, timeoutMs: 100 })).rejects.toMatchObject(shortfall);
    replica.resume();
    await sessions.end(sessionId, { replicas: 1, timeoutMs: 5000 });
    await expect(sessions.end(sessionId, { replicas: 2, timeoutMs: 100 })).rejects.toThrow("1 of 2 replicas");
    expect(events.filter(({ type }) => type === "ended")).toHaveLength(1);
  });

  it("is refused where another master took over meanwhile", async () => {
    const { sessionId } = await sessions.start({ subject: "cleo" });
    replica.freeze();
    const ending = sessions.end(sessionId, { replicas: 1, timeoutMs: 5000 });
    // Heard below; until then it must not end the process.
    ending.catch(() => {});
    await pause(200);
    // What a new master does: a new history begins.
    await onMaster.call("DEBUG", "CHANGE-REPL-ID");
    const cause = expect.objectContaining({ message: expect.stringContaining("another Redis became the master") });
    await expect(ending).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", cause });
    replica.resume();
  });
});
