/** The list as a verifier sees it: what it refuses, what it lets pass through an outage, and for how long. */
import { Socket } from "node:net";
import { afterEach, describe, expect, it, test, vi } from "vitest";
import { isTokenError } from "../../src/errors.ts";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { signJws } from "../../src/jws/sign.ts";
import type { StandardSchema } from "../../src/jwt/standard-schema.ts";
import { createVerifier, type Verifier } from "../../src/jwt/verifier.ts";
import { createRevocationList, type RevocationListOptions } from "../../src/revocation/create-revocation-list.ts";
import type { RevocationEvent } from "../../src/revocation/events.ts";
import { FollowedList, type RevocationList } from "../../src/revocation/revocation-list.ts";
import { refusalOf } from "../fixtures/refusals.ts";
import {
  changes,
  LATER_MS,
  ScriptedFeed,
  START_MS,
  sessionEntry,
  settled,
  snapshot,
  TwoClocks,
} from "./scripted-feed.ts";

const issuer = "https://auth.example";
const key = secretKey("a secret of this test, of 32 bytes and more", { alg: "HS256", kid: "key 1" });
const START = START_MS / 1000;

/** A session's access token, and whatever the test changes in it. */
function token(claims: Readonly<Record<string, unknown>> = {}): string {
  const { rv, ...rest } = claims;
  const payload = {
    iss: issuer,
    sub: "user_42",
    sid: "session 1",
    jti: "token 1",
    iat: START,
    exp: START + 900,
    rv: rv === null ? undefined : { t: START, s: 10, e: 20, shard: 0, ...(rv as object) },
    ...rest,
  };
  return signJws(key, Buffer.from(JSON.stringify(payload)), { typ: "JWT" });
}
const plain = (claims: Readonly<Record<string, unknown>> = {}): string =>
  token({ rv: null, sid: undefined, ...claims });

const lists: RevocationList[] = [];
afterEach(async () => {
  await Promise.all(lists.splice(0).map((list) => list.close()));
});

interface Made {
  readonly feed: ScriptedFeed;
  readonly clocks: TwoClocks;
  readonly list: RevocationList;
  readonly verifier: Verifier;
  readonly events: RevocationEvent[];
  verdict(token: string, options?: { readonly requireFresh?: boolean }): string;
}

function make(promises: { readonly bound: number; readonly acceptFor?: number }, shards = 1): Made {
  const feed = new ScriptedFeed(shards);
  const clocks = new TwoClocks();
  const events: RevocationEvent[] = [];
  const list = new FollowedList({
    feed,
    promises: { bound: promises.bound, acceptFor: promises.acceptFor },
    clock: clocks.clock,
    monotonic: clocks.monotonic,
    onEvent: (event) => events.push(event),
  });
  lists.push(list);
  const verifier = createVerifier({
    keys: key,
    issuer,
    audience: false,
    clock: clocks.clock,
    clockSkew: 600,
    revocations: list,
  });
  const verdict = (text: string, options?: { readonly requireFresh?: boolean }): string => {
    const result = verifier.safeVerify(text, options);
    return result.ok ? "ok" : result.error.code;
  };
  return { feed, clocks, list, verifier, events, verdict };
}

describe("an entry rejects by itself", () => {
  const until = { untilMs: LATER_MS };
  it.each([
    ["a token by its jti", { kind: "token", jti: "token 1", ...until }, token()],
    ["a session by its sid", sessionEntry("session 1"), token()],
    [
      "a subject's earlier epoch",
      { kind: "subject", subject: "user_42", epoch: 11, atMs: START_MS, ...until },
      token(),
    ],
    ["everyone's earlier epoch", { kind: "everyone", shard: 0, epoch: 21, atMs: START_MS, ...until }, token()],
    ["a key by its kid", { kind: "key", kid: "key 1" }, token()],
    [
      "a subject's tokens that a store vouched for before, where no session was asked",
      { kind: "subject", subject: "user_42", epoch: undefined, atMs: START_MS, ...until },
      token(),
    ],
    [
      "a token without epochs of the very second, which may have come before",
      { kind: "subject", subject: "user_42", epoch: 1, atMs: START_MS + 1, ...until },
      plain({ iat: START + 1 }),
    ],
    [
      "a token without epochs and without iat",
      { kind: "subject", subject: "user_42", epoch: 1, atMs: START_MS, ...until },
      plain({ iat: undefined }),
    ],
    [
      "a token without epochs, of whatever shard",
      { kind: "everyone", shard: 0, epoch: 1, atMs: START_MS, ...until },
      plain(),
    ],
  ] as const)("%s", async (_name, entry, text) => {
    const { feed, verdict } = make({ bound: 5 });
    await feed.answer(snapshot(0));
    expect(verdict(text)).toBe("ok");
    await feed.answer(changes(1, entry));
    expect(verdict(text)).toBe("REVOKED");
  });
});

describe("an entry does not reject", () => {
  const until = { untilMs: LATER_MS };
  it.each([
    ["another token", { kind: "token", jti: "token 2", ...until }, token()],
    ["another session", sessionEntry("session 2"), token()],
    ["a session's id where it is another claim", sessionEntry("token 1"), token()],
    ["another subject", { kind: "subject", subject: "user_43", epoch: 99, atMs: START_MS, ...until }, token()],
    [
      "what froze this very epoch, though it was issued in the same second",
      { kind: "subject", subject: "user_42", epoch: 10, atMs: START_MS + 900, ...until },
      token(),
    ],
    ["everyone of another shard", { kind: "everyone", shard: 1, epoch: 99, atMs: START_MS, ...until }, token()],
    ["what another key signed", { kind: "key", kid: "key 2" }, token()],
    [
      "a token that a store vouched for a millisecond later",
      { kind: "subject", subject: "user_42", epoch: undefined, atMs: START_MS, ...until },
      token({ rv: { t: START + 0.001 } }),
    ],
    [
      "a token without epochs, issued well after",
      { kind: "subject", subject: "user_42", epoch: 1, atMs: START_MS - 6000, ...until },
      plain(),
    ],
  ] as const)("%s", async (_name, entry, text) => {
    const { feed, verdict } = make({ bound: 5 });
    await feed.answer(snapshot(1, entry));
    expect(verdict(text)).toBe("ok");
  });
});

test("two entries of one subject reject together what each rejects alone, in whatever order they come", async () => {
  const frozen = { kind: "subject", subject: "user_42", epoch: 11, atMs: START_MS, untilMs: LATER_MS } as const;
  const vouched = { ...frozen, epoch: undefined, atMs: START_MS + 5000 };
  for (const order of [
    [frozen, vouched],
    [vouched, frozen],
  ]) {
    const { feed, verdict } = make({ bound: 60 });
    await feed.answer(snapshot(2, ...order));
    expect(verdict(token({ rv: { s: 10, t: START + 6 } }))).toBe("REVOKED");
    expect(verdict(token({ rv: { s: 11, t: START + 5 } }))).toBe("REVOKED");
    expect(verdict(token({ rv: { s: 11, t: START + 5.001 } }))).toBe("ok");
  }
});

describe("a token must not outlive its entry", () => {
  it.each([
    ["by its own times", token({ exp: START + 3601 }), "CLAIM_INVALID"],
    ["by the time of its check", token({ iat: undefined, exp: START + 3601 }), "CLAIM_INVALID"],
    ["that names no time of issue, from now", plain({ iat: undefined, exp: START + 3601 }), "CLAIM_INVALID"],
    [
      "that claims to be issued later than it was checked",
      token({ iat: START + 500, exp: START + 3601 }),
      "CLAIM_INVALID",
    ],
  ])("%s", async (_name, text, code) => {
    const { feed, verdict } = make({ bound: 5 });
    await feed.answer(snapshot(0));
    expect(verdict(text)).toBe(code);
    expect(verdict(token({ exp: START + 3600 }))).toBe("ok");
  });

  it("without exp, though the verifier would accept that", async () => {
    const { feed, list } = make({ bound: 5 });
    await feed.answer(snapshot(0));
    const verifier = createVerifier({
      keys: key,
      issuer,
      audience: false,
      expiry: "optional",
      clock: () => new Date(START_MS),
      revocations: list,
    });
    expect(codeOf(() => verifier.verify(token({ exp: undefined })))).toBe("CLAIM_MISSING");
  });

  it("counted from its iat, though it is checked later", async () => {
    const { feed, clocks, verdict } = make({ bound: 60 });
    await feed.answer(snapshot(0));
    clocks.advance(10);
    expect(verdict(plain({ exp: START + 3601 }))).toBe("CLAIM_INVALID");
    expect(verdict(plain({ exp: START + 3600 }))).toBe("ok");
    expect(verdict(plain({ iat: undefined, exp: START + 3610 }))).toBe("ok");
  });

  it("and is still denied while a verifier's skew lets it live", async () => {
    const { feed, clocks, verdict } = make({ bound: 5, acceptFor: 7200 });
    await feed.answer(snapshot(1, { kind: "token", jti: "token 1", untilMs: START_MS + 900_000 + 600_000 }));
    clocks.advance(901);
    expect(verdict(token())).toBe("REVOKED");
    clocks.advance(598);
    await feed.answer(changes(1));
    expect(verdict(token())).toBe("REVOKED");
  });

  it("nor may a verifier's skew: ten minutes at most, for which entries are kept beyond the tokens", async () => {
    const { list } = make({ bound: 5 });
    const of = (clockSkew: number) => () =>
      createVerifier({ keys: key, issuer, audience: false, clockSkew, revocations: list });
    expect(codeOf(of(600))).toBe("none");
    expect(codeOf(of(600.001))).toBe("CONFIG");
  });
});

it.each([
  ["text", "now"],
  ["null", null],
  ["a number", 5],
  ["no time", { t: "1" }],
  ["a fraction of an epoch", { s: 1.5 }],
  ["a shard that there is not", { shard: 1 }],
  ["a negative shard", { shard: -1 }],
])("an rv that is %s is refused: nothing could be said of its session", async (_name, rv) => {
  const { feed, verdict } = make({ bound: 5 });
  await feed.answer(snapshot(0));
  const whole = { t: START, s: 10, e: 20, shard: 0 };
  const odd = typeof rv === "object" && rv !== null ? { ...whole, ...rv } : rv;
  const text = signJws(
    key,
    Buffer.from(JSON.stringify({ iss: issuer, iat: START, exp: START + 900, sub: "user_42", rv: odd })),
    { typ: "JWT" },
  );
  expect(verdict(text)).toBe("CLAIM_INVALID");
});

it("a part of an answer revokes at once, and says nothing of how much is known", async () => {
  const { feed, clocks, verdict } = make({ bound: 5 });
  await feed.answer(snapshot(0));
  clocks.advance(6);
  const other = token({ sid: "session 2", rv: { t: START } });
  await feed.answer({ ...changes(1, sessionEntry("session 1")), isPart: true });
  expect(verdict(token())).toBe("REVOKED");
  clocks.advance(1);
  await feed.answer({ ...changes(2, sessionEntry("session 3")), isPart: true });
  expect(verdict(other)).toBe("REVOCATIONS_STALE");
  await feed.answer(changes(3, sessionEntry("session 4")));
  expect(verdict(other)).toBe("ok");
});

describe('with duringOutage "reject"', () => {
  it("tokens pass within the bound of the last answer, and not after, until the feed answers again", async () => {
    const { feed, clocks, verdict } = make({ bound: 5 });
    await feed.answer(snapshot(0));
    clocks.advance(5);
    expect(verdict(plain({ iat: START }))).toBe("ok");
    clocks.advance(0.001);
    expect(verdict(plain({ iat: START }))).toBe("REVOCATIONS_STALE");
    expect(verdict(token())).toBe("REVOCATIONS_STALE");
    await feed.answer(new Error("down"));
    await feed.answer(changes(0));
    await vi.waitFor(() => expect(verdict(plain({ iat: START }))).toBe("ok"));
  });

  it("a token whose session was checked within the bound passes meanwhile", async () => {
    const { feed, clocks, verdict } = make({ bound: 5 });
    await feed.answer(snapshot(0));
    clocks.advance(60);
    expect(verdict(token({ rv: { t: START + 55 } }))).toBe("ok");
    expect(verdict(token({ rv: { t: START + 54.999 } }))).toBe("REVOCATIONS_STALE");
  });

  it("but not for ever: after a quarter of an hour without an answer, a key that leaked could vouch for itself", async () => {
    const { feed, clocks, verdict } = make({ bound: 5 });
    await feed.answer(snapshot(0));
    clocks.advance(900);
    expect(verdict(token({ rv: { t: START + 899 }, exp: START + 1800 }))).toBe("ok");
    clocks.advance(1);
    expect(verdict(token({ rv: { t: START + 900 }, exp: START + 1800 }))).toBe("REVOCATIONS_STALE");
  });

  it("iat proves nothing: who holds a key writes any", async () => {
    const { feed, clocks, verdict } = make({ bound: 5 });
    await feed.answer(snapshot(0));
    clocks.advance(60);
    expect(verdict(plain({ iat: START + 60 }))).toBe("REVOCATIONS_STALE");
  });
});

describe("with { acceptFor }", () => {
  it("tokens pass, counted, until that long after the last answer", async () => {
    const { feed, clocks, verdict, list } = make({ bound: 5, acceptFor: 600 });
    await feed.answer(snapshot(0));
    clocks.advance(5);
    expect(verdict(plain())).toBe("ok");
    expect(list.status()).toMatchObject({ state: "fresh", lagMs: 5000, degradedAccepts: 0 });
    clocks.advance(595);
    expect(verdict(plain())).toBe("ok");
    expect(list.status()).toMatchObject({ state: "stale", lagMs: 600_000, degradedAccepts: 1 });
    clocks.advance(0.001);
    expect(verdict(plain())).toBe("REVOCATIONS_STALE");
    expect(list.status()).toMatchObject({ state: "blind", degradedAccepts: 1 });
  });

  it("what must be fresh is refused as soon as it is not, unless its session was just checked", async () => {
    const { feed, clocks, verdict } = make({ bound: 5, acceptFor: 600 });
    await feed.answer(snapshot(0));
    clocks.advance(6);
    expect(verdict(plain(), { requireFresh: true })).toBe("REVOCATIONS_STALE");
    expect(verdict(token({ rv: { t: START + 2 } }), { requireFresh: true })).toBe("ok");
    expect(verdict(plain())).toBe("ok");
  });

  it("a session's own check counts until then and no longer, be that less than a quarter of an hour or more", async () => {
    const short = make({ bound: 5, acceptFor: 600 });
    await short.feed.answer(snapshot(0));
    short.clocks.advance(601);
    expect(short.verdict(token({ rv: { t: START + 601 } }))).toBe("REVOCATIONS_STALE");
    const long = make({ bound: 5, acceptFor: 1800 });
    await long.feed.answer(snapshot(0));
    long.clocks.advance(1800);
    const checked = token({ exp: START + 1900, rv: { t: START + 1800 } });
    expect(long.verdict(checked, { requireFresh: true })).toBe("ok");
  });

  it("what is on the list stays refused through the outage", async () => {
    const { feed, clocks, verdict } = make({ bound: 5, acceptFor: 600 });
    await feed.answer(snapshot(1, sessionEntry("session 1")));
    clocks.advance(300);
    expect(verdict(token())).toBe("REVOKED");
  });
});

it("a list that never heard anything accepts nothing, and says so with a 503", () => {
  const { verifier, list } = make({ bound: 5, acceptFor: 600 });
  expect(list.status()).toMatchObject({
    state: "blind",
    lagMs: Number.POSITIVE_INFINITY,
    entries: 0,
    degradedAccepts: 0,
  });
  const result = verifier.safeVerify(token());
  expect(result.ok ? undefined : [result.error.code, result.error.status, result.error.retryable]).toEqual([
    "REVOCATIONS_STALE",
    503,
    true,
  ]);
});

it("says what its two numbers promise", () => {
  expect(make({ bound: 5 }).list.status().promise).toMatch(
    /^a revoked token passes for 5 s .* none passes for longer$/,
  );
  expect(make({ bound: 5, acceptFor: 600 }).list.status().promise).toMatch(
    /5 s .* feed is well, for 600 s while it is/,
  );
});

it("a machine that slept is as stale as its wall clock says, one whose wall clock was set back as its monotonic one", async () => {
  const { feed, clocks, list } = make({ bound: 5, acceptFor: 600 });
  await feed.answer(snapshot(0));
  clocks.suspend(60);
  expect(list.status()).toMatchObject({ state: "stale", lagMs: 60_000 });
  clocks.suspend(-3600);
  clocks.monotonicMs += 30_000;
  expect(list.status()).toMatchObject({ state: "stale", lagMs: 30_000 });
});

describe("the list follows its feed", () => {
  it("is whole as of the question, not of the answer", async () => {
    const { feed, clocks, list } = make({ bound: 5 });
    clocks.advance(4);
    await feed.answer(snapshot(0));
    expect(list.status().lagMs).toBe(4000);
  });

  it("is as old as a relay says", async () => {
    const { feed, list } = make({ bound: 5 });
    await feed.answer({ ...snapshot(0), ageMs: 3000 });
    expect(list.status().lagMs).toBe(3000);
  });

  it("a revocation between snapshot and tail is not lost", async () => {
    const { feed, verdict } = make({ bound: 5 });
    await feed.answer(snapshot(7));
    expect(feed.asked.at(-1)).toBe("tail 0 7");
    await feed.answer(changes(8, sessionEntry("session 1")));
    expect(verdict(token())).toBe("REVOKED");
    expect(feed.asked.at(-1)).toBe("tail 0 8");
  });

  it("reads everything again where entries were skipped, or the place is gone, and forgets nothing over it", async () => {
    const { feed, verdict, events } = make({ bound: 5 });
    await feed.answer(snapshot(1, sessionEntry("session 1")));
    await feed.answer(changes(3, sessionEntry("session 3")));
    expect(feed.asked.at(-1)).toBe("snapshot 0");
    await feed.answer(snapshot(3, sessionEntry("session 2"), sessionEntry("session 3")));
    expect(verdict(token())).toBe("REVOKED");
    expect(verdict(token({ sid: "session 2" }))).toBe("REVOKED");
    await feed.answer("gone");
    // A second gap in a row is not hurried after.
    await vi.waitFor(() => expect(feed.asked.at(-1)).toBe("snapshot 0"));
    expect(events.filter(({ type }) => type === "gap")).toHaveLength(2);
  });

  it("a store that lost entries un-revokes nothing, and is told of", async () => {
    const { feed, verdict, events } = make({ bound: 5 });
    await feed.answer(snapshot(9, sessionEntry("session 1")));
    await feed.answer("gone");
    await feed.answer(snapshot(4));
    expect(verdict(token())).toBe("REVOKED");
    expect(events).toContainEqual({ type: "regressed", shard: 0 });
  });

  it("asks again after a failure, and tells of it without a word of its own", async () => {
    const { feed, events, list } = make({ bound: 5 });
    const down = new Error("connect ECONNREFUSED");
    await feed.answer(down);
    await feed.answer(snapshot(0));
    expect(await list.ready()).toBe(true);
    expect(events).toContainEqual({ type: "failed", shard: 0, error: down, failures: 1 });
  });

  it("gives up a reader that neither answers nor fails, and opens another", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const { feed, events } = make({ bound: 5 });
      await feed.answer("silence");
      expect(feed.readers).toBe(1);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(feed.readers).toBe(2);
      expect(events.map(({ type }) => type)).toEqual(["failed"]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is as whole as its shards: a token goes by its own, and by that of tokens' ids", async () => {
    const { feed, clocks, verdict, list } = make({ bound: 5 }, 3);
    await feed.answer(snapshot(0), 0);
    await feed.answer(snapshot(0), 1);
    expect(verdict(token({ rv: { shard: 1 } }))).toBe("ok");
    expect(verdict(token({ rv: { shard: 2, t: START - 10 } }))).toBe("REVOCATIONS_STALE");
    expect(verdict(plain())).toBe("REVOCATIONS_STALE");
    expect(list.status().state).toBe("blind");
    await feed.answer(snapshot(0), 2);
    expect(verdict(plain())).toBe("ok");
    clocks.advance(6);
    await feed.answer(changes(0), 1);
    expect(list.status().state).toBe("blind");
  });

  it("an entry for 400 years is kept as long as a token can live, one without an end that is a time not at all", async () => {
    const { feed, clocks, verdict, list, events } = make({ bound: 5, acceptFor: 86_400 });
    const absurd = START_MS + 400 * 365 * 86_400_000;
    await feed.answer(snapshot(2, sessionEntry("session 1", absurd), sessionEntry("session 2", Number.NaN)));
    expect(verdict(token())).toBe("REVOKED");
    expect(list.status().entries).toBe(1);
    expect(events).toContainEqual({ type: "shortened", shard: 0 });
    clocks.advance(3600 + 1200 + 120);
    await feed.answer(changes(2));
    expect(list.status().entries).toBe(0);
  });

  it("entries leave at their own end, and those of keys never", async () => {
    const { feed, clocks, list } = make({ bound: 5 });
    const everyone = { kind: "everyone", shard: 0, epoch: 1, atMs: START_MS } as const;
    await feed.answer(
      snapshot(
        5,
        sessionEntry("session 1", START_MS + 60_000),
        sessionEntry("session 2"),
        { ...everyone, untilMs: LATER_MS },
        // Another word about the same shard that ends sooner shortens nothing.
        { ...everyone, epoch: 2, untilMs: START_MS + 60_000 },
        { kind: "key", kid: "k" },
      ),
    );
    expect(list.status().entries).toBe(4);
    clocks.advance(121);
    await feed.answer(changes(5));
    expect(list.status().entries).toBe(3);
    clocks.advance(30 * 86_400);
    await feed.answer(changes(5));
    expect(list.status().entries).toBe(1);
  });

  it("an entry that comes again later is kept until the later end", async () => {
    const { feed, clocks, list } = make({ bound: 5 });
    await feed.answer(snapshot(2, sessionEntry("session 1", START_MS + 60_000), sessionEntry("session 1")));
    await feed.answer(changes(3, sessionEntry("session 1", START_MS + 1)));
    clocks.advance(121);
    await feed.answer(changes(3));
    expect(list.status().entries).toBe(1);
  });
});

describe("who waits and who listens", () => {
  it("ready answers true when everything was read, false when that takes too long or the list is closed", async () => {
    const { feed, list } = make({ bound: 5 }, 2);
    const ready = list.ready();
    await feed.answer(snapshot(0), 0);
    expect(await list.ready({ timeoutMs: 1 })).toBe(false);
    await feed.answer(snapshot(0), 1);
    expect(await ready).toBe(true);
    const closed = make({ bound: 5 }).list;
    const never = closed.ready();
    await closed.close();
    expect(await never).toBe(false);
  });

  it("isRevoked judges claims that were verified before, and onChange says when to ask", async () => {
    const { feed, list, verifier } = make({ bound: 5 });
    await feed.answer(snapshot(0));
    const { claims } = verifier.verify(token());
    let changed = 0;
    const stop = list.onChange(() => changed++);
    list.onChange(() => {
      throw new Error("a listener of the application's");
    });
    expect(list.isRevoked(claims)).toBe(false);
    await feed.answer(changes(1, sessionEntry("session 1")));
    expect([changed, list.isRevoked(claims)]).toEqual([1, true]);
    await feed.answer(changes(2, sessionEntry("session 1")));
    expect(changed).toBe(1);
    stop();
    await feed.answer(changes(3, sessionEntry("session 3")));
    expect(changed).toBe(1);
  });

  it("isRevoked knows the session of claims whose schema does not name it", async () => {
    const { feed, clocks, list } = make({ bound: 5 });
    await feed.answer(snapshot(0));
    const schema: StandardSchema<unknown, { role: string }> = {
      "~standard": { version: 1, vendor: "this test", validate: () => ({ value: { role: "admin" } }) },
    };
    const strict = createVerifier({ keys: key, issuer, audience: false, clock: clocks.clock, schema });
    const { claims } = strict.verify(token());
    expect(list.isRevoked(claims)).toBe(false);
    await feed.answer(changes(1, sessionEntry("session 1")));
    expect(list.isRevoked(claims)).toBe(true);
  });

  test.each<[string, (verified: object) => unknown]>([
    ["the whole result of verify", (verified) => verified],
    ["nothing", () => undefined],
    ["null", () => null],
    ["a token", () => token()],
  ])("isRevoked refuses %s, of which nothing would ever be revoked", async (_what, made) => {
    const { list, verifier, feed } = make({ bound: 5 });
    await feed.answer(snapshot(0));
    const message = "isRevoked: pass the claims of a verified token: isRevoked(verifier.verify(token).claims)";
    expect(refusalOf(() => list.isRevoked(made(verifier.verify(token())) as never))).toMatchObject({
      code: "CONFIG",
      message,
    });
  });

  it("tells when its state changes, once each", async () => {
    const { feed, clocks, list, events } = make({ bound: 5, acceptFor: 600 });
    await feed.answer(snapshot(0));
    clocks.advance(6);
    list.status();
    list.status();
    clocks.advance(600);
    list.status();
    const states = events.flatMap((event) => (event.type === "state" ? [event.state] : []));
    expect(states).toEqual(["fresh", "stale", "blind"]);
  });
});

test("verifying opens no socket", async () => {
  const { feed, verdict } = make({ bound: 5, acceptFor: 600 });
  await feed.answer(snapshot(1, sessionEntry("session 2")));
  const opened = vi.spyOn(Socket.prototype, "connect");
  for (const text of [token(), token({ sid: "session 2" }), plain()]) verdict(text);
  await settled();
  expect(opened).not.toHaveBeenCalled();
  opened.mockRestore();
});

describe("a caller's mistake is CONFIG, at creation", () => {
  const feed = new ScriptedFeed();
  const good: RevocationListOptions = { feed, bound: 5, duringOutage: "reject" };
  it.each<[string, object]>([
    ["no feed", { ...good, feed: undefined }],
    ["what is no feed", { ...good, feed: {} }],
    ["no bound", { feed, duringOutage: "reject" }],
    ["a bound of zero", { ...good, bound: 0 }],
    ["a bound without a unit", { ...good, bound: "5" }],
    ["no word on outages", { feed, bound: 5 }],
    ["another word on outages", { ...good, duringOutage: "accept" }],
    ["null on outages", { ...good, duringOutage: null }],
    ["an outage without a number", { ...good, duringOutage: {} }],
    ["an outage shorter than the bound", { ...good, duringOutage: { acceptFor: 4 } }],
    ["an unknown option", { ...good, limit: 5 }],
    ["a clock that is a number", { ...good, clock: 5 }],
    ["a listener that is undefined", { ...good, onEvent: undefined }],
  ])("%s", (_name, options) => {
    expect(codeOf(() => createRevocationList(options as RevocationListOptions))).toBe("CONFIG");
  });

  it("a verifier of several issuers, of none, or a list of another issuer", () => {
    const { list } = make({ bound: 5 });
    const of = (who: string | readonly string[] | false) => () =>
      createVerifier({ keys: key, issuer: who, audience: false, revocations: list });
    expect(codeOf(of(false))).toBe("CONFIG");
    expect(codeOf(of([issuer, "https://other.example"]))).toBe("CONFIG");
    expect(codeOf(of("https://other.example"))).toBe("CONFIG");
    expect(codeOf(of([issuer]))).toBe("none");
    const noList = { keys: key, issuer, audience: false, revocations: {} } as never;
    expect(codeOf(() => createVerifier(noList))).toBe("CONFIG");
  });

  it("requireFresh where there is no list", () => {
    const verifier = createVerifier({ keys: key, issuer, audience: false, clock: () => new Date(START_MS) });
    expect(codeOf(() => verifier.verify(token(), { requireFresh: true }))).toBe("CONFIG");
  });
});

function codeOf(run: () => unknown): string {
  try {
    run();
    return "none";
  } catch (error) {
    return isTokenError(error) ? error.code : String(error);
  }
}
