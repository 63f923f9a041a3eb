/** What sessions refuse says what is wrong and which call it was, in words that hold no token, id or subject. */
import { describe, expect, it, test } from "vitest";
import { createSigner } from "../../src/jwt/signer.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { refusalOf, rejectionOf } from "../fixtures/refusals.ts";
import { key, OTHER_SECRET, SECRET, setUp } from "./sessions.ts";

const wrong = (value: unknown): never => value as never;
const creating = (changes: object) => (): unknown => setUp(changes as never);
const names = (call: string, list: string): string => `${call}: there is no option "x". The options are: ${list}`;
const text = (name: string): string => `\`binding.${name}\` must be text of 1 to 1024 bytes, without NUL`;

describe("createSessions says", () => {
  test.each<[string, () => unknown]>([
    ['option "idle" must be at most "absolute"', creating({ idle: "91d" })],
    ['option "attemptWindow" must be at least "grace"', creating({ grace: "5m", attemptWindow: "4m" })],
    ['option "maxReplayStreak" must be a whole number of at least 1', creating({ maxReplayStreak: 0 })],
    ['option "onRegressed" must be "end" or "heal"', creating({ onRegressed: "ignore" })],
    ['option "refreshSecrets" must be a list: [mint, ...accept]', creating({ refreshSecrets: "x".repeat(32) })],
    ['option "refreshSecrets" must be a list: [mint, ...accept]', creating({ refreshSecrets: SECRET })],
    ['option "refreshSecrets" names one secret twice', creating({ refreshSecrets: [SECRET, SECRET] })],
    ["a refresh secret is undefined. Is the environment variable set?", creating({ refreshSecrets: [undefined] })],
    ["a refresh secret must be text or bytes", creating({ refreshSecrets: [42] })],
    [
      'option "store" must be a session store: memoryStore(), sqliteStore(handle) …',
      creating({ store: { shards: 1 } }),
    ],
    [
      'option "signer" was made with `expiresIn: false`: give its access tokens minutes',
      creating({ signer: createSigner({ key, issuer: "https://auth.test", audience: false, expiresIn: false }) }),
    ],
    ['option "signer" must come from createSigner', creating({ signer: {} })],
  ])("%s", (message, run) => {
    expect(refusalOf(run)).toMatchObject({ code: "CONFIG", message: `createSessions: ${message}` });
  });

  it("which part of maxPerSubject is wrong", () => {
    const limit = (maxPerSubject: object): string => refusalOf(creating({ maxPerSubject })).message;
    const where = "createSessions: maxPerSubject";
    expect(limit({ count: 0, whenFull: "refuse" })).toBe(
      `${where}: option "count" must be a whole number of at least 1`,
    );
    expect(limit({ count: 1, whenFull: "x" })).toBe(`${where}: option "whenFull" must be "evict-oldest" or "refuse"`);
  });

  it("which duration is malformed", () => {
    for (const name of ["idle", "absolute", "grace", "attemptWindow"]) {
      expect(refusalOf(creating({ [name]: "x" })).message).toContain(`createSessions: option "${name}" `);
    }
  });
});

describe("a mistaken call hears", () => {
  const { sessions } = setUp();
  const replicated = setUp({ store: Object.assign(memoryStore(), { awaitReplicas: async () => 1 }) }).sessions;
  const id = "A".repeat(35);
  const start = (changes: object) => () => sessions.start({ subject: "ann", ...changes } as never);
  const refresh = (options: object) => async () =>
    sessions.refresh((await sessions.start({ subject: "ann" })).refreshToken, options as never);

  test.each<[string, () => Promise<unknown>]>([
    [names("start", "subject, metadata, binding, epoch"), start({ x: 1 })],
    ["start: the subject must be text of 1 to 1024 bytes, without NUL", start({ subject: "" })],
    ["start: `metadata` must be an object that JSON can carry", start({ metadata: [] })],
    ["start: `metadata` must be an object that JSON can carry", start({ metadata: { big: 1n } })],
    ["start: `metadata` must be at most 4096 bytes of JSON", start({ metadata: { x: "x".repeat(4089) } })],
    ["start: `binding` must name `jkt`, `clientId` or both", start({ binding: {} })],
    [names("start", "jkt, clientId"), start({ binding: { x: 1 } })],
    [`start: ${text("jkt")}`, start({ binding: { jkt: "" } })],
    [`start: ${text("clientId")}`, start({ binding: { clientId: "x".repeat(1025) } })],
    ['start: option "epoch" must be a whole number of at least 0', start({ epoch: -1 })],
    [names("refresh", "attempt, binding"), refresh({ x: 1 })],
    [names("refresh", "jkt, clientId"), refresh({ binding: { x: 1 } })],
    [`refresh: ${text("jkt")}`, refresh({ binding: { jkt: "a\0" } })],
    [names("end", "replicas, timeoutMs"), () => sessions.end(id, wrong({ x: 1 }))],
    ["end: this is not a session id", () => sessions.end("x")],
    ["find: this is not a session id", () => sessions.find("x")],
    [names("endByToken", "clientId"), () => sessions.endByToken("x", wrong({ x: 1 }))],
    [names("endAll", "except, replicas, timeoutMs"), () => sessions.endAll("ann", wrong({ x: 1 }))],
    ["endAll: except: this is not a session id", () => sessions.endAll("ann", { except: "x" })],
    ["endAll: the subject must be text of 1 to 1024 bytes, without NUL", () => sessions.endAll("")],
    [names("list", "limit, after"), () => sessions.list("ann", wrong({ x: 1 }))],
    ['list: option "limit" must be a whole number of at least 1', () => sessions.list("ann", { limit: 0 })],
    ['list: option "limit" must be at most 100', () => sessions.list("ann", { limit: 101 })],
    ["list: the subject must be text of 1 to 1024 bytes, without NUL", () => sessions.list("a\0")],
    ["`after` must be the `next` of the page before", () => sessions.list("ann", { after: wrong(1) })],
    ["epoch: the subject must be text of 1 to 1024 bytes, without NUL", () => sessions.epoch("")],
    ...["end", "endAll"].flatMap((call): [string, () => Promise<unknown>][] => {
      const ending =
        (options: object, on = replicated) =>
        () =>
          call === "end" ? on.end(id, options as never) : on.endAll("ann", options as never);
      return [
        [`${call}: this store has no replicas to ask: leave "replicas" out`, ending({ replicas: 1 }, sessions)],
        [`${call}: option "timeoutMs" is how long to wait for "replicas", which is missing`, ending({ timeoutMs: 1 })],
        [`${call}: option "replicas" must be a whole number of at least 1`, ending({ replicas: 0 })],
        [`${call}: option "timeoutMs" must be a whole number of at least 1`, ending({ replicas: 1, timeoutMs: 0 })],
      ];
    }),
  ])("%s", async (message, run) => {
    expect((await rejectionOf(run())).message).toBe(message);
  });

  it("which option is undefined, which would check nothing", async () => {
    const undefinedIn = async (promise: Promise<unknown>): Promise<string> =>
      (await rejectionOf(promise)).message.slice(0, "start: option".length + 30);
    expect(await undefinedIn(start({ epoch: undefined })())).toMatch(/^start: option "epoch" is undefined/);
    expect(await undefinedIn(start({ binding: { jkt: undefined, clientId: "c" } })())).toMatch(
      /^start: option "jkt" is undefined/,
    );
    expect(await undefinedIn(sessions.endByToken("x", wrong({ clientId: undefined })))).toMatch(
      /^endByToken: option "clientId" is undefined/,
    );
    expect(await undefinedIn(sessions.endAll("ann", wrong({ except: undefined })))).toMatch(
      /^endAll: option "except" is undefined/,
    );
  });

  it("that `claims` answered nothing", async () => {
    const { sessions: forgetful } = setUp({ claims: wrong(() => undefined) });
    const error = await rejectionOf(forgetful.start({ subject: "ann" }));
    expect(error).toMatchObject({
      code: "CONFIG",
      message: "createSessions: `claims` answered undefined: answer an object, or null to end",
    });
  });
});

describe("what fits exactly is taken", () => {
  test.each<[string, object]>([
    ["a subject of 1024 bytes", { subject: "é".repeat(512) }],
    ["metadata of 4096 bytes", { metadata: { x: "x".repeat(4088) } }],
    ["a binding of 1024 bytes", { binding: { clientId: "c".repeat(1024) } }],
  ])("%s", async (_what, input) => {
    const { sessionId } = await setUp().sessions.start({ subject: "ann", ...input });
    expect(sessionId).toHaveLength(35);
  });

  it("idle as long as absolute, and 65536 shards", () => {
    expect(() => setUp({ idle: "90d", absolute: "90d" })).not.toThrow();
    expect(() => setUp({ store: Object.assign(memoryStore(), { shards: 65_536 }) })).not.toThrow();
  });
});

describe("a refresh that is refused hears", () => {
  test.each<[string, (token: string, accessToken: string) => unknown]>([
    ["it is missing, or not text", () => undefined],
    ["it is missing, or not text", () => ""],
    ["this is a JWT, perhaps the access token; pass `refreshToken`", (_token, accessToken) => accessToken],
    ["it has another shape", (token) => token.slice(1)],
    ["it has another shape", (token) => `${token}A`],
    ["it has another shape", (token) => `rjt2${token.slice(4)}`],
    ["it is not base64url", (token) => `${token.slice(0, -1)}!`],
    ["it was changed, or not made here", (token) => `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`],
  ])("%s", async (problem, change) => {
    const { sessions } = setUp();
    const { refreshToken, accessToken } = await sessions.start({ subject: "ann" });
    const error = await rejectionOf(sessions.refresh(change(refreshToken, accessToken) as string));
    expect(error).toMatchObject({ code: "REFRESH_INVALID", message: `the refresh token is refused: ${problem}` });
  });

  it("that its secret is not configured, and how to deploy one", async () => {
    const { refreshToken } = await setUp({ refreshSecrets: [OTHER_SECRET] }).sessions.start({ subject: "ann" });
    const error = await rejectionOf(setUp().sessions.refresh(refreshToken));
    expect(error.message).toBe(
      "the refresh token was made with a secret that is not configured here. Deploy a new secret to every instance as " +
        "refreshSecrets: [old, new] before it mints, and keep an old one, as [new, old], for as long as `absolute`",
    );
  });

  it("that it was used already, then that the session is over, and why", async () => {
    const { sessions, clock } = setUp();
    const { refreshToken } = await sessions.start({ subject: "ann" });
    const next = await sessions.refresh(refreshToken);
    clock.advance("1h");
    expect((await rejectionOf(sessions.refresh(refreshToken))).message).toBe(
      "the refresh token was used already: two may hold it, and the session was ended",
    );
    expect(await rejectionOf(sessions.refresh(next.refreshToken))).toMatchObject({
      message: "the session is over (reuse): log in again",
      reason: "reuse",
    });
  });

  it("that the session is bound to another", async () => {
    const { sessions } = setUp();
    const { refreshToken } = await sessions.start({ subject: "ann", binding: { clientId: "shop" } });
    const other = { clientId: "other" };
    expect((await rejectionOf(sessions.refresh(refreshToken, { binding: other }))).message).toBe(
      "the session is bound to another key or client",
    );
    expect((await rejectionOf(sessions.endByToken(refreshToken, other))).message).toBe(
      "the session is bound to another client",
    );
  });

  test.each<[string, unknown]>([
    ["a number", 1],
    ["null", null],
    ["text", "attempt"],
    ["nothing in it", {}],
    ["both", { challenge: "A".repeat(43), verifier: "A".repeat(43) }],
    ["a challenge of 31 bytes", { challenge: Buffer.alloc(31).toString("base64url") }],
    ["a challenge of 33 bytes", { challenge: Buffer.alloc(33).toString("base64url") }],
    ["a verifier of 15 bytes", { verifier: Buffer.alloc(15).toString("base64url") }],
    ["a verifier of 65 bytes", { verifier: Buffer.alloc(65).toString("base64url") }],
    ["a verifier that is no text", { verifier: { length: 22 } }],
    ["a verifier that is not base64url", { verifier: "!".repeat(22) }],
  ])("what an attempt must hold: %s", async (_what, attempt) => {
    const { sessions } = setUp();
    const { refreshToken } = await sessions.start({ subject: "ann" });
    const error = await rejectionOf(sessions.refresh(refreshToken, { attempt: attempt as never }));
    expect(error).toMatchObject({
      code: "REQUEST_INVALID",
      message:
        "`attempt` must hold `challenge` (32 bytes, SHA-256 of the verifier) or `verifier` (16 to 64 bytes), as base64url",
    });
  });
});

describe("a start that is refused hears", () => {
  it("that the subject has its sessions, or was logged out, or was denied", async () => {
    const full = setUp({ maxPerSubject: { count: 1, whenFull: "refuse" } }).sessions;
    await full.start({ subject: "ann" });
    expect((await rejectionOf(full.start({ subject: "ann" }))).message).toBe(
      "the subject has as many sessions as it may have",
    );
    const { sessions } = setUp();
    const epoch = await sessions.epoch("ann");
    await sessions.endAll("ann");
    expect((await rejectionOf(sessions.start({ subject: "ann", epoch }))).message).toBe(
      "the subject was logged out everywhere while it logged in",
    );
    const denying = setUp({ claims: () => null }).sessions;
    expect((await rejectionOf(denying.start({ subject: "ann" }))).message).toBe(
      "`claims` denied the session, and it was not started",
    );
  });

  it("that the store did not answer", async () => {
    const store = Object.assign(memoryStore(), { create: async () => Promise.reject(new Error("down")) });
    expect((await rejectionOf(setUp({ store }).sessions.start({ subject: "ann" }))).message).toBe(
      "the session store did not answer; keep the token, and try again",
    );
  });
});

describe("an ending that replicas were to hold", () => {
  const asked: unknown[] = [];
  const holding = (held: unknown) => {
    asked.length = 0;
    const awaitReplicas = async (...given: unknown[]): Promise<number> => {
      asked.push(given);
      return held as number;
    };
    return setUp({ store: Object.assign(memoryStore(), { awaitReplicas }) }).sessions;
  };

  it("is done where as many hold it, and asks them no more than it was told", async () => {
    const sessions = holding(2);
    const { sessionId } = await sessions.start({ subject: "ann" });
    await sessions.end(sessionId);
    expect(asked).toEqual([]);
    await sessions.end(sessionId, { replicas: 2 });
    await sessions.endAll("ann", { replicas: 1, timeoutMs: 500 });
    expect(asked).toEqual([
      [0, { replicas: 2, timeoutMs: 2000 }],
      [0, { replicas: 1, timeoutMs: 500 }],
    ]);
  });

  it.each([1, undefined])("is an outage where %j of two do, and the session is over all the same", async (held) => {
    const sessions = holding(held);
    const { sessionId, refreshToken } = await sessions.start({ subject: "ann" });
    expect(await rejectionOf(sessions.end(sessionId, { replicas: 2 }))).toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: `ended, but only ${held ?? 0} of 2 replicas said so within 2000 ms: a failover may lose it. Try again`,
    });
    expect(await rejectionOf(sessions.refresh(refreshToken))).toMatchObject({ code: "SESSION_ENDED" });
  });
});
