/** What the feed over HTTP refuses of an answer, in which words; with a fetch of the test's own, and no server. */
import { getEventListeners } from "node:events";
import { afterEach, describe, expect, it, test, vi } from "vitest";
import { remoteKeys } from "../../src/jwk/remote-keys.ts";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { signJws } from "../../src/jws/sign.ts";
import { signingSource } from "../../src/jwt/signing-source.ts";
import { HttpFeedError } from "../../src/revocation/feed-fault.ts";
import { type HttpFeedOptions, httpFeed } from "../../src/revocation/http-feed.ts";
import { requestList } from "../../src/revocation/list-request.ts";
import { AS_OF_TYP, LIST_TYP, signPayload, tagOf } from "../../src/revocation/signed-list.ts";
import type { FeedReader } from "../../src/store/revocation-feed.ts";
import { START_MS } from "./scripted-feed.ts";

const issuer = "https://auth.example";
const url = "https://auth.example/revocations";
const key = secretKey("a secret of this test, of 32 bytes and more", { alg: "HS256", kid: "key 1" });
const stranger = secretKey("another secret of this test, as long as that", { alg: "HS256", kid: "key 1" });
const ofOtherKid = secretKey("a secret of this test, of 32 bytes and more", { alg: "HS256", kid: "key 2" });
const ofOtherAlg = secretKey("s".repeat(64), { alg: "HS512", kid: "key 1" });
type Json = Readonly<Record<string, unknown>>;

const sign = (payload: unknown, typ: string, by = key): string =>
  signJws(by, Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload)), { typ });
const session = `["s","session 1",${START_MS + 3_600_000}]`;
const shard = (changes: Json = {}): Json => ({ position: 1, history: "h", entries: [session], ...changes });
const list = (changes: Json = {}): string =>
  sign({ iss: issuer, tag: "tag_1", maxTokenLifeMs: 3_600_000, shards: [shard()], ...changes }, LIST_TYP);
const asOf = (changes: Json = {}): string => sign({ iss: issuer, tag: "tag_1", asOf: START_MS, ...changes }, AS_OF_TYP);

interface Sent {
  readonly status?: number;
  readonly body?: string | null;
  readonly asOf?: string | undefined;
  readonly type?: string;
  readonly age?: string;
}

function answer(sent: Sent = {}): Response {
  const time = "asOf" in sent ? sent.asOf : asOf();
  return new Response(sent.status === 304 ? null : (sent.body ?? list()), {
    status: sent.status ?? 200,
    headers: {
      "content-type": sent.type ?? "application/jwt",
      ...(time !== undefined && { "revocations-as-of": time }),
      ...(sent.age !== undefined && { age: sent.age }),
    },
  });
}

const readers: FeedReader[] = [];
afterEach(async () => {
  await Promise.all(readers.splice(0).map((reader) => reader.close()));
});

interface Opened {
  readonly reader: FeedReader;
  readonly asked: [url: string, init: RequestInit][];
  answerWith(next: () => Response | Promise<Response>): void;
}

function open(options: Partial<HttpFeedOptions> = {}): Opened {
  let next: () => Response | Promise<Response> = () => answer();
  const asked: [string, RequestInit][] = [];
  const fetch = async (address: string, init: RequestInit): Promise<Response> => {
    asked.push([address, init]);
    return next();
  };
  const clock = (): Date => new Date(START_MS);
  const reader = httpFeed({ url, issuer, keys: key, fetch, clock, maxBytes: 10_000, ...options }).reader();
  readers.push(reader);
  return {
    reader,
    asked,
    answerWith: (one) => {
      next = one;
    },
  };
}

/** What the second answer is refused with, the first having been good. */
async function faultOf(sent: Sent): Promise<HttpFeedError> {
  const { reader, answerWith } = open();
  const { cursor } = await reader.snapshot(0);
  answerWith(() => answer(sent));
  return fault(reader.tail(0, cursor, 1));
}

async function fault(work: Promise<unknown>): Promise<HttpFeedError> {
  const error = await work.then(
    () => new Error("this was not refused"),
    (thrown: unknown) => thrown,
  );
  if (error instanceof HttpFeedError) return error;
  throw error;
}

describe("an answer is refused as", () => {
  const lacks = "the signed list lacks a member, or has one of another type";
  const timeLacks = "the signed time lacks a member, or has one of another type";
  const of2 = (changes: Json = {}): Sent => ({
    body: list({ tag: "tag_2", ...changes }),
    asOf: asOf({ tag: "tag_2", asOf: START_MS + 1 }),
  });
  const shards = (changes: Json): Sent => of2({ shards: [shard(changes)] });
  const later = "the list holds an entry that this version does not know";
  const fewer = "the list knows less of its history than the one before";
  const longTag = "t".repeat(65);

  test.each<[string, string, Sent]>([
    ["malformed", lacks, of2({ shards: undefined })],
    ["malformed", lacks, of2({ shards: {} })],
    ["malformed", lacks, of2({ shards: [shard(), null] })],
    ["malformed", lacks, of2({ tag: undefined })],
    ["malformed", lacks, of2({ tag: "" })],
    ["malformed", lacks, of2({ tag: 'a"' })],
    ["malformed", lacks, of2({ tag: '"a' })],
    ["malformed", lacks, of2({ tag: longTag })],
    ["malformed", lacks, of2({ tag: 5 })],
    ["malformed", lacks, of2({ maxTokenLifeMs: "1" })],
    ["malformed", lacks, of2({ maxTokenLifeMs: 0.5 })],
    ["malformed", lacks, shards({ position: 0.5 })],
    ["malformed", lacks, shards({ position: -1 })],
    ["malformed", lacks, shards({ history: 5 })],
    ["malformed", lacks, shards({ entries: {} })],
    ["malformed", lacks, shards({ entries: [session, 5] })],
    ["malformed", timeLacks, { asOf: asOf({ asOf: null }) }],
    ["malformed", timeLacks, { asOf: asOf({ asOf: -1 }) }],
    ["malformed", timeLacks, { asOf: asOf({ tag: null }) }],
    ["malformed", "the payload is no object", { body: sign(null, LIST_TYP) }],
    ["malformed", "the payload is no object", { body: sign("5", LIST_TYP) }],
    ["malformed", "the payload is not JSON", { body: sign("{", LIST_TYP) }],
    ["malformed", "the signed time is that of another list", { ...of2(), asOf: asOf({ asOf: START_MS + 1 }) }],
    ["malformed", "no revocations-as-of field came", { asOf: undefined }],
    ["not-modified", "no revocations-as-of field came", { status: 304, asOf: undefined }],
    ["not-modified", "the signed time is that of another list", { status: 304, asOf: asOf({ tag: "tag_2" }) }],
    ["issuer", "the list is of another issuer", of2({ iss: "https://other.example" })],
    ["issuer", "the list is of another issuer", { asOf: asOf({ iss: undefined }) }],
    ["type", 'the signed text has no typ of "revocations+jwt"', { body: asOf() }],
    ["type", 'the signed text has no typ of "revocations-as-of+jwt"', { asOf: list() }],
    ["as-of-older", "the answer is older than the one before", { asOf: asOf({ asOf: START_MS - 1 }) }],
    [
      "as-of-ahead",
      "the answer's time lies ahead of this machine's clock: set one of the two",
      { asOf: asOf({ asOf: START_MS + 5001 }) },
    ],
    ["cursor-older", fewer, shards({ position: 0 })],
    ["cursor-older", fewer, shards({ position: 0, history: "g" })],
    ["entry", later, shards({ position: 2, entries: ['["z","?"]'] })],
    ["options", 'option "shards" is 1, the issuer\'s feed has 2', of2({ shards: [shard(), shard()] })],
    [
      "options",
      'option "maxTokenLife" is more than the 3599.999 s of the issuer\'s feed',
      of2({ maxTokenLifeMs: 3_599_999 }),
    ],
    ["too-large", "the list is longer than 10000 bytes", { body: "A".repeat(10_001) }],
    ["content-type", "the answer is not application/jwt", { type: "text/html" }],
    ["redirect", "redirects are not followed: give the address itself", { status: 302 }],
    ["status", "the endpoint answered 503", { status: 503 }],
    ["status", "the endpoint answered 201", { status: 201 }],
  ])("%s: %s", async (reason, message, sent) => {
    const error = await faultOf(sent);
    expect([error.name, error.reason, error.message]).toEqual(["HttpFeedError", reason, message]);
  });

  test.each<[string, Sent]>([
    ["signature", { body: sign({}, LIST_TYP, stranger) }],
    ["signature", { body: sign({}, LIST_TYP, ofOtherKid) }],
    ["signature", { body: sign({}, LIST_TYP, ofOtherAlg) }],
    ["signature", { asOf: sign({}, AS_OF_TYP, stranger) }],
    ["malformed", { body: "[]" }],
    ["malformed", { body: "" }],
    ["malformed", { asOf: "A".repeat(16_385) }],
  ])("%s, with the words of the JWS's refusal, and that as its cause", async (reason, sent) => {
    const error = await faultOf(sent);
    expect(error.reason).toBe(reason);
    expect((error.cause as Error).message).toBe(error.message);
  });

  it("a list that is longer than the limit, as it is signed, or its time than that of any list", async () => {
    expect((await faultOf({ body: "A".repeat(10_000) })).reason).toBe("malformed");
    expect((await faultOf({ asOf: sign({ x: "x".repeat(16_384) }, AS_OF_TYP) })).reason).toBe("malformed");
  });

  it("304 before there is a list", async () => {
    const { reader, answerWith } = open();
    answerWith(() => answer({ status: 304 }));
    expect(await fault(reader.snapshot(0))).toMatchObject({
      reason: "not-modified",
      message: "304, though no list is held",
    });
  });

  it("a request that fails, or that takes too long", async () => {
    const { reader, answerWith } = open();
    const down = new TypeError("fetch failed");
    answerWith(() => Promise.reject(down));
    expect(await fault(reader.snapshot(0))).toMatchObject({
      reason: "unreachable",
      message: "the request for the list failed",
      cause: down,
    });
    const slow = open({ timeoutMs: 5 });
    slow.answerWith(() => new Promise(() => {}));
    expect(await fault(slow.reader.snapshot(0))).toMatchObject({
      reason: "timeout",
      message: "no whole answer came within 5 ms",
    });
  });
});

it("keys that cannot be fetched are told as such, with their cause: the list may be good", async () => {
  const keys = remoteKeys("https://auth.example/jwks", {
    algs: ["ES256"],
    fetch: async () => Promise.reject(new Error("down")),
  });
  const header = Buffer.from(JSON.stringify({ alg: "ES256", typ: LIST_TYP })).toString("base64url");
  const { reader, answerWith } = open({ keys });
  answerWith(() => answer({ body: `${header}.e30.${"A".repeat(86)}` }));
  const error = await fault(reader.snapshot(0));
  expect(error.reason).toBe("keys");
  expect(error.cause).toMatchObject({ code: "KEYS_UNAVAILABLE", message: error.message });
});

it("an answer without a content type is refused as one of another", async () => {
  const { reader, answerWith } = open();
  answerWith(() => new Response(Buffer.from(list()), { headers: { "revocations-as-of": asOf() } }));
  expect((await fault(reader.snapshot(0))).reason).toBe("content-type");
});

describe("a request ends", () => {
  it("with its reader, and says so", async () => {
    const { reader, answerWith } = open();
    answerWith(() => new Promise(() => {}));
    const asking = fault(reader.snapshot(0));
    await reader.close();
    expect(await asking).toMatchObject({ reason: "unreachable", cause: new Error("the reader is closed") });
  });

  it("and leaves nothing behind", async () => {
    const { signal } = new AbortController();
    const request = { url: new URL(url), headers: {}, timeoutMs: 1000, maxBytes: 10_000 };
    await requestList({ ...request, fetch: async () => answer() }, undefined, signal);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe("a reader asks", () => {
  it("by the global fetch of the moment, unless it is given one", async () => {
    const reader = httpFeed({ url, issuer, keys: key, clock: () => new Date(START_MS) }).reader();
    readers.push(reader);
    const fetch = vi.fn(async () => answer());
    vi.stubGlobal("fetch", fetch);
    try {
      expect((await reader.snapshot(0)).cursor).toEqual({ position: 1, history: "h" });
    } finally {
      vi.unstubAllGlobals();
    }
    expect(fetch).toHaveBeenCalledOnce();
  });

  it("once a second, unless it is told otherwise", async () => {
    const { reader, asked } = open();
    const { cursor } = await reader.snapshot(0);
    await reader.tail(0, cursor, 30);
    expect(asked).toHaveLength(2);
  });

  it("by its clock alone, where it was given one", async () => {
    let ms = START_MS;
    const { reader } = open({ clock: () => new Date(ms) });
    const { cursor } = await reader.snapshot(0);
    ms -= 1000;
    expect(await reader.tail(0, cursor, 1)).toMatchObject({ ageMs: -1000 });
  });

  it("by the monotonic clock too, where it was given none", async () => {
    vi.useFakeTimers({ toFake: ["Date", "performance"], now: START_MS });
    try {
      const { reader } = open({ clock: undefined });
      const { cursor } = await reader.snapshot(0);
      vi.advanceTimersByTime(3000);
      vi.setSystemTime(START_MS - 1000);
      expect(await reader.tail(0, cursor, 1)).toMatchObject({ ageMs: 3000 });
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a tag is the same for the same place, and another for another", () => {
  const here = { position: 1, history: "h" };
  const tag = tagOf([here], 1000);
  test.each<[string, string]>([
    ["position", tagOf([{ ...here, position: 2 }], 1000)],
    ["history", tagOf([{ ...here, history: "g" }], 1000)],
    ["number of shards", tagOf([here, here], 1000)],
    ["time that entries are kept", tagOf([here], 1001)],
  ])("%s", (_what, other) => {
    expect(tag).toMatch(/^[\w-]{43}$/);
    expect(tagOf([{ ...here }], 1000)).toBe(tag);
    expect(other).toMatch(/^[\w-]{43}$/);
    expect(other).not.toBe(tag);
  });
});

it("what the issuer signs is what a reader takes", async () => {
  const tag = tagOf([{ position: 1, history: "h" }], 3_600_000);
  const signed = (typ: string, payload: object): Promise<string> =>
    signPayload(signingSource(key, typ).current(), payload as never);
  const shards = [{ position: 1, history: "h", entries: [session] }];
  const body = await signed(LIST_TYP, { iss: issuer, tag, maxTokenLifeMs: 3_600_000, shards });
  const time = await signed(AS_OF_TYP, { iss: issuer, tag, asOf: START_MS });
  const { reader, answerWith } = open();
  answerWith(() => answer({ body, asOf: time }));
  expect((await reader.snapshot(0)).revocations).toHaveLength(1);
});

describe("an answer is taken", () => {
  test.each<[string, Sent]>([
    ["whose content type has parameters and capitals", { type: "Application/JWT ; charset=utf-8" }],
    ["whose tag is of 64 characters", { body: list({ tag: "t".repeat(64) }), asOf: asOf({ tag: "t".repeat(64) }) }],
    ["whose feed keeps entries for longer", { body: list({ maxTokenLifeMs: 3_600_001 }) }],
    ["of a clock that is five seconds ahead", { asOf: asOf({ asOf: START_MS + 5000 }) }],
    ["that is as long as the limit", { body: `${list()}` }],
  ])("%s", async (_what, sent) => {
    const { reader, answerWith } = open({ maxBytes: Buffer.byteLength(sent.body ?? list()) });
    answerWith(() => answer(sent));
    const { revocations, cursor } = await reader.snapshot(0);
    expect(revocations).toEqual([{ kind: "session", sessionId: "session 1", untilMs: START_MS + 3_600_000 }]);
    expect(cursor).toEqual({ position: 1, history: "h" });
  });

  it("as old as caches say, or as its signed time, whichever is more", async () => {
    const ageOf = async (sent: Sent): Promise<number | undefined> => {
      const { reader, answerWith } = open();
      answerWith(() => answer(sent));
      return (await reader.snapshot(0)).ageMs;
    };
    expect(await ageOf({})).toBe(0);
    expect(await ageOf({ age: "4" })).toBe(4000);
    expect(await ageOf({ age: "4", asOf: asOf({ asOf: START_MS - 5000 }) })).toBe(5000);
    expect(await ageOf({ asOf: asOf({ asOf: START_MS + 1000 }) })).toBe(0);
  });

  it("for what it adds to the list that is held", async () => {
    const { reader, answerWith } = open();
    const { cursor } = await reader.snapshot(0);
    const more = `["k","key 2"]`;
    const body = list({ tag: "tag_2", shards: [shard({ position: 2, entries: [session, more] })] });
    answerWith(() => answer({ body, asOf: asOf({ tag: "tag_2", asOf: START_MS + 1 }) }));
    expect(await reader.tail(0, cursor, 1)).toMatchObject({
      revocations: [{ kind: "key", kid: "key 2" }],
      cursor: { position: 2, history: "h" },
    });
    expect(await reader.tail(0, { position: 1, history: "g" }, 1)).toBe("gone");
  });
});

it("a request names what it wants and what is held, and follows no redirect", async () => {
  const { reader, asked, answerWith } = open({ headers: { authorization: "Bearer t" } });
  const { cursor } = await reader.snapshot(0);
  answerWith(() => answer({ status: 304, asOf: asOf({ asOf: START_MS + 1 }) }));
  await reader.tail(0, cursor, 1);
  const [first, second] = asked.map(([address, init]) => [
    address,
    init.redirect,
    Object.fromEntries(init.headers as Headers),
  ]);
  const headers = { accept: "application/jwt", authorization: "Bearer t" };
  expect(first).toEqual([url, "manual", headers]);
  expect(second).toEqual([url, "manual", { ...headers, "if-none-match": '"tag_1"' }]);
});
