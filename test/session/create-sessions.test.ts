import { describe, expect, it } from "vitest";
import { createSigner } from "../../src/jwt/signer.ts";
import { createSessions } from "../../src/session/sessions.ts";
import type { SessionsOptions } from "../../src/session/types.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { manualClock } from "../../src/testing/index.ts";
import { createTestSigner, key, SECRET, setUp } from "./sessions.ts";

const clock = manualClock("2026-05-01T12:00:00Z");
const good: SessionsOptions = {
  signer: createTestSigner(clock),
  store: memoryStore(),
  refreshSecrets: [SECRET],
  idle: "14d",
  absolute: "90d",
};

function creating(changes: Readonly<Record<string, unknown>>): () => unknown {
  return () => createSessions({ ...good, ...changes } as SessionsOptions);
}

function code(expected: string, message?: RegExp): Error {
  const fields = message === undefined ? {} : { message: expect.stringMatching(message) as string };
  return expect.objectContaining({ code: expected, ...fields }) as Error;
}

describe("createSessions", () => {
  it("answers a frozen object", () => {
    expect(Object.isFrozen(createSessions(good))).toBe(true);
  });

  it.each(["signer", "store", "refreshSecrets", "idle", "absolute"])("needs %s", (name) => {
    const { [name as "idle"]: _, ...others } = good;
    expect(() => createSessions(others as SessionsOptions)).toThrow(
      code("CONFIG", new RegExp(name === "refreshSecrets" ? "refreshSecrets" : name)),
    );
    expect(creating({ [name]: undefined })).toThrow(code("CONFIG", new RegExp(name)));
  });

  it.each(["grace", "attemptWindow", "onRegressed", "maxReplayStreak", "maxPerSubject", "claims"])(
    "refuses an undefined %s, which would check nothing",
    (name) => {
      expect(creating({ [name]: undefined })).toThrow(code("CONFIG", /undefined/));
    },
  );

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ["an unknown option", { graze: "30s" }],
    ["a duration without a unit", { idle: "14" }],
    ["a negative duration", { grace: -1 }],
    ["no idle time", { idle: 0 }],
    ["no absolute time", { absolute: 0 }],
    ["idle beyond absolute", { idle: "91d" }],
    ["an attempt window within grace", { grace: "5m", attemptWindow: "4m" }],
    ["another onRegressed", { onRegressed: "ignore" }],
    ["a streak of none", { maxReplayStreak: 0 }],
    ["a streak of a half", { maxReplayStreak: 1.5 }],
    ["a limit that is a number", { maxPerSubject: 3 }],
    ["a limit of none", { maxPerSubject: { count: 0, whenFull: "refuse" } }],
    ["a limit without whenFull", { maxPerSubject: { count: 3 } }],
    ["a limit with more", { maxPerSubject: { count: 3, whenFull: "refuse", per: "device" } }],
    ["claims that are no function", { claims: { role: "admin" } }],
    ["a listener that is no function", { onEvent: "log" }],
    ["a clock that is a number", { clock: 1_777_000_000 }],
    ["a broken clock", { clock: () => new Date(Number.NaN) }],
    ["a store that is none", { store: {} }],
    ["a store that is null", { store: null }],
    ["a store with no shards", { store: { "~store": "session", shards: 0 } }],
    ["a store with too many shards", { store: { "~store": "session", shards: 65_537 } }],
    ["a signer of one's own", { signer: { signAsync: async () => "" } }],
    ["no secret", { refreshSecrets: [] }],
    ["a secret outside a list", { refreshSecrets: "x".repeat(32) }],
    ["bytes outside a list", { refreshSecrets: SECRET }],
    ["an undefined secret", { refreshSecrets: [undefined] }],
    ["a secret that is a number", { refreshSecrets: [42] }],
    ["one secret twice", { refreshSecrets: [SECRET, new Uint8Array(SECRET)] }],
  ])("refuses %s", (_, changes) => {
    expect(creating(changes)).toThrow(code("CONFIG"));
  });

  it("refuses a signer whose tokens never expire", () => {
    const signer = createSigner({ key, issuer: "https://auth.test", audience: false, expiresIn: false });
    expect(creating({ signer })).toThrow(code("CONFIG", /expiresIn: false/));
  });

  it("refuses a short secret, and one that everybody knows", () => {
    expect(creating({ refreshSecrets: ["x".repeat(31)] })).toThrow(code("KEY_WEAK"));
    expect(creating({ refreshSecrets: [SECRET, "short"] })).toThrow(code("KEY_WEAK"));
    const pem = `-----BEGIN PUBLIC KEY-----\n${"A".repeat(80)}\n-----END PUBLIC KEY-----`;
    expect(creating({ refreshSecrets: [pem] })).toThrow(code("KEY_INVALID"));
    expect(creating({ refreshSecrets: [`{"kty":"oct","k":"${"A".repeat(43)}"}`] })).toThrow(code("KEY_INVALID"));
  });

  it("takes text and its bytes for the same secret", async () => {
    const text = "ünïcödé, at least thirty-two bytes of it";
    const { sessions, store } = setUp({ refreshSecrets: [text] });
    const other = setUp({ refreshSecrets: [new TextEncoder().encode(text)], store }).sessions;
    const { refreshToken } = await sessions.start({ subject: "ann" });
    expect((await other.refresh(refreshToken)).outcome).toBe("rotated");
  });

  it("keeps the secrets where printing finds none of them", async () => {
    const { readRefreshSecrets } = await import("../../src/session/refresh-secrets.ts");
    const { inspect } = await import("node:util");
    const secret = "a refresh secret of thirty-two bytes and more";
    const printed = inspect(readRefreshSecrets([secret]), { depth: 9, showHidden: true });
    expect(printed).not.toContain(secret);
    expect(printed).not.toMatch(/Buffer|Uint8Array|KeyObject/);
  });

  it("takes durations as seconds, and keeps to the millisecond", async () => {
    const { sessions, clock: moved } = setUp({ idle: 1.5, absolute: 60, grace: 0 });
    const { refreshToken } = await sessions.start({ subject: "ann" });
    moved.advance(1.499);
    const next = await sessions.refresh(refreshToken);
    moved.advance(1.5);
    await expect(sessions.refresh(next.refreshToken)).rejects.toMatchObject({ reason: "idle" });
  });

  it("gives a winner's verifier as long as grace where grace is the longer", async () => {
    const { sessions, clock: moved } = setUp({ grace: "20m" });
    const { refreshToken } = await sessions.start({ subject: "ann" });
    await sessions.refresh(refreshToken);
    moved.advance("20m");
    expect((await sessions.refresh(refreshToken)).outcome).toBe("replayed");
  });

  it("heals one lost rotation where that was asked for", async () => {
    const store = memoryStore();
    const { sessions } = setUp({ store });
    const { refreshToken } = await sessions.start({ subject: "ann" });
    const forgetful = Object.assign(Object.create(store) as typeof store, {
      // The store acknowledges the first rotation and loses it.
      rotate: async (command: Parameters<typeof store.rotate>[0]) => {
        const { family } = (await store.read(command.sessionId)) ?? {};
        const next = { ...family, generation: 1, salt: command.proposal.salt, keyId: command.proposal.keyId };
        return { outcome: "rotated", nowMs: 0, family: next } as never;
      },
    });
    for (const name of ["create", "endFamily"] as const) forgetful[name] = store[name].bind(store) as never;
    const { refreshToken: lost } = await setUp({ store: forgetful }).sessions.refresh(refreshToken);
    expect((await setUp({ store, onRegressed: "heal" }).sessions.refresh(lost)).outcome).toBe("rotated");
    await expect(setUp({ store }).sessions.refresh(refreshToken)).rejects.toMatchObject({ code: "REFRESH_REUSED" });
  });
});
