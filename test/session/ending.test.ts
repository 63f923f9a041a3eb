import { afterEach, describe, expect, it, vi } from "vitest";
import { memoryStore } from "../../src/store/memory.ts";
import { claimsOf, OTHER_SECRET, setUp } from "./sessions.ts";

const over = (reason: string) => ({ code: "SESSION_ENDED", reason });

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("end", () => {
  it("ends one session, once, and leaves the others", async () => {
    const { sessions, events } = setUp();
    const a = await sessions.start({ subject: "ann" });
    const b = await sessions.start({ subject: "ann" });
    await sessions.end(a.sessionId);
    await sessions.end(a.sessionId);
    await expect(sessions.refresh(a.refreshToken)).rejects.toMatchObject(over("logout"));
    expect((await sessions.refresh(b.refreshToken)).outcome).toBe("rotated");
    expect(events.filter((event) => event.type === "ended")).toEqual([
      { type: "ended", sessionId: a.sessionId, subject: "ann", reason: "logout" },
    ]);
  });

  it("takes a session that never was for one that is over", async () => {
    const { sessions } = setUp();
    await expect(sessions.end("A".repeat(35))).resolves.toBeUndefined();
  });

  it.each(["", "ann", "A".repeat(34), "A".repeat(36), `${"A".repeat(34)}B`, undefined, 7])(
    "refuses what is no session id: %j",
    async (wrong) => {
      const { sessions, calls } = setUp();
      await expect(sessions.end(wrong as string)).rejects.toMatchObject({ code: "REQUEST_INVALID", status: 400 });
      await expect(sessions.endAll("ann", { except: wrong ?? "" } as never)).rejects.toMatchObject({
        code: "REQUEST_INVALID",
      });
      expect(calls).toEqual({});
    },
  );
});

describe("`replicas`", () => {
  it("are refused where the store has none to ask, before anything ends", async () => {
    const { sessions, calls } = setUp();
    const { sessionId, refreshToken } = await sessions.start({ subject: "ann" });
    await expect(sessions.end(sessionId, { replicas: 1 })).rejects.toMatchObject({ code: "CONFIG" });
    await expect(sessions.endAll("ann", { replicas: 1 })).rejects.toMatchObject({ code: "CONFIG" });
    expect(calls).toEqual({ create: 1 });
    expect((await sessions.refresh(refreshToken)).outcome).toBe("rotated");
  });

  it.each([
    { replicas: 0 },
    { replicas: 1.5 },
    { replicas: undefined },
    { replicas: "1" },
    { timeoutMs: 100 },
    { replicas: 1, timeoutMs: 0 },
    { replicas: 1, timeoutMs: undefined },
    { replicas: 1, timeoutMs: 2 ** 31 },
    { replica: 1 },
    5,
  ])("are refused as %j", async (options) => {
    const inner = memoryStore();
    const store = Object.assign(inner, { awaitReplicas: async () => 1 });
    const { sessions, calls } = setUp({ store });
    const { sessionId } = await sessions.start({ subject: "ann" });
    await expect(sessions.end(sessionId, options as never)).rejects.toMatchObject({ code: "CONFIG" });
    await expect(sessions.endAll("ann", options as never)).rejects.toMatchObject({ code: "CONFIG" });
    expect(calls).toEqual({ create: 1 });
  });
});

describe("endByToken", () => {
  it("logs out by the token alone, however old, and that is no theft", async () => {
    const { sessions, clock, events } = setUp();
    const { refreshToken } = await sessions.start({ subject: "ann" });
    const next = await sessions.refresh(refreshToken);
    clock.advance("1h");
    await sessions.endByToken(refreshToken);
    await sessions.endByToken(refreshToken);
    await expect(sessions.refresh(next.refreshToken)).rejects.toMatchObject(over("logout"));
    expect(events.map((event) => event.type)).toEqual(["started", "rotated", "ended", "refused"]);
  });

  it("cannot be forged with a session id", async () => {
    const { sessions, calls } = setUp();
    const { refreshToken } = await sessions.start({ subject: "ann" });
    const forged = Buffer.from(refreshToken, "base64url").fill(0, 38).toString("base64url");
    await sessions.endByToken(forged);
    expect(calls.endFamily).toBeUndefined();
    expect((await sessions.refresh(refreshToken)).outcome).toBe("rotated");
  });

  it("says so where it could not be done: the session may live on", async () => {
    const { sessions, store } = setUp();
    const { refreshToken } = await sessions.start({ subject: "ann" });
    const { sessions: other } = setUp({ store, refreshSecrets: [OTHER_SECRET] });
    await expect(other.endByToken(refreshToken)).rejects.toMatchObject({ code: "KEYS_UNAVAILABLE" });
  });
});

describe("endAll", () => {
  it("ends every session of the subject, and tells each", async () => {
    const { sessions, events } = setUp();
    const a = await sessions.start({ subject: "ann" });
    const b = await sessions.start({ subject: "ann" });
    const other = await sessions.start({ subject: "bob" });
    await sessions.endAll("ann");
    await sessions.endAll("ann");
    for (const { refreshToken } of [a, b])
      await expect(sessions.refresh(refreshToken)).rejects.toMatchObject(over("logout"));
    expect((await sessions.refresh(other.refreshToken)).outcome).toBe("rotated");
    expect(
      events
        .filter((event) => event.type === "ended")
        .map((event) => event.sessionId)
        .sort(),
    ).toEqual([a.sessionId, b.sessionId].sort());
  });

  it("leaves the one session that asked, whose next access token has the new epoch", async () => {
    const { sessions, clock } = setUp();
    const mine = await sessions.start({ subject: "ann" });
    const other = await sessions.start({ subject: "ann" });
    await sessions.endAll("ann", { except: mine.sessionId });
    await expect(sessions.refresh(other.refreshToken)).rejects.toMatchObject(over("logout"));
    const next = await sessions.refresh(mine.refreshToken);
    expect(claimsOf(clock, next.accessToken)).toMatchObject({ rv: { s: clock().getTime() } });
    expect(claimsOf(clock, mine.accessToken)).toMatchObject({ rv: { s: 0 } });
  });

  it("is a login's last word: a session that starts later lives", async () => {
    const { sessions, clock } = setUp();
    await sessions.endAll("ann");
    const { refreshToken, accessToken } = await sessions.start({ subject: "ann" });
    expect(claimsOf(clock, accessToken)).toMatchObject({ rv: { s: clock().getTime() } });
    expect((await sessions.refresh(refreshToken)).outcome).toBe("rotated");
  });

  it("refuses an undefined `except`, which would end the session that was to stay", async () => {
    const { sessions } = setUp();
    await expect(sessions.endAll("ann", { except: undefined } as never)).rejects.toMatchObject({ code: "CONFIG" });
    await expect(sessions.endAll("ann", { but: "x" } as never)).rejects.toMatchObject({ code: "CONFIG" });
  });
});

describe("endEveryone", () => {
  it("ends every session of the store, and none that starts later", async () => {
    const { sessions, clock } = setUp();
    const all = [await sessions.start({ subject: "ann" }), await sessions.start({ subject: "bob" })];
    await sessions.endEveryone();
    for (const { refreshToken } of all)
      await expect(sessions.refresh(refreshToken)).rejects.toMatchObject(over("epoch"));
    const { refreshToken, accessToken } = await sessions.start({ subject: "ann" });
    expect(claimsOf(clock, accessToken)).toMatchObject({ rv: { e: clock().getTime() } });
    expect((await sessions.refresh(refreshToken)).outcome).toBe("rotated");
  });

  it("asks each shard until it has acknowledged", async () => {
    vi.useFakeTimers();
    const asked: number[] = [];
    let failures = 4;
    const store = Object.assign(Object.create(memoryStore()) as ReturnType<typeof memoryStore>, {
      shards: 5,
      bumpEveryone: async (shard: number) => {
        asked.push(shard);
        if (shard === 3 && failures-- > 0) throw new Error("moved");
        return { epoch: 1 };
      },
    });
    const { sessions } = setUp({ store });
    const done = sessions.endEveryone();
    await vi.runAllTimersAsync();
    await done;
    expect(asked.slice(0, 5)).toEqual([0, 1, 2, 3, 4]);
    expect(asked.slice(5)).toEqual([3, 3, 3, 3]);
  });

  it("gives up after five times, and says that it is not done", async () => {
    vi.useFakeTimers();
    const { sessions, store, calls } = setUp();
    vi.spyOn(store, "bumpEveryone").mockRejectedValue(new Error("down"));
    const refused = expect(sessions.endEveryone()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await vi.runAllTimersAsync();
    await refused;
    expect(calls.bumpEveryone).toBe(5);
  });

  it("does not ask again where asking again is no use", async () => {
    const { sessions, store, calls } = setUp();
    const { tokenError } = await import("../../src/errors.ts");
    vi.spyOn(store, "bumpEveryone").mockRejectedValue(tokenError("CONFIG", "the number of shards was changed"));
    await expect(sessions.endEveryone()).rejects.toMatchObject({ code: "CONFIG" });
    expect(calls.bumpEveryone).toBe(1);
  });
});

describe("list", () => {
  it("shows where the subject is logged in, newest first, and nothing secret", async () => {
    const { sessions, clock } = setUp<{ readonly device: string }>();
    const old = await sessions.start({ subject: "ann", metadata: { device: "Pixel 11" } });
    const startedAt = clock();
    clock.advance("1h");
    const recent = await sessions.start({ subject: "ann", metadata: { device: "ThinkPad" } });
    await sessions.refresh(old.refreshToken);
    const { sessions: listed, next } = await sessions.list("ann");
    expect(next).toBeUndefined();
    expect(listed.map((session) => session.metadata.device)).toEqual(["ThinkPad", "Pixel 11"]);
    expect(listed[0]?.sessionId).toBe(recent.sessionId);
    expect(listed[1]).toEqual({
      sessionId: old.sessionId,
      subject: "ann",
      metadata: { device: "Pixel 11" },
      createdAt: startedAt,
      lastRefreshedAt: clock(),
      idleExpiresAt: new Date(clock().getTime() + 14 * 86_400_000),
      absoluteExpiresAt: new Date(startedAt.getTime() + 90 * 86_400_000),
      binding: {},
    });
  });

  it("comes in pages of 20 unless it is told otherwise", async () => {
    const { sessions } = setUp();
    for (let n = 0; n < 25; n++) await sessions.start({ subject: "ann" });
    const first = await sessions.list("ann");
    expect(first.sessions).toHaveLength(20);
    const second = await sessions.list("ann", { after: first.next ?? "" });
    expect(second.sessions).toHaveLength(5);
    expect(second.next).toBeUndefined();
    expect((await sessions.list("ann", { limit: 100 })).sessions).toHaveLength(25);
  });

  it("refuses a wrong page", async () => {
    const { sessions } = setUp();
    for (const limit of [0, 101, 1.5, "5", Number.NaN]) {
      await expect(sessions.list("ann", { limit: limit as number })).rejects.toMatchObject({ code: "CONFIG" });
    }
    for (const after of ["garbage", 5, null]) {
      await expect(sessions.list("ann", { after: after as string })).rejects.toMatchObject({ code: "REQUEST_INVALID" });
    }
    await expect(sessions.list("ann", { page: 2 } as never)).rejects.toMatchObject({ code: "CONFIG" });
  });
});
