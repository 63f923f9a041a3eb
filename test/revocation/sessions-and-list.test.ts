/** Sessions on a store that is its own feed: what ends a session ends its access tokens, in the same operation. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { isTokenError } from "../../src/errors.ts";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { createSigner } from "../../src/jwt/signer.ts";
import { createVerifier } from "../../src/jwt/verifier.ts";
import { createRevocationList } from "../../src/revocation/create-revocation-list.ts";
import type { RevocationList } from "../../src/revocation/revocation-list.ts";
import { revoke } from "../../src/revocation/revoke.ts";
import { createSessions } from "../../src/session/sessions.ts";
import type { Sessions, SessionsOptions } from "../../src/session/types.ts";
import type { SessionStore } from "../../src/store/contract.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { RevocationFeed } from "../../src/store/revocation-feed.ts";
import { sqliteStore } from "../../src/store/sqlite.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";

const issuer = "https://auth.example";
const key = secretKey("a secret of this test, of 32 bytes and more", { alg: "HS256" });

const folder = mkdtempSync(join(tmpdir(), "rejwt-revocation-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open: (RevocationList | { close(): unknown })[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

type FeedingStore = SessionStore & RevocationFeed;
let files = 0;

/** The store that sessions write to, and the feed that a verifier reads: for SQLite, as another process has it. */
const stores: Readonly<Record<string, (clock: () => Date) => Promise<[FeedingStore, RevocationFeed]>>> = {
  memory: async (clock) => {
    const store = memoryStore({ clock });
    return [store, store];
  },
  "SQLite, across connections": async (clock) => {
    const file = join(folder, `${files++}.db`);
    const handles = [new Database(file), new Database(file)] as const;
    open.push(...handles);
    const store = sqliteStore(handles[0], { clock });
    await store.migrate();
    return [store, sqliteStore(handles[1], { clock })];
  },
};

describe.each(Object.entries(stores))("%s", (_name, makeStores) => {
  async function make(options: Partial<SessionsOptions> = {}): Promise<{
    readonly sessions: Sessions;
    readonly feed: FeedingStore;
    readonly list: RevocationList;
    readonly clock: ReturnType<typeof manualClock>;
    verdict(accessToken: string): string;
    becomes(accessToken: string, verdict: string): Promise<void>;
  }> {
    const clock = manualClock("2026-05-01T12:00:00Z");
    const [store, feed] = await makeStores(clock);
    const signer = createSigner({ key, issuer, audience: false, expiresIn: "15m", clock });
    const sessions = createSessions({
      signer,
      store,
      refreshSecrets: ["another secret of this test, 32 bytes and more"],
      idle: "14d",
      absolute: "90d",
      clock,
      ...options,
    });
    const list = createRevocationList({ feed, bound: "5s", duringOutage: "reject", clock });
    open.push(list);
    expect(await list.ready()).toBe(true);
    const verifier = createVerifier({ keys: key, issuer, audience: false, clock, revocations: list });
    const verdict = (token: string): string => {
      const result = verifier.safeVerify(token);
      return result.ok ? "ok" : result.error.code;
    };
    const becomes = (token: string, wanted: string): Promise<void> =>
      vi.waitFor(() => expect(verdict(token)).toBe(wanted), { timeout: 3000, interval: 5 });
    return { sessions, feed: store, list, clock, verdict, becomes };
  }

  it("logging out one session refuses its access token, and no other's", async () => {
    const { sessions, verdict, becomes } = await make();
    const [one, other] = [await sessions.start({ subject: "user_42" }), await sessions.start({ subject: "user_42" })];
    expect([verdict(one.accessToken), verdict(other.accessToken)]).toEqual(["ok", "ok"]);
    await sessions.end(one.sessionId);
    await becomes(one.accessToken, "REVOKED");
    expect(verdict(other.accessToken)).toBe("ok");
  });

  it("logging out with the refresh token alone does too", async () => {
    const { sessions, becomes } = await make();
    const { accessToken, refreshToken } = await sessions.start({ subject: "user_42" });
    await sessions.endByToken(refreshToken);
    await becomes(accessToken, "REVOKED");
  });

  it("a stolen refresh token that is used late takes the access tokens of both along", async () => {
    const { sessions, clock, becomes } = await make();
    const first = await sessions.start({ subject: "user_42" });
    const second = await sessions.refresh(first.refreshToken);
    clock.advance(31);
    const code = await sessions.refresh(first.refreshToken).catch((error) => isTokenError(error) && error.code);
    expect(code).toBe("REFRESH_REUSED");
    await becomes(first.accessToken, "REVOKED");
    await becomes(second.accessToken, "REVOKED");
  });

  it("logging out everywhere refuses every token of the subject, and a login in the same second passes", async () => {
    const { sessions, verdict, becomes } = await make();
    const before = await sessions.start({ subject: "user_42" });
    const stranger = await sessions.start({ subject: "user_43" });
    await sessions.endAll("user_42");
    const after = await sessions.start({ subject: "user_42" });
    await becomes(before.accessToken, "REVOKED");
    expect([verdict(after.accessToken), verdict(stranger.accessToken)]).toEqual(["ok", "ok"]);
  });

  it("but for one: its older token is refused once, and it refreshes", async () => {
    const { sessions, verdict, becomes } = await make();
    const kept = await sessions.start({ subject: "user_42" });
    await sessions.endAll("user_42", { except: kept.sessionId });
    await becomes(kept.accessToken, "REVOKED");
    const { accessToken } = await sessions.refresh(kept.refreshToken);
    expect(verdict(accessToken)).toBe("ok");
  });

  it("ending everyone's sessions refuses everyone's tokens, and no later login's", async () => {
    const { sessions, verdict, becomes } = await make();
    const tokens = [await sessions.start({ subject: "user_42" }), await sessions.start({ subject: "user_43" })];
    await sessions.endEveryone();
    for (const { accessToken } of tokens) await becomes(accessToken, "REVOKED");
    expect(verdict((await sessions.start({ subject: "user_42" })).accessToken)).toBe("ok");
  });

  it("a session that a newer one pushes out, or that `claims` denies, is refused", async () => {
    let banned = false;
    const { sessions, becomes } = await make({
      maxPerSubject: { count: 1, whenFull: "evict-oldest" },
      claims: () => (banned ? null : {}),
    });
    const first = await sessions.start({ subject: "user_42" });
    const second = await sessions.start({ subject: "user_42" });
    await becomes(first.accessToken, "REVOKED");
    banned = true;
    await expect(sessions.refresh(second.refreshToken)).rejects.toMatchObject({ code: "SESSION_ENDED" });
    await becomes(second.accessToken, "REVOKED");
  });

  it("a slow `claims` stamps the time of the check, not of the signature, so that a revocation between wins", async () => {
    let release = (): void => {};
    let waits = false;
    const asked = vi.fn(() => (waits ? new Promise<object>((resolve) => (release = () => resolve({}))) : {}));
    const { sessions, clock, becomes } = await make({ claims: asked });
    const first = await sessions.start({ subject: "user_42" });
    waits = true;
    const refreshing = sessions.refresh(first.refreshToken).catch((error: unknown) => error);
    await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(2));
    clock.advance(41);
    await sessions.end(first.sessionId);
    release();
    expect(await refreshing).toMatchObject({ code: "SESSION_ENDED" });
    await becomes(first.accessToken, "REVOKED");
  });

  it("those who issue without sessions write for themselves, by token, subject or key", async () => {
    const { feed, clock, verdict, becomes } = await make();
    const signer = createSigner({ key, issuer, audience: false, expiresIn: "10m", clock });
    const exp = Math.floor(clock().getTime() / 1000) + 600;
    const [byId, bySubject, other] = ["a", "b", "c"].map((jti) => signer.sign({ sub: `user_${jti}`, jti })) as [
      string,
      string,
      string,
    ];
    await revoke(feed, { jti: "a", exp }, { tokenLife: "10m" });
    await becomes(byId, "REVOKED");
    await revoke(feed, { subject: "user_b" }, { tokenLife: "10m" });
    await becomes(bySubject, "REVOKED");
    expect(verdict(other)).toBe("ok");
    clock.advance(10);
    // News wakes the list, which is fresh again then.
    await revoke(feed, { kid: "another key" }, { tokenLife: "10m" });
    await becomes(signer.sign({ sub: "user_b" }), "ok");
  });

  it("a session that outlives such a word is vouched for anew at its next refresh", async () => {
    const { sessions, feed, clock, verdict, becomes } = await make();
    const first = await sessions.start({ subject: "user_42" });
    await revoke(feed, { subject: "user_42" }, { tokenLife: "15m" });
    await becomes(first.accessToken, "REVOKED");
    clock.advance(1);
    const { accessToken } = await sessions.refresh(first.refreshToken);
    expect(verdict(accessToken)).toBe("ok");
  });

  it("logging out what is over already writes nothing", async () => {
    const { sessions, feed, list } = await make();
    const { sessionId } = await sessions.start({ subject: "user_42" });
    await sessions.end(sessionId);
    await sessions.end(sessionId);
    const { cursor } = await feed.reader().snapshot(0);
    await vi.waitFor(() => expect(list.status().entries).toBe(1));
    expect(cursor.position).toBe(1);
  });
});

describe("revoke refuses what it could not keep its word about", () => {
  const feed = memoryStore({ maxTokenLife: "10m" });
  it.each<[string, unknown, unknown]>([
    ["a token without its end", { jti: "a" }, { tokenLife: "10m" }],
    ["an end that is no time", { jti: "a", exp: Number.NaN }, { tokenLife: "10m" }],
    ["two at once", { jti: "a", exp: 1, subject: "b" }, { tokenLife: "10m" }],
    ["nothing", {}, { tokenLife: "10m" }],
    ["an empty subject", { subject: "" }, { tokenLife: "10m" }],
    ["a subject that is too long", { subject: "s".repeat(1025) }, { tokenLife: "10m" }],
    ["everyone who is not", { everyone: false }, { tokenLife: "10m" }],
    ["an unknown member", { sub: "user_42" }, { tokenLife: "10m" }],
    ["no life of tokens", { subject: "a" }, {}],
    ["an undefined one", { subject: "a" }, { tokenLife: undefined }],
    ["tokens that live longer than entries are kept", { subject: "a" }, { tokenLife: "11m" }],
  ])("%s", async (_name, entry, options) => {
    await expect(revoke(feed, entry as never, options as never)).rejects.toMatchObject({ code: "CONFIG" });
  });

  it("what is no feed is CONFIG, and a feed that is down an outage", async () => {
    await expect(revoke({} as never, { subject: "a" }, { tokenLife: 1 })).rejects.toMatchObject({ code: "CONFIG" });
    const down = { ...feed, maxTokenLifeMs: 600_000, addRevocation: async () => Promise.reject(new Error("down")) };
    await expect(revoke(down as never, { subject: "a" }, { tokenLife: 1 })).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      retryable: true,
    });
  });

  it.each([0, -1, "10", undefined, Number.NaN])("a store whose tokens live %s", (maxTokenLife) => {
    expect(() => memoryStore({ maxTokenLife } as never)).toThrow(expect.objectContaining({ code: "CONFIG" }));
  });
});
