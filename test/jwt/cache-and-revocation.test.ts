/** What is revoked, or whose key is gone, is refused though the token stands in the cache. */
import { afterEach, describe, expect, it } from "vitest";
import { createVerifier, exportJwk, type Key } from "../../src/index.ts";
import { remoteKeys } from "../../src/jwk/remote-keys.ts";
import { FollowedList } from "../../src/revocation/revocation-list.ts";
import type { Revocation } from "../../src/store/revocation.ts";
import { hs256, keyFor } from "../fixtures/keys.ts";
import { asyncCodeOf, codeOf } from "../fixtures/refusals.ts";
import { AUDIENCE, forge, ISSUER } from "../fixtures/tokens.ts";
import {
  changes,
  LATER_MS,
  ScriptedFeed,
  START_MS,
  sessionEntry,
  snapshot,
  TwoClocks,
} from "../revocation/scripted-feed.ts";

const START = START_MS / 1000;
const CLAIMS = { iss: ISSUER, aud: AUDIENCE, sub: "user_42", sid: "session 1", jti: "token 1" };
const VOUCHED = { t: START, s: 10, e: 20, shard: 0 };
const claims = (more: object = {}): object => ({ ...CLAIMS, rv: VOUCHED, iat: START, exp: START + 900, ...more });
const cache = { maxTokens: 10 };

describe("a token in the cache is refused once the list has", () => {
  const key = hs256(1, "key 1");
  const lists: FollowedList[] = [];
  afterEach(async () => {
    await Promise.all(lists.splice(0).map((list) => list.close()));
  });

  function make(acceptFor?: number) {
    const feed = new ScriptedFeed();
    const clocks = new TwoClocks();
    const { clock, monotonic } = clocks;
    const list = new FollowedList({ feed, promises: { bound: 5, acceptFor }, clock, monotonic, onEvent: () => {} });
    lists.push(list);
    const verifier = createVerifier({ keys: key, issuer: ISSUER, audience: AUDIENCE, clock, revocations: list, cache });
    return { feed, clocks, verifier };
  }

  const until = { untilMs: LATER_MS };
  it.each<[string, Revocation]>([
    ["its jti", { kind: "token", jti: "token 1", ...until }],
    ["its session", sessionEntry("session 1")],
    ["a later epoch of its subject", { kind: "subject", subject: "user_42", epoch: 11, atMs: START_MS, ...until }],
    ["a later epoch of everyone", { kind: "everyone", shard: 0, epoch: 21, atMs: START_MS, ...until }],
    ["its key", { kind: "key", kid: "key 1" }],
  ])("%s", async (_what, entry) => {
    const { feed, verifier } = make();
    const token = forge(key, claims(), { kid: "key 1" });
    await feed.answer(snapshot(0));
    // The same object twice: the second came out of the cache.
    expect(verifier.verify(token)).toBe(verifier.verify(token));
    await feed.answer(changes(1, entry));
    expect(codeOf(() => verifier.verify(token))).toBe("REVOKED");
    expect(await asyncCodeOf(verifier.verifyAsync(token))).toBe("REVOKED");
  });

  it("grown stale, and is served again when the list is fresh", async () => {
    const { feed, clocks, verifier } = make();
    const token = forge(key, claims(), { kid: "key 1" });
    await feed.answer(snapshot(0));
    verifier.verify(token);
    clocks.advance(6);
    expect(codeOf(() => verifier.verify(token))).toBe("REVOCATIONS_STALE");
    // An answer is as fresh as its question: the first was asked before.
    await feed.answer(changes(0));
    await feed.answer(changes(0));
    expect(codeOf(() => verifier.verify(token))).toBe("accepted");
  });

  it("grown stale, where the call asks for a fresh one and no other does", async () => {
    const { feed, clocks, verifier } = make(600);
    const token = forge(key, claims(), { kid: "key 1" });
    await feed.answer(snapshot(0));
    verifier.verify(token);
    clocks.advance(60);
    expect(codeOf(() => verifier.verify(token))).toBe("accepted");
    expect(codeOf(() => verifier.verify(token, { requireFresh: true }))).toBe("REVOCATIONS_STALE");
  });
});

describe("with remote keys a token in the cache", () => {
  const [one, two] = [keyFor("ES256", "one"), keyFor("ES256", "two")];
  const token = forge(one, claims(), { kid: "one" });

  function make(...published: Key[]) {
    const clocks = new TwoClocks();
    const endpoint = { published, fetches: 0, isUp: true };
    const keys = remoteKeys("https://auth.example/jwks", {
      algs: ["ES256"],
      clock: clocks.clock,
      maxAge: "10m",
      fetch: async () => {
        endpoint.fetches++;
        if (!endpoint.isUp) throw new Error("down");
        return Response.json({ keys: endpoint.published.map((key) => exportJwk(key)) });
      },
    });
    const verifier = createVerifier({ keys, issuer: ISSUER, audience: AUDIENCE, clock: clocks.clock, cache });
    return { clocks, endpoint, verifier };
  }

  it("costs no fetch while the keys are fresh", async () => {
    const { endpoint, verifier } = make(one);
    const first = await verifier.verifyAsync(token);
    expect(await verifier.verifyAsync(token)).toBe(first);
    expect(endpoint.fetches).toBe(1);
  });

  it("is refused once its key is published no more", async () => {
    const { clocks, endpoint, verifier } = make(one);
    await verifier.verifyAsync(token);
    endpoint.published = [two];
    expect(await asyncCodeOf(verifier.verifyAsync(token))).toBe("accepted");
    clocks.advance(601);
    expect(await asyncCodeOf(verifier.verifyAsync(token))).toBe("KEY_UNKNOWN");
  });

  it("is served through an outage as long as its key is, and no longer", async () => {
    const { clocks, endpoint, verifier } = make(one);
    const long = forge(one, claims({ exp: START + 500_000 }), { kid: "one" });
    await verifier.verifyAsync(long);
    endpoint.isUp = false;
    clocks.advance(3600);
    expect(await asyncCodeOf(verifier.verifyAsync(long))).toBe("accepted");
    clocks.advance(2 * 86_400);
    expect(await asyncCodeOf(verifier.verifyAsync(long))).toBe("KEYS_UNAVAILABLE");
  });

  it("is judged by the verifier's policy at every call", async () => {
    const { clocks, verifier } = make(one);
    await verifier.verifyAsync(token);
    expect(await asyncCodeOf(verifier.verifyAsync(token, { subject: "user_43" }))).toBe("SUBJECT");
    clocks.advance(900);
    expect(await asyncCodeOf(verifier.verifyAsync(token))).toBe("EXPIRED");
  });
});
