import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Session } from "../../src/session/types.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { parseSessionId } from "../../src/store/session-id.ts";
import { claimsOf, OTHER_SECRET, SECRET, setUp } from "./sessions.ts";

describe("a start", () => {
  it("gives tokens and a session id", async () => {
    const { sessions, clock } = setUp();
    const tokens = await sessions.start({ subject: "ann" });
    expect(tokens).toEqual({
      accessToken: expect.any(String) as string,
      refreshToken: expect.stringMatching(/^rjt1[\w-]{132}$/) as string,
      tokenType: "Bearer",
      expiresIn: 900,
      refreshExpiresIn: 14 * 86_400,
      sessionId: expect.stringMatching(/^[\w-]{35}$/) as string,
    });
    expect(claimsOf(clock, tokens.accessToken)).toMatchObject({ sub: "ann", sid: tokens.sessionId });
  });

  it("gives each session its own id and token", async () => {
    const { sessions } = setUp();
    const all = await Promise.all(Array.from({ length: 50 }, () => sessions.start({ subject: "ann" })));
    expect(new Set(all.map((tokens) => tokens.sessionId)).size).toBe(50);
    expect(new Set(all.map((tokens) => tokens.refreshToken)).size).toBe(50);
  });

  it("puts the subject's shard and tag into the id, and neither shows the subject", async () => {
    const store = Object.assign(Object.create(memoryStore()) as ReturnType<typeof memoryStore>, { shards: 64 });
    const inner = memoryStore();
    for (const name of ["create", "readSubject"] as const) store[name] = inner[name].bind(inner) as never;
    const at = (secret: Uint8Array) => setUp({ store, refreshSecrets: [secret] }).sessions;
    const address = async (subject: string, secret = SECRET) =>
      parseSessionId((await at(secret).start({ subject })).sessionId);
    const ann = await address("ann");
    expect(await address("ann")).toEqual(ann);
    expect((await address("bob"))?.tag).not.toBe(ann?.tag);
    // The tag is keyed, the shard is not: it must stay where it is when secrets are rotated.
    expect(await address("ann", OTHER_SECRET)).toEqual({
      shard: ann?.shard,
      tag: expect.not.stringMatching(ann?.tag ?? "") as string,
    });
    const shards = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => (await address(`user ${n}`))?.shard ?? -1),
    );
    expect(Math.min(...shards)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...shards)).toBeLessThan(64);
    expect(new Set(shards).size).toBeGreaterThan(10);
  });

  it.each([undefined, "", 42, null, "x".repeat(1025), "ü".repeat(513), "a\0b", "\ud800"])(
    "needs a subject, which %j is not",
    async (subject) => {
      const { sessions, calls } = setUp();
      await expect(sessions.start({ subject: subject as string })).rejects.toMatchObject({ code: "CONFIG" });
      await expect(sessions.list(subject as string)).rejects.toMatchObject({ code: "CONFIG" });
      await expect(sessions.endAll(subject as string)).rejects.toMatchObject({ code: "CONFIG" });
      await expect(sessions.epoch(subject as string)).rejects.toMatchObject({ code: "CONFIG" });
      expect(calls).toEqual({});
    },
  );

  it("takes the longest subject that there may be", async () => {
    const { sessions } = setUp();
    await expect(sessions.start({ subject: "x".repeat(1024) })).resolves.toBeDefined();
  });

  it.each<[string, unknown]>([
    ["a list", [1]],
    ["text", "phone"],
    ["null", null],
    [
      "a circle",
      (() => {
        const circle: Record<string, unknown> = {};
        circle.self = circle;
        return circle;
      })(),
    ],
    ["a bigint", { n: 1n }],
    ["a function", () => {}],
    ["a date", new Date(0)],
    ["more than 4 KiB", { text: "ü".repeat(2048) }],
  ])("refuses metadata that is %s", async (_, metadata) => {
    const { sessions } = setUp();
    await expect(sessions.start({ subject: "ann", metadata: metadata as never })).rejects.toMatchObject({
      code: "CONFIG",
    });
  });

  it("refuses unknown members, and an undefined epoch, which would check nothing", async () => {
    const { sessions } = setUp();
    for (const wrong of [{ attempt: {} }, { epoch: undefined }, { epoch: -1 }, { epoch: "5" }]) {
      await expect(sessions.start({ subject: "ann", ...wrong } as never)).rejects.toMatchObject({ code: "CONFIG" });
    }
    await expect(sessions.start(undefined as never)).rejects.toMatchObject({ code: "CONFIG" });
  });
});

describe("a login that was under way", () => {
  it("succeeds where nothing came between", async () => {
    const { sessions } = setUp();
    await sessions.endAll("ann");
    await sessions.endEveryone();
    const epoch = await sessions.epoch("ann");
    await sessions.endAll("bob");
    await expect(sessions.start({ subject: "ann", epoch })).resolves.toBeDefined();
  });

  it.each(["endAll", "endEveryone"] as const)("does not survive %s", async (logout) => {
    for (const claims of [undefined, () => ({})]) {
      const { sessions } = setUp(claims === undefined ? {} : { claims });
      const epoch = await sessions.epoch("ann");
      await sessions[logout]("ann");
      await expect(sessions.start({ subject: "ann", epoch })).rejects.toMatchObject({
        code: "SESSION_ENDED",
        reason: "epoch",
      });
      expect((await sessions.list("ann")).sessions).toEqual([]);
    }
  });
});

describe("the limit of sessions", () => {
  it("refuses one more", async () => {
    const { sessions, clock } = setUp({ maxPerSubject: { count: 2, whenFull: "refuse" } });
    await sessions.start({ subject: "ann" });
    await sessions.start({ subject: "ann" });
    await expect(sessions.start({ subject: "ann" })).rejects.toMatchObject({ code: "SESSION_LIMIT", status: 403 });
    await expect(sessions.start({ subject: "bob" })).resolves.toBeDefined();
    clock.advance("14d");
    await expect(sessions.start({ subject: "ann" })).resolves.toBeDefined();
  });

  it("or pushes out the oldest, and tells it", async () => {
    const { sessions, clock, events } = setUp({ maxPerSubject: { count: 2, whenFull: "evict-oldest" } });
    const oldest = await sessions.start({ subject: "ann" });
    clock.advance("1s");
    const middle = await sessions.start({ subject: "ann" });
    clock.advance("1s");
    // Using a session does not make it younger.
    await sessions.refresh(oldest.refreshToken);
    const newest = await sessions.start({ subject: "ann" });
    const who = { sessionId: oldest.sessionId, subject: "ann" };
    expect(events).toContainEqual({ type: "ended", ...who, reason: "evicted" });
    await expect(sessions.refresh(oldest.refreshToken)).rejects.toMatchObject({
      code: "SESSION_ENDED",
      reason: "evicted",
    });
    const { sessions: left } = await sessions.list("ann");
    expect(left.map((session) => session.sessionId)).toEqual([newest.sessionId, middle.sessionId]);
  });
});

describe("`claims`", () => {
  it("are asked at start and at every refresh, with the session as it is", async () => {
    const asked: Session[] = [];
    const { sessions, clock } = setUp({
      claims: async (session) => {
        asked.push(session);
        return { role: session.metadata.role, n: asked.length };
      },
    });
    const started = clock();
    const { refreshToken, sessionId, accessToken } = await sessions.start({
      subject: "ann",
      metadata: { role: "admin" },
    });
    clock.advance("1h");
    const next = await sessions.refresh(refreshToken);
    expect(claimsOf(clock, next.accessToken)).toMatchObject({ role: "admin", n: 2, sub: "ann", sid: sessionId });
    const session = {
      sessionId,
      subject: "ann",
      metadata: { role: "admin" },
      createdAt: started,
      lastRefreshedAt: started,
      idleExpiresAt: new Date(started.getTime() + 14 * 86_400_000),
      absoluteExpiresAt: new Date(started.getTime() + 90 * 86_400_000),
      binding: {},
    };
    expect(asked).toEqual([session, session]);
    expect(accessToken).not.toBe(next.accessToken);
  });

  it("that answer null end the session as denied", async () => {
    let banned = false;
    const { sessions, events } = setUp({ claims: () => (banned ? null : {}) });
    const { refreshToken, sessionId } = await sessions.start({ subject: "ann" });
    banned = true;
    const refused = { code: "SESSION_ENDED", reason: "denied", status: 401 };
    await expect(sessions.refresh(refreshToken)).rejects.toMatchObject(refused);
    expect(events.at(-1)).toEqual({ type: "ended", sessionId, subject: "ann", reason: "denied" });
    banned = false;
    await expect(sessions.refresh(refreshToken)).rejects.toMatchObject(refused);
  });

  it("that answer null at start start nothing", async () => {
    const { sessions, calls, events } = setUp({ claims: () => null });
    await expect(sessions.start({ subject: "ann" })).rejects.toMatchObject({ code: "SESSION_ENDED", reason: "denied" });
    expect(calls).toEqual({ readSubject: 1 });
    expect(events).toEqual([]);
  });

  it("that throw are heard as they are", async () => {
    const error = new RangeError("no such user table");
    const { sessions, calls } = setUp({
      claims: () => {
        throw error;
      },
    });
    await expect(sessions.start({ subject: "ann" })).rejects.toBe(error);
    expect(calls.create).toBeUndefined();
  });

  it.each(["iss", "aud", "exp", "nbf", "iat", "sub", "sid", "jti", "rv", "cnf"])("may not set %s", async (name) => {
    const { sessions, calls } = setUp({ claims: () => ({ [name]: "x" }) });
    await expect(sessions.start({ subject: "ann" })).rejects.toMatchObject({ code: "CONFIG" });
    expect(calls.create).toBeUndefined();
  });

  it.each([undefined, [], "text", 5, new Map()])("may not answer %j", async (answer) => {
    const { sessions, calls } = setUp({ claims: () => answer as never });
    await expect(sessions.start({ subject: "ann" })).rejects.toMatchObject({ code: "CONFIG" });
    expect(calls.create).toBeUndefined();
  });

  it("are not asked for a token that cannot succeed, and theft is found while they fail", async () => {
    let asked = 0;
    const { sessions, clock } = setUp({
      claims: () => {
        if (++asked > 2) throw new Error("down");
        return {};
      },
    });
    const { refreshToken } = await sessions.start({ subject: "ann" });
    await sessions.refresh(refreshToken);
    clock.advance("1m");
    await expect(sessions.refresh(refreshToken)).rejects.toMatchObject({ code: "REFRESH_REUSED" });
    await expect(sessions.refresh(refreshToken)).rejects.toMatchObject({ code: "SESSION_ENDED", reason: "reuse" });
    expect(asked).toBe(2);
  });

  it("that are slow do not carry a logout away: nothing is issued after it", async () => {
    const { sessions, events } = setUp({
      claims: async (session) => {
        if (events.length > 0) await sessions.endAll(session.subject);
        return {};
      },
    });
    const { refreshToken } = await sessions.start({ subject: "ann" });
    await expect(sessions.refresh(refreshToken)).rejects.toMatchObject({ code: "SESSION_ENDED", reason: "logout" });
  });
});

describe("a dump of the store", () => {
  it("holds nothing that could be used as a token, nor the secrets", async () => {
    const kept: unknown[] = [];
    const inner = memoryStore();
    const spy = new Proxy(inner, {
      get: (target, name: keyof typeof inner) => {
        const member: unknown = target[name];
        if (typeof member !== "function") return member;
        return async (...given: unknown[]) => {
          const answer: unknown = await member.apply(target, given);
          kept.push(given, answer);
          return answer;
        };
      },
    });
    const secret = randomBytes(32).toString("base64url");
    const { sessions } = setUp({ store: spy, refreshSecrets: [secret] });
    let tokens = await sessions.start({ subject: "ann" });
    const all = [tokens.refreshToken];
    for (let n = 0; n < 20; n++) {
      tokens = await sessions.refresh(tokens.refreshToken);
      all.push(tokens.refreshToken);
    }
    const dump = JSON.stringify(kept);
    expect(dump).not.toContain(secret);
    for (const token of all) {
      const bytes = Buffer.from(token, "base64url");
      const tokenSecret = bytes.subarray(38, 70);
      for (const encoding of ["base64url", "base64", "hex", "latin1"] as const) {
        expect(dump).not.toContain(tokenSecret.toString(encoding));
        expect(dump).not.toContain(bytes.subarray(70).toString(encoding));
      }
      expect(dump).not.toContain(token);
    }
  });
});
