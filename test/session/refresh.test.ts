import { createHash, randomBytes } from "node:crypto";
import { channel } from "node:diagnostics_channel";
import { describe, expect, it, vi } from "vitest";
import { SESSION_MINT, type SessionMint } from "../../src/jwt/session-mint.ts";
import type { AsyncSigner } from "../../src/jwt/signer.ts";
import type { Attempt } from "../../src/session/attempt.ts";
import { createSessions } from "../../src/session/sessions.ts";
import type { Tokens } from "../../src/session/types.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { manualClock } from "../../src/testing/index.ts";
import { claimsOf, createTestSigner, OTHER_SECRET, SECRET, setUp } from "./sessions.ts";

const ann = { subject: "ann" };

function newAttempt(): { readonly first: Attempt; readonly retry: Attempt } {
  const verifier = randomBytes(32);
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  return { first: { challenge }, retry: { verifier: verifier.toString("base64url") } };
}

describe("a refresh token", () => {
  it("is exchanged for its successor and an access token", async () => {
    const { sessions, clock } = setUp();
    const started = await sessions.start(ann);
    clock.advance("15m");
    const next = await sessions.refresh(started.refreshToken);
    expect(next).toEqual({
      accessToken: expect.any(String) as string,
      refreshToken: expect.stringMatching(/^rjt1[\w-]{132}$/) as string,
      tokenType: "Bearer",
      expiresIn: 900,
      refreshExpiresIn: 14 * 86_400,
      sessionId: started.sessionId,
      outcome: "rotated",
    });
    expect(next.refreshToken).not.toBe(started.refreshToken);
    expect((await sessions.refresh(next.refreshToken)).outcome).toBe("rotated");
  });

  it("gets an access token that says whose session it is, and as of when", async () => {
    const { sessions, clock } = setUp();
    const started = await sessions.start(ann);
    clock.advance(90.25);
    const { accessToken } = await sessions.refresh(started.refreshToken);
    const t = clock().getTime() / 1000;
    expect(claimsOf(clock, accessToken)).toEqual({
      iss: "https://auth.test",
      aud: "https://api.test",
      sub: "ann",
      sid: started.sessionId,
      jti: expect.any(String) as string,
      iat: Math.floor(t),
      exp: Math.floor(t) + 900,
      rv: { t, s: 0, e: 0, shard: 0 },
    });
  });

  it("gets the same successor again within grace: a lost reply logs nobody out", async () => {
    const { sessions, clock } = setUp();
    const { refreshToken } = await sessions.start(ann);
    const first = await sessions.refresh(refreshToken);
    clock.advance("30s");
    const retry = await sessions.refresh(refreshToken);
    expect(retry.outcome).toBe("replayed");
    expect(retry.refreshToken).toBe(first.refreshToken);
    expect(retry.refreshExpiresIn).toBe(first.refreshExpiresIn - 30);
  });

  it("gets the same successor from 64 requests at once", async () => {
    const { sessions } = setUp();
    const { refreshToken } = await sessions.start(ann);
    const replies = await Promise.all(Array.from({ length: 64 }, () => sessions.refresh(refreshToken)));
    expect(replies.filter((reply) => reply.outcome === "rotated")).toHaveLength(1);
    expect(new Set(replies.map((reply) => reply.refreshToken)).size).toBe(1);
  });

  it("that is reused after grace ends its session, and neither copy refreshes again", async () => {
    const { sessions, clock } = setUp();
    const { refreshToken: stolen } = await sessions.start(ann);
    const { refreshToken } = await sessions.refresh(stolen);
    clock.advance("30s");
    clock.advance(0.001);
    await expect(sessions.refresh(stolen)).rejects.toMatchObject({ code: "REFRESH_REUSED", status: 401 });
    for (const token of [stolen, refreshToken]) {
      await expect(sessions.refresh(token)).rejects.toMatchObject({ code: "SESSION_ENDED", reason: "reuse" });
    }
  });

  it("of an older generation ends its session within grace too", async () => {
    const { sessions } = setUp();
    const first = await sessions.start(ann);
    const second = await sessions.refresh(first.refreshToken);
    await sessions.refresh(second.refreshToken);
    await expect(sessions.refresh(first.refreshToken)).rejects.toMatchObject({ code: "REFRESH_REUSED" });
  });

  it("has no grace where grace is zero, but for the same millisecond", async () => {
    const { sessions, clock } = setUp({ grace: 0 });
    const { refreshToken } = await sessions.start(ann);
    await sessions.refresh(refreshToken);
    expect((await sessions.refresh(refreshToken)).outcome).toBe("replayed");
    clock.advance(0.001);
    await expect(sessions.refresh(refreshToken)).rejects.toMatchObject({ code: "REFRESH_REUSED" });
  });

  it("expires after idle time, at the very millisecond", async () => {
    const { sessions, clock } = setUp();
    const { refreshToken } = await sessions.start(ann);
    clock.advance("14d");
    await expect(sessions.refresh(refreshToken)).rejects.toMatchObject({
      code: "SESSION_ENDED",
      reason: "idle",
      status: 401,
    });
  });

  it("expires for good after absolute time, however often it was used", async () => {
    const { sessions, clock } = setUp({ idle: "14d", absolute: "30d" });
    let tokens: Tokens = await sessions.start(ann);
    for (let days = 0; days < 30; days += 10) {
      expect(tokens.refreshExpiresIn).toBe(Math.min(14, 30 - days) * 86_400);
      clock.advance("10d");
      if (days < 20) tokens = await sessions.refresh(tokens.refreshToken);
    }
    await expect(sessions.refresh(tokens.refreshToken)).rejects.toMatchObject({
      code: "SESSION_ENDED",
      reason: "absolute",
    });
  });
});

describe("an attempt", () => {
  it("lets the client that won retry until the end of its window", async () => {
    const { sessions, clock } = setUp({ attemptWindow: "10m" });
    const { refreshToken } = await sessions.start(ann);
    const { first, retry } = newAttempt();
    const lost = await sessions.refresh(refreshToken, { attempt: first });
    clock.advance("10m");
    const again = await sessions.refresh(refreshToken, { attempt: retry });
    expect(again.refreshToken).toBe(lost.refreshToken);
    clock.advance(0.001);
    await expect(sessions.refresh(refreshToken, { attempt: retry })).rejects.toMatchObject({ code: "REFRESH_REUSED" });
  });

  it("helps nobody who copied the challenge, or made a verifier up", async () => {
    for (const attempt of [newAttempt().retry, undefined]) {
      const { sessions, clock } = setUp();
      const { refreshToken } = await sessions.start(ann);
      const { first } = newAttempt();
      await sessions.refresh(refreshToken, { attempt: first });
      clock.advance("31s");
      await expect(sessions.refresh(refreshToken, { attempt: attempt ?? first })).rejects.toMatchObject({
        code: "REFRESH_REUSED",
      });
    }
  });

  it("holds where the verifier itself came first, the request before it having been lost", async () => {
    const { sessions, clock } = setUp();
    const { refreshToken } = await sessions.start(ann);
    const { retry } = newAttempt();
    const won = await sessions.refresh(refreshToken, { attempt: retry });
    clock.advance("5m");
    expect((await sessions.refresh(refreshToken, { attempt: retry })).refreshToken).toBe(won.refreshToken);
  });

  it("of one session or generation is worth nothing in another", async () => {
    const { sessions, clock } = setUp();
    const { first, retry } = newAttempt();
    const a = await sessions.start(ann);
    const b = await sessions.refresh(a.refreshToken, { attempt: first });
    await sessions.refresh(b.refreshToken);
    clock.advance("31s");
    await expect(sessions.refresh(b.refreshToken, { attempt: retry })).rejects.toMatchObject({
      code: "REFRESH_REUSED",
    });
  });

  it.each([
    null,
    "text",
    {},
    { challenge: "" },
    { challenge: "AAAA" },
    { challenge: "A".repeat(42) },
    { challenge: `${"A".repeat(42)}B` },
    { challenge: `${"A".repeat(43)}=` },
    { challenge: 5 },
    { verifier: "AAAA" },
    { verifier: "!".repeat(43) },
    { verifier: "A".repeat(100) },
    { verifier: "A".repeat(1000) },
    { challenge: "A".repeat(43), verifier: "A".repeat(43) },
  ])("that is malformed (%j) is refused before the store is asked", async (attempt) => {
    const { sessions, calls } = setUp();
    const { refreshToken } = await sessions.start(ann);
    await expect(sessions.refresh(refreshToken, { attempt: attempt as Attempt })).rejects.toMatchObject({
      code: "REQUEST_INVALID",
      status: 400,
    });
    expect(calls.rotate).toBeUndefined();
  });
});

describe("a bound session", () => {
  it("refreshes for its key and client alone, and is not harmed by others", async () => {
    const { sessions, clock } = setUp();
    const binding = { jkt: "thumbprint", clientId: "web" };
    const started = await sessions.start({ ...ann, binding });
    expect(started.tokenType).toBe("DPoP");
    for (const other of [undefined, {}, { jkt: "another", clientId: "web" }, { jkt: "thumbprint" }]) {
      const options = other === undefined ? {} : { binding: other };
      await expect(sessions.refresh(started.refreshToken, options)).rejects.toMatchObject({
        code: "BINDING",
        status: 401,
      });
    }
    const next = await sessions.refresh(started.refreshToken, { binding });
    expect(next).toMatchObject({ outcome: "rotated", tokenType: "DPoP" });
    // A bearer verifier refuses it: it needs a proof.
    expect(() => claimsOf(clock, next.accessToken)).toThrow(
      expect.objectContaining({ code: "PROOF_REQUIRED" }) as Error,
    );
    const payload = JSON.parse(Buffer.from(next.accessToken.split(".")[1] ?? "", "base64url").toString()) as object;
    expect(payload).toMatchObject({ cnf: { jkt: "thumbprint" } });
  });

  it("to a client alone has plain bearer tokens", async () => {
    const { sessions, clock } = setUp();
    const { tokenType, accessToken } = await sessions.start({ ...ann, binding: { clientId: "web" } });
    expect(tokenType).toBe("Bearer");
    expect(claimsOf(clock, accessToken)).not.toHaveProperty("cnf");
  });

  it.each([{ jkt: "" }, { jkt: 5 }, { other: "x" }, "text", { clientId: "x".repeat(1025) }, { clientId: "a\0b" }])(
    "is CONFIG for what cannot bind: %j",
    async (binding) => {
      const { sessions } = setUp();
      const { refreshToken } = await sessions.start(ann);
      const wrong = { binding: binding as never };
      await expect(sessions.refresh(refreshToken, wrong)).rejects.toMatchObject({ code: "CONFIG" });
      await expect(sessions.start({ ...ann, ...wrong })).rejects.toMatchObject({ code: "CONFIG" });
    },
  );

  it.each([{}, undefined, { jkt: undefined }, { jkt: "x", clientId: undefined }])(
    "is CONFIG where it would be bound to nothing: %j",
    async (binding) => {
      const { sessions, calls } = setUp();
      await expect(sessions.start({ ...ann, binding: binding as never })).rejects.toMatchObject({ code: "CONFIG" });
      expect(calls).toEqual({});
    },
  );
});

describe("refresh secrets", () => {
  const at = (...refreshSecrets: [Uint8Array, ...Uint8Array[]]) => ({ refreshSecrets });

  it("are rotated mid-window: the old token is accepted, the new secret mints, a retry gets the same", async () => {
    const { sessions: old, store, clock } = setUp(at(SECRET));
    const mixed = setUp({ ...at(OTHER_SECRET, SECRET), store }).sessions;
    const { refreshToken } = await old.start(ann);
    const first = await mixed.refresh(refreshToken);
    const retry = await mixed.refresh(refreshToken);
    expect(retry.refreshToken).toBe(first.refreshToken);
    clock.advance("1h");
    expect((await mixed.refresh(first.refreshToken)).outcome).toBe("rotated");
  });

  it("may mint in either order during a deployment, and all instances answer the same successor", async () => {
    const { sessions: before, store } = setUp(at(SECRET, OTHER_SECRET));
    const after = setUp({ ...at(OTHER_SECRET, SECRET), store }).sessions;
    const { refreshToken } = await before.start(ann);
    const winner = await after.refresh(refreshToken);
    expect((await before.refresh(refreshToken)).refreshToken).toBe(winner.refreshToken);
  });

  it("that are not configured here are an outage, never the token's fault, and the store is not asked", async () => {
    const { sessions: old, store } = setUp(at(SECRET));
    const { sessions: dropped, calls } = setUp({ ...at(OTHER_SECRET), store });
    const { refreshToken } = await old.start(ann);
    const refused = dropped.refresh(refreshToken);
    await expect(refused).rejects.toMatchObject({ code: "KEYS_UNAVAILABLE", status: 503, retryable: true });
    await expect(refused).rejects.toThrow(/refreshSecrets: \[old, new\]/);
    expect(calls).toEqual({});
    expect((await old.refresh(refreshToken)).outcome).toBe("rotated");
  });

  it("that made the successor and are not configured here are an outage too, and the retry succeeds elsewhere", async () => {
    const { sessions: old, store } = setUp(at(SECRET));
    const next = setUp({ ...at(OTHER_SECRET, SECRET), store }).sessions;
    const { refreshToken } = await old.start(ann);
    const winner = await next.refresh(refreshToken);
    await expect(old.refresh(refreshToken)).rejects.toMatchObject({ code: "KEYS_UNAVAILABLE" });
    expect((await next.refresh(refreshToken)).refreshToken).toBe(winner.refreshToken);
  });
});

describe("what no configured secret made", () => {
  it("is refused without asking the store", async () => {
    const { sessions, calls, clock } = setUp();
    const { refreshToken, accessToken } = await sessions.start(ann);
    const bytes = Buffer.from(refreshToken, "base64url");
    const wrong: unknown[] = [
      undefined,
      null,
      42,
      {},
      "",
      "garbage",
      accessToken,
      refreshToken.slice(1),
      `${refreshToken}A`,
      `${refreshToken} `,
      `!${refreshToken.slice(1)}`,
      `${refreshToken.slice(0, 60)}=${refreshToken.slice(61)}`,
      `rjt2${refreshToken.slice(4)}`,
    ];
    // One bit anywhere after the key id: session, generation, secret, MAC.
    for (const at of [7, 9, 20, 33, 37, 38, 69, 70, 101]) {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ 1;
      wrong.push(copy.toString("base64url"));
    }
    calls.create = 0;
    for (const token of wrong) {
      await expect(sessions.refresh(token as string)).rejects.toMatchObject({ code: "REFRESH_INVALID", status: 401 });
      await expect(sessions.endByToken(token as string)).resolves.toBeUndefined();
    }
    expect(calls).toEqual({ create: 0 });
    clock.advance("1s");
    expect((await sessions.refresh(refreshToken)).outcome).toBe("rotated");
  });

  it("is named where it is an access token by mistake", async () => {
    const { sessions } = setUp();
    const { accessToken } = await sessions.start(ann);
    await expect(sessions.refresh(accessToken)).rejects.toThrow(/this is a JWT/);
  });

  it("is told nothing about: no message holds any of it", async () => {
    const { sessions, clock } = setUp();
    const { refreshToken } = await sessions.start(ann);
    await sessions.refresh(refreshToken);
    clock.advance("1h");
    for (const token of [
      refreshToken,
      refreshToken,
      `${refreshToken.slice(0, -1)}${refreshToken.endsWith("A") ? "B" : "A"}`,
    ]) {
      const error: unknown = await sessions.refresh(token).catch((reason: unknown) => reason);
      expect(String((error as Error).message)).not.toContain(refreshToken.slice(50, 70));
      expect(JSON.stringify(error)).not.toContain(refreshToken.slice(50, 70));
    }
  });

  it("is CONFIG where the options are wrong", async () => {
    const { sessions } = setUp();
    const { refreshToken } = await sessions.start(ann);
    await expect(sessions.refresh(refreshToken, { attemt: {} } as never)).rejects.toMatchObject({ code: "CONFIG" });
    await expect(sessions.refresh(refreshToken, null as never)).rejects.toMatchObject({ code: "CONFIG" });
  });
});

describe("store calls", () => {
  it("are one a rotation, and one a start", async () => {
    const { sessions, calls } = setUp();
    const { refreshToken } = await sessions.start(ann);
    const next = await sessions.refresh(refreshToken);
    await sessions.refresh(refreshToken);
    await sessions.refresh(next.refreshToken);
    expect(calls).toEqual({ create: 1, rotate: 3 });
  });

  it("are two with `claims`", async () => {
    const { sessions, calls } = setUp({ claims: () => ({ role: "admin" }) });
    const { refreshToken } = await sessions.start(ann);
    await sessions.refresh(refreshToken);
    expect(calls).toEqual({ readSubject: 1, create: 1, read: 1, rotate: 1 });
  });

  it("are two where the signature has to be waited for", async () => {
    const clock = manualClock("2026-05-01T12:00:00Z");
    const signer = slowSigner(clock, async () => {});
    const { sessions, calls } = setUp({ signer, store: memoryStore({ clock }) });
    const { refreshToken, accessToken } = await sessions.start(ann);
    expect(claimsOf(clock, accessToken)).toMatchObject({ sub: "ann" });
    expect((await sessions.refresh(refreshToken)).outcome).toBe("rotated");
    expect(calls).toEqual({ readSubject: 1, create: 1, read: 1, rotate: 1 });
  });

  it("sweep at most once a minute, and never fail an operation", async () => {
    const store = memoryStore();
    vi.spyOn(store, "sweep").mockRejectedValue(new Error("down"));
    const { sessions, calls, clock } = setUp({ store });
    await sessions.start(ann);
    clock.advance("59s");
    await sessions.start(ann);
    expect(calls.sweep).toBeUndefined();
    clock.advance("1s");
    const { refreshToken } = await sessions.start(ann);
    await sessions.refresh(refreshToken);
    expect(calls.sweep).toBe(1);
    clock.advance("1m");
    await sessions.refresh(refreshToken);
    expect(calls.sweep).toBe(2);
  });
});

/** A signer whose key is elsewhere: each signature waits for `before`. */
function slowSigner(clock: ReturnType<typeof manualClock>, before: () => Promise<void>): AsyncSigner {
  const local = createTestSigner(clock);
  const mint = (local as unknown as { readonly [SESSION_MINT]: SessionMint })[SESSION_MINT];
  const slow: SessionMint = {
    ...mint,
    synchronous: false,
    sign: () => {
      throw new Error("must not be called");
    },
    signAsync: async (...given) => {
      await before();
      return mint.signAsync(...given);
    },
  };
  return { signAsync: local.signAsync, [SESSION_MINT]: slow } as unknown as AsyncSigner;
}

describe("nothing that can fail follows the commit", () => {
  it("so a signer that fails rotates nothing, and starts nothing", async () => {
    const clock = manualClock("2026-05-01T12:00:00Z");
    let failing = false;
    const signer = slowSigner(clock, async () => {
      if (failing) throw new Error("the key service is down");
    });
    const { sessions, calls } = setUp({ signer, store: memoryStore({ clock }) });
    const { refreshToken } = await sessions.start(ann);
    failing = true;
    await expect(sessions.refresh(refreshToken)).rejects.toThrow("the key service is down");
    await expect(sessions.start(ann)).rejects.toThrow("the key service is down");
    expect(calls).toMatchObject({ create: 1 });
    expect(calls.rotate).toBeUndefined();
    failing = false;
    clock.advance("1h");
    expect((await sessions.refresh(refreshToken)).outcome).toBe("rotated");
  });

  it("so a signer that is not ready is asked before the commit", async () => {
    const clock = manualClock("2026-05-01T12:00:00Z");
    const local = createTestSigner(clock);
    const mint = (local as unknown as { readonly [SESSION_MINT]: SessionMint })[SESSION_MINT];
    let ready = true;
    const checkReady = () => {
      if (!ready) throw new Error("no key is due");
    };
    const signer = { [SESSION_MINT]: { ...mint, checkReady } } as unknown as AsyncSigner;
    const { sessions, calls } = setUp({ signer, store: memoryStore({ clock }) });
    const { refreshToken } = await sessions.start(ann);
    ready = false;
    await expect(sessions.refresh(refreshToken)).rejects.toThrow("no key is due");
    await expect(sessions.start(ann)).rejects.toThrow("no key is due");
    expect(calls).toEqual({ create: 1 });
  });

  it("so `claims` may fail for longer than the window, and nobody is logged out", async () => {
    let failing = false;
    const { sessions, clock } = setUp({
      claims: () => {
        if (failing) throw new RangeError("the user table is down");
        return {};
      },
    });
    const { refreshToken } = await sessions.start(ann);
    failing = true;
    for (let minutes = 0; minutes < 60; minutes += 10) {
      clock.advance("10m");
      await expect(sessions.refresh(refreshToken)).rejects.toThrow(RangeError);
    }
    failing = false;
    expect((await sessions.refresh(refreshToken)).outcome).toBe("rotated");
  });

  it("and a reply that was lost after the commit is asked for again", async () => {
    const { sessions, store } = setUp();
    const { refreshToken } = await sessions.start(ann);
    const crashing = { ...store, shards: 1, "~store": "session" as const };
    crashing.rotate = async (command) => {
      await store.rotate(command);
      throw new Error("the process died");
    };
    const { sessions: other } = setUp({ store: crashing });
    await expect(other.refresh(refreshToken)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect((await sessions.refresh(refreshToken)).outcome).toBe("replayed");
  });

  it("and a signature that took long is said to last less", async () => {
    const clock = manualClock("2026-05-01T12:00:00Z");
    const signer = slowSigner(clock, async () => clock.advance("10s"));
    const sessions = createSessions({
      signer,
      store: memoryStore({ clock }),
      refreshSecrets: [SECRET],
      idle: "14d",
      absolute: "90d",
      clock,
    });
    const { refreshToken, expiresIn } = await sessions.start(ann);
    expect(expiresIn).toBe(890);
    expect((await sessions.refresh(refreshToken)).expiresIn).toBe(890);
  });

  it("and the token is stamped with the time of the reading, not of the commit", async () => {
    const clock = manualClock("2026-05-01T12:00:00Z");
    const signer = slowSigner(clock, async () => clock.advance("10s"));
    const sessions = createSessions({
      signer,
      store: memoryStore({ clock }),
      refreshSecrets: [SECRET],
      idle: "14d",
      absolute: "90d",
      clock,
    });
    const { refreshToken } = await sessions.start(ann);
    const read = clock().getTime() / 1000;
    const { accessToken } = await sessions.refresh(refreshToken);
    expect(claimsOf(clock, accessToken)).toMatchObject({ iat: read, rv: { t: read } });
  });
});

describe("a store that cannot answer", () => {
  it("is an outage with its cause: clients keep their tokens", async () => {
    const { sessions, store } = setUp();
    const { refreshToken, sessionId } = await sessions.start(ann);
    const cause = new Error("ECONNREFUSED");
    for (const name of ["rotate", "create", "list", "endFamily", "bumpSubject", "readSubject"] as const) {
      vi.spyOn(store, name).mockRejectedValue(cause);
    }
    const calls = [
      sessions.refresh(refreshToken),
      sessions.start(ann),
      sessions.list("ann"),
      sessions.end(sessionId),
      sessions.endByToken(refreshToken),
      sessions.endAll("ann"),
      sessions.epoch("ann"),
    ];
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", status: 503, retryable: true, cause });
    }
    vi.restoreAllMocks();
    expect((await sessions.refresh(refreshToken)).outcome).toBe("rotated");
  });

  it("is one too where it throws instead of rejecting", async () => {
    const { sessions, store } = setUp();
    vi.spyOn(store, "create").mockImplementation(() => {
      throw new Error("not even a promise");
    });
    await expect(sessions.start(ann)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });

  it("is one too where its reading is older than its verdict, and the retry gets the successor", async () => {
    const { sessions, store } = setUp({ claims: () => ({}) });
    const { refreshToken } = await sessions.start(ann);
    const read = vi.spyOn(store, "read").mockResolvedValue(undefined);
    await expect(sessions.refresh(refreshToken)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    read.mockRestore();
    expect((await sessions.refresh(refreshToken)).outcome).toBe("replayed");
  });
});

describe("a store that lost writes", () => {
  it("ends the session as regressed, which is not theft", async () => {
    const { sessions, store, events } = setUp();
    const { refreshToken, sessionId } = await sessions.start(ann);
    const next = await sessions.refresh(refreshToken);
    const { family } = (await store.read(sessionId)) ?? {};
    const restored = { ...store, shards: 1, "~store": "session" as const };
    expect(family?.generation).toBe(1);
    restored.rotate = async (command) => store.rotate({ ...command, generation: command.generation + 1 });
    const { sessions: other, events: told } = setUp({ store: restored });
    await expect(other.refresh(next.refreshToken)).rejects.toMatchObject({
      code: "SESSION_ENDED",
      reason: "regressed",
    });
    expect(told.map((event) => event.type)).toEqual(["ended"]);
    await expect(sessions.refresh(next.refreshToken)).rejects.toMatchObject({
      code: "SESSION_ENDED",
      reason: "regressed",
    });
    expect(events.at(-1)).toMatchObject({ type: "refused", reason: "regressed" });
  });
});

describe("events", () => {
  it("tell every outcome once, without any token", async () => {
    const { sessions, events, clock } = setUp();
    const heard: unknown[] = [];
    const listener = (message: unknown) => heard.push(message);
    channel("rejwt:session").subscribe(listener);
    const { refreshToken, sessionId } = await sessions.start({ ...ann, binding: { clientId: "web" } });
    const options = { binding: { clientId: "web" } };
    await sessions.refresh(refreshToken, options);
    await sessions.refresh(refreshToken, options);
    await expect(sessions.refresh(refreshToken)).rejects.toMatchObject({ code: "BINDING" });
    clock.advance("1m");
    await expect(sessions.refresh(refreshToken, options)).rejects.toMatchObject({ code: "REFRESH_REUSED" });
    await expect(sessions.refresh(refreshToken, options)).rejects.toMatchObject({ code: "SESSION_ENDED" });
    channel("rejwt:session").unsubscribe(listener);
    const who = { sessionId, subject: "ann" };
    expect(events).toEqual([
      { type: "started", ...who, generation: 0 },
      { type: "rotated", ...who, generation: 1, replayStreak: 0 },
      { type: "replayed", ...who, generation: 1, replayStreak: 0 },
      { type: "refused", ...who, reason: "binding" },
      { type: "reused", ...who, generation: 1, presented: 0 },
      { type: "ended", ...who, reason: "reuse" },
      { type: "refused", ...who, reason: "reuse" },
    ]);
    expect(heard).toEqual(events);
    expect(events.every((event) => Object.isFrozen(event))).toBe(true);
  });

  it("tell of a session that has no record any more", async () => {
    const { sessions, events } = setUp();
    const { refreshToken, sessionId } = await sessions.start(ann);
    const { sessions: other, events: told } = setUp();
    await expect(other.refresh(refreshToken)).rejects.toMatchObject({ code: "SESSION_ENDED", reason: "unknown" });
    expect(told).toEqual([{ type: "refused", sessionId, subject: undefined, reason: "unknown" }]);
    expect(events).toHaveLength(1);
  });

  it("show a streak of unexplained replays, and end the session where that was asked for", async () => {
    const { sessions, events } = setUp({ maxReplayStreak: 2 });
    let { refreshToken } = await sessions.start(ann);
    for (const streak of [0, 1]) {
      const next = await sessions.refresh(refreshToken);
      await sessions.refresh(refreshToken);
      expect(events.at(-1)).toMatchObject({ type: "replayed", replayStreak: streak });
      refreshToken = next.refreshToken;
    }
    await expect(sessions.refresh(refreshToken)).rejects.toMatchObject({ code: "REFRESH_REUSED" });
  });

  it.each([
    [
      "throws",
      () => {
        throw new TypeError("a bug");
      },
    ],
    [
      "rejects",
      async () => {
        throw new TypeError("a bug");
      },
    ],
    [
      "throws what is no error",
      () => {
        throw "a bug";
      },
    ],
  ])("change no outcome where the listener %s", async (_, onEvent) => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const { sessions } = setUp({ onEvent });
    const { refreshToken } = await sessions.start(ann);
    expect((await sessions.refresh(refreshToken)).outcome).toBe("rotated");
    expect(warn).toHaveBeenCalledWith(
      expect.stringMatching(/threw \((TypeError|string)\)/),
      expect.objectContaining({ code: "REJWT_LISTENER" }),
    );
    warn.mockRestore();
  });

  it("are not needed", async () => {
    const clock = manualClock("2026-05-01T12:00:00Z");
    const sessions = createSessions({
      signer: createTestSigner(clock),
      store: memoryStore(),
      refreshSecrets: [SECRET],
      idle: "14d",
      absolute: "90d",
    });
    await expect(sessions.start(ann)).resolves.toMatchObject({ tokenType: "Bearer" });
  });
});
