/** What revocation refuses says what is wrong and which call it was, in words that hold no token, id or subject. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, describe, expect, it, test, vi } from "vitest";
import { tokenError } from "../../src/errors.ts";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { signJws } from "../../src/jws/sign.ts";
import { createVerifier } from "../../src/jwt/verifier.ts";
import { createRevocationList, type RevocationListOptions } from "../../src/revocation/create-revocation-list.ts";
import { createEmit, type RevocationEvent, tell } from "../../src/revocation/events.ts";
import { type HttpFeedOptions, httpFeed } from "../../src/revocation/http-feed.ts";
import type { RevocationList } from "../../src/revocation/revocation-list.ts";
import { revoke } from "../../src/revocation/revoke.ts";
import type { RevocationRequest } from "../../src/store/revocation-feed.ts";
import { refusalOf, rejectionOf } from "../fixtures/refusals.ts";
import { ScriptedFeed, START_MS, sessionEntry, snapshot } from "./scripted-feed.ts";

const key = secretKey("a secret of this test, of 32 bytes and more", { alg: "HS256", kid: "key 1" });
const issuer = "https://auth.example";
const START = START_MS / 1000;
const noOption = (list: string): string => `there is no option "x". The options are: ${list}`;
const isUndefined = (name: string): string => `option "${name}" is undefined. Is its environment variable set?`;
const duration = (name: string, least: string, got: string): string =>
  `option "${name}" must be ${least}: seconds as a number, or text with a unit like "15m", got ${got}`;

const lists: RevocationList[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(lists.splice(0).map((list) => list.close()));
});

function listOf(changes: Partial<RevocationListOptions> = {}): { feed: ScriptedFeed; list: RevocationList } {
  const feed = new ScriptedFeed();
  const list = createRevocationList({ feed, bound: 5, duringOutage: "reject", ...changes });
  lists.push(list);
  return { feed, list };
}

describe("createRevocationList says", () => {
  const isNoFeed = 'option "feed" must be a revocation feed: memoryStore(), redisFeed(client) …';
  const outage = 'option "duringOutage" must be "reject" or { acceptFor: duration }';

  test.each<[string, object]>([
    [noOption("feed, bound, duringOutage, clock, onEvent"), { x: 1 }],
    [isUndefined("feed"), { feed: undefined }],
    [isUndefined("bound"), { bound: undefined }],
    [isUndefined("duringOutage"), { duringOutage: undefined }],
    [isUndefined("onEvent"), { onEvent: undefined }],
    [isNoFeed, { feed: null }],
    [isNoFeed, { feed: { "~feed": true } }],
    [isNoFeed, { feed: { reader: () => undefined } }],
    ['option "clock" must be a function', { clock: 5 }],
    ['option "onEvent" must be a function', { onEvent: "log" }],
    [duration("bound", "more than zero", "0"), { bound: 0 }],
    [outage, { duringOutage: "accept" }],
    [outage, { duringOutage: null }],
    [outage, { duringOutage: 5 }],
    [duration("duringOutage.acceptFor", "zero or more", '"5"'), { duringOutage: { acceptFor: "5" } }],
    ['option "duringOutage.acceptFor" must not be less than "bound"', { duringOutage: { acceptFor: 4.999 } }],
  ])("%s", (message, changes) => {
    const options = { feed: new ScriptedFeed(), bound: 5, duringOutage: "reject", ...changes };
    expect(refusalOf(() => createRevocationList(options as never))).toMatchObject({
      code: "CONFIG",
      message: `createRevocationList: ${message}`,
    });
  });

  it("which part of duringOutage is unknown", () => {
    const create = (): unknown => listOf({ duringOutage: { acceptFor: 5, x: 1 } as never });
    expect(refusalOf(create).message).toBe(`createRevocationList: duringOutage: ${noOption("acceptFor")}`);
  });
});

describe("createRevocationList takes", () => {
  it("an outage as long as the bound, a listener, and a clock that is left undefined", async () => {
    const events: RevocationEvent[] = [];
    const { feed, list } = listOf({
      duringOutage: { acceptFor: 5 },
      clock: undefined,
      onEvent: (event) => void events.push(event),
    });
    await feed.answer(snapshot(0));
    expect(list.status().state).toBe("fresh");
    expect(events).toEqual([{ type: "state", state: "fresh" }]);
  });

  it("a clock, which it then counts by alone", async () => {
    let ms = START_MS;
    const { feed, list } = listOf({ clock: () => new Date(ms) });
    await feed.answer(snapshot(0));
    ms += 6000;
    expect(list.status().lagMs).toBe(6000);
    ms = START_MS;
    expect(list.status().lagMs).toBe(0);
  });

  it("no clock: then it counts by the machine's, and by the monotonic one where the wall's was set back", async () => {
    vi.useFakeTimers({ toFake: ["Date", "performance"], now: START_MS });
    try {
      const { feed, list } = listOf();
      await feed.answer(snapshot(0));
      vi.advanceTimersByTime(3000);
      expect(list.status().lagMs).toBe(3000);
      vi.setSystemTime(START_MS - 60_000);
      expect(list.status().lagMs).toBe(3000);
      vi.setSystemTime(START_MS + 60_000);
      expect(list.status().lagMs).toBe(60_000);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a list says", () => {
  it("what its options promise", () => {
    const clocks = "and the difference between this machine's clock and the store's";
    expect(listOf({ bound: "5s" }).list.status().promise).toBe(
      `a revoked token passes for 5 s ${clocks} at most, and while the feed is down none passes for longer`,
    );
    expect(listOf({ duringOutage: { acceptFor: "10m" } }).list.status().promise).toBe(
      `a revoked token passes for 5 s ${clocks} at most while the feed is well, for 600 s while it is down`,
    );
  });

  it("which option of ready is wrong, and that onChange wants a function", async () => {
    const { list } = listOf();
    const ready = async (options: object): Promise<string> => (await rejectionOf(list.ready(options))).message;
    expect(await ready({ x: 1 })).toBe(`ready: ${noOption("timeoutMs")}`);
    expect(await ready({ timeoutMs: 0 })).toBe('ready: option "timeoutMs" must be a whole number of at least 1');
    const listen = (): unknown => list.onChange("me" as never);
    expect(refusalOf(listen)).toMatchObject({
      code: "CONFIG",
      message: 'onChange: option "listener" must be a function',
    });
  });

  it("that it serves another issuer", () => {
    const { list } = listOf();
    const serve = (who: string) => () => createVerifier({ keys: key, issuer: who, audience: false, revocations: list });
    serve(issuer)();
    expect(refusalOf(serve("https://other.example")).message).toBe(
      'createVerifier: option "revocations": this list serves another issuer; make one for each',
    );
  });

  const rv = { t: START, s: 1, e: 1, shard: 0 };
  const isNotWritten = "the token's rv is not what sessions write";
  const noShard = "the token's rv names a shard that the revocation feed does not have";
  const outlives = "the token lives longer than 3600 s, for which revocations are kept: raise maxTokenLife of the feed";
  test.each<[string, string, string, object]>([
    ["CLAIM_INVALID", isNotWritten, "rv", { rv: null }],
    ["CLAIM_INVALID", isNotWritten, "rv", { rv: { ...rv, t: "1" } }],
    ["CLAIM_INVALID", noShard, "rv", { rv: { ...rv, shard: 1 } }],
    ["CLAIM_INVALID", noShard, "rv", { rv: { ...rv, shard: -1 } }],
    ["CLAIM_MISSING", "the token has no exp", "exp", { exp: undefined }],
    ["CLAIM_INVALID", outlives, "exp", { exp: START + 3601 }],
  ])("%s: %s", async (code, message, claim, changes) => {
    const { verify, list } = await verifying();
    expect(refusalOf(() => verify(changes))).toMatchObject({ code, message, claim });
    if (claim === "rv") expect(refusalOf(() => list.isRevoked(changes as never))).toMatchObject({ code, message });
  });

  it("that the token was revoked, or that the list is too old to tell", async () => {
    const { verify, advance } = await verifying();
    expect(refusalOf(() => verify({ sid: "session 1" }))).toMatchObject({
      code: "REVOKED",
      message: "the token was revoked",
    });
    advance(6);
    expect(refusalOf(() => verify({}))).toMatchObject({
      code: "REVOCATIONS_STALE",
      message: "the revocation list is too old to say that the token is good: refresh once",
    });
  });
});

/** A verifier with a list that has heard of one session. */
async function verifying(): Promise<{
  list: RevocationList;
  verify(claims: object): unknown;
  advance(seconds: number): void;
}> {
  let ms = START_MS;
  const clock = (): Date => new Date(ms);
  const { feed, list } = listOf({ clock });
  await feed.answer(snapshot(1, sessionEntry("session 1")));
  const verifier = createVerifier({
    keys: key,
    issuer,
    audience: false,
    expiry: "optional",
    clock,
    revocations: list,
  });
  return {
    list,
    verify: (claims) => {
      const payload = { iss: issuer, iat: START, exp: START + 900, ...claims };
      return verifier.verify(signJws(key, Buffer.from(JSON.stringify(payload)), { typ: "JWT" }));
    },
    advance: (seconds) => {
      ms += seconds * 1000;
    },
  };
}

describe("revoke says", () => {
  const feed = { ...new ScriptedFeed(), maxTokenLifeMs: 600_000, addRevocation: async () => {} } as never;
  const call = (changes: { feed?: unknown; entry?: unknown; options?: unknown }) => () =>
    revoke(
      ("feed" in changes ? changes.feed : feed) as never,
      ("entry" in changes ? changes.entry : { subject: "a" }) as never,
      ("options" in changes ? changes.options : { tokenLife: "10m" }) as never,
    );
  const isNoFeed = "the first argument must be a revocation feed";
  const isNoEntry = "the entry must be one of { jti, exp }, { sessionId }, { subject }, { everyone: true }, { kid }";
  const isNoTime = "the entry's `exp` must be the token's own: seconds since 1970";
  const tooLong = "s".repeat(1025);

  test.each<[string, () => Promise<unknown>]>([
    [isNoFeed, call({ feed: undefined })],
    [isNoFeed, call({ feed: null })],
    [isNoFeed, call({ feed: {} })],
    [noOption("tokenLife"), call({ options: { tokenLife: 1, x: 1 } })],
    ["the options must be an object", call({ options: undefined })],
    [isUndefined("tokenLife"), call({ options: { tokenLife: undefined } })],
    [duration("tokenLife", "zero or more", "-1"), call({ options: { tokenLife: -1 } })],
    [
      'option "tokenLife" is more than the 600 s for which the feed keeps entries: raise its maxTokenLife',
      call({ options: { tokenLife: 600.001 } }),
    ],
    [`entry: ${noOption("jti, exp, sessionId, subject, everyone, kid")}`, call({ entry: { x: 1 } })],
    ["entry: the options must be an object", call({ entry: "a" })],
    ...[{}, { jti: "a" }, { exp: 1 }, { subject: "a", kid: "b" }, { everyone: false }, { everyone: 1 }].map(
      (entry): [string, () => Promise<unknown>] => [isNoEntry, call({ entry })],
    ),
    ...["5", null, Number.NaN, Number.POSITIVE_INFINITY, -1, -0.001].map((exp): [string, () => Promise<unknown>] => [
      isNoTime,
      call({ entry: { jti: "a", exp } }),
    ]),
    ...["sessionId", "subject", "kid", "jti"].flatMap((name): [string, () => Promise<unknown>][] => {
      const entry = (value: unknown): object => ({ [name]: value, ...(name === "jti" ? { exp: 1 } : {}) });
      return [
        [`entry: option "${name}" must be non-empty text`, call({ entry: entry("") })],
        [`entry: option "${name}" must be non-empty text`, call({ entry: entry(5) })],
        [`the entry's ${name} is longer than 1024 characters`, call({ entry: entry(tooLong) })],
      ];
    }),
  ])("%s", async (message, run) => {
    expect(await rejectionOf(run())).toMatchObject({
      code: "CONFIG",
      message: `revoke: ${message}`,
    });
  });

  it("that nothing was written where the feed failed, and why; a refusal of the feed's is told as it is", async () => {
    const failing = (cause: unknown): unknown => ({
      maxTokenLifeMs: 600_000,
      addRevocation: async () => Promise.reject(cause),
    });
    const down = new Error("connect ECONNREFUSED");
    expect(await rejectionOf(call({ feed: failing(down) })())).toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: "the revocation was not written: try again",
      cause: down,
    });
    const refusal = tokenError("CONFIG", "httpFeed: this feed only reads");
    expect(await rejectionOf(call({ feed: failing(refusal) })())).toBe(refusal);
  });
});

test.each<[string, object, RevocationRequest]>([
  ["a token, until its end or the millisecond after", { jti: "a", exp: 1.0005 }, token("a", 1001)],
  ["a token of 1970", { jti: "a", exp: 0 }, token("a", 0)],
  ["a session", { sessionId: "a" }, { kind: "session", sessionId: "a" }],
  ["a subject of 1024 characters", { subject: "s".repeat(1024) }, { kind: "subject", subject: "s".repeat(1024) }],
  ["everyone", { everyone: true }, { kind: "everyone" }],
  ["a key", { kid: "a" }, { kind: "key", kid: "a" }],
])(
  "revoke writes %s, for tokens that live exactly as long as the feed keeps entries",
  async (_what, entry, request) => {
    const written: unknown[] = [];
    const feed = {
      maxTokenLifeMs: 600_000,
      addRevocation: async (one: unknown) => {
        written.push(one);
      },
    };
    await revoke(feed as never, entry as never, { tokenLife: "10m" });
    expect(written).toEqual([request]);
  },
);

function token(jti: string, expiresAtMs: number): RevocationRequest {
  return { kind: "token", jti, expiresAtMs };
}

describe("an event", () => {
  const event = (): RevocationEvent => ({ type: "gap", shard: 0 });

  it("reaches the listener and the channel, and neither can change it", () => {
    const told: unknown[] = [];
    const hear = (message: unknown): void => void told.push(message);
    subscribe("rejwt:revocation", hear);
    try {
      createEmit((one) => told.push(one))(event());
    } finally {
      unsubscribe("rejwt:revocation", hear);
    }
    expect(told).toEqual([event(), event()]);
    expect(told.every((one) => Object.isFrozen(one))).toBe(true);
  });

  it("without a listener warns of nothing", () => {
    const warned = vi.spyOn(process, "emitWarning").mockReturnValue();
    createEmit(undefined)(event());
    expect(warned).not.toHaveBeenCalled();
  });

  test.each<[string, string, () => unknown]>([
    ["throws an error", "TypeError", () => thrown(new TypeError("of user_42"))],
    ["throws text", "string", () => thrown("of user_42")],
    ["rejects", "RangeError", () => Promise.reject(new RangeError("of user_42"))],
  ])("whose listener %s becomes a warning that tells its name alone", async (_what, name, listener) => {
    const warned = vi.spyOn(process, "emitWarning").mockReturnValue();
    tell(listener);
    await Promise.resolve();
    await Promise.resolve();
    expect(warned.mock.calls).toEqual([
      [`a listener of revocation events threw (${name})`, { type: "RejwtWarning", code: "REJWT_LISTENER" }],
    ]);
  });
});

function thrown(value: unknown): never {
  throw value;
}

describe("httpFeed says", () => {
  const good: HttpFeedOptions = { url: "https://auth.example/revocations", issuer, keys: key };
  const options =
    "url, issuer, keys, shards, maxTokenLife, poll, timeoutMs, maxBytes, headers, fetch, allowHttp, clock";
  const count = (name: string): string => `option "${name}" must be a whole number of at least 1`;
  const optional = ["shards", "maxTokenLife", "poll", "timeoutMs", "maxBytes", "headers", "fetch", "allowHttp"];

  test.each<[string, object]>([
    [noOption(options), { x: 1 }],
    ...["url", "issuer", "keys", ...optional].map((name): [string, object] => [
      isUndefined(name),
      { [name]: undefined },
    ]),
    ["the URL cannot be parsed", { url: "revocations" }],
    ["the URL cannot be parsed", { url: Object.create(null) }],
    [
      "the URL must be https: (or http: with allowHttp, for a network that you trust)",
      { url: "http://auth.example/revocations" },
    ],
    ['the URL holds a password: send it with option "headers"', { url: "https://a:b@auth.example/" }],
    ['option "issuer" must be non-empty text', { issuer: "" }],
    ['option "clock" must be a function', { clock: 5 }],
    ['option "fetch" must be a function', { fetch: 5 }],
    [count("shards"), { shards: 0 }],
    [count("maxBytes"), { maxBytes: 0 }],
    [count("timeoutMs"), { timeoutMs: 0 }],
    [duration("maxTokenLife", "more than zero", "0"), { maxTokenLife: 0 }],
    [duration("poll", "more than zero", "0"), { poll: 0 }],
    ['option "headers" must be an object of header names and values', { headers: { "a b": "c" } }],
    ['option "allowHttp" must be a boolean', { allowHttp: 1 }],
  ])("%s", (message, changes) => {
    expect(refusalOf(() => httpFeed({ ...good, ...changes } as never))).toMatchObject({
      code: "CONFIG",
      message: `httpFeed: ${message}`,
    });
  });

  it("which of its keys is none", () => {
    const { code, message } = refusalOf(() => httpFeed({ ...good, keys: [] }));
    expect(code).toBe("CONFIG");
    expect(message).toMatch(/^httpFeed: /);
  });

  it("that it only reads", async () => {
    expect(await rejectionOf(httpFeed(good).addRevocation({ kind: "everyone" }))).toMatchObject({
      code: "CONFIG",
      message: "httpFeed: this feed only reads: revoke where the issuer's feed is",
    });
  });

  it("of itself what it was told, or one shard and an hour", () => {
    expect(httpFeed(good)).toMatchObject({ "~feed": true, shards: 1, maxTokenLifeMs: 3_600_000 });
    expect(httpFeed({ ...good, shards: 64, maxTokenLife: "10m" })).toMatchObject({
      shards: 64,
      maxTokenLifeMs: 600_000,
    });
  });
});
