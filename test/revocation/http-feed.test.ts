/** The HTTP feed: what it refuses, how old it calls itself, and that the last good list stays whatever comes. */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { revocationsHandler } from "../../src/http/revocations-handler.ts";
import { generateKey } from "../../src/jwk/generate.ts";
import type { Key } from "../../src/jwk/key.ts";
import { remoteKeys } from "../../src/jwk/remote-keys.ts";
import { signJws } from "../../src/jws/sign.ts";
import { createRevocationList } from "../../src/revocation/create-revocation-list.ts";
import type { RevocationEvent } from "../../src/revocation/events.ts";
import { HttpFeedError } from "../../src/revocation/feed-fault.ts";
import { type HttpFeedOptions, httpFeed } from "../../src/revocation/http-feed.ts";
import { AS_OF_TYP, LIST_TYP } from "../../src/revocation/signed-list.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { FeedChanges, FeedCursor, FeedReader } from "../../src/store/revocation-feed.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { type Answerer, type Publishing, publish } from "./publishing.ts";

const issuer = "https://auth.example";
const START_MS = Date.parse("2026-05-01T12:00:00Z");
const UNTIL_MS = START_MS + 3_600_000;
const key: Key = await generateKey("ES256");
const stranger: Key = await generateKey("ES256");

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

type Json = Readonly<Record<string, unknown>>;

/** A list as the issuer would sign it, and whatever the test changes in it. */
function signedList(changes: Json = {}, { by = key, typ = LIST_TYP } = {}): string {
  const shards = [{ position: 1, history: "h", entries: [`["s","session 1",${UNTIL_MS}]`] }];
  return sign({ iss: issuer, tag: "tag_1", maxTokenLifeMs: 3_600_000, shards, ...changes }, by, typ);
}

function signedAsOf(changes: Json = {}, { by = key, typ = AS_OF_TYP } = {}): string {
  return sign({ iss: issuer, tag: "tag_1", asOf: START_MS, ...changes }, by, typ);
}

function sign(payload: unknown, by: Key, typ: string): string {
  return signJws(by, Buffer.from(JSON.stringify(payload)), { typ });
}

interface Sent {
  readonly status?: number;
  readonly body?: string;
  readonly asOf?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer as it should be, and whatever the test changes in it. */
function answer({ status = 200, body = signedList(), headers = {}, ...rest }: Sent = {}): Answerer {
  const asOf = "asOf" in rest ? rest.asOf : signedAsOf();
  const fields = { "content-type": "application/jwt", ...(asOf && { "revocations-as-of": asOf }), ...headers };
  return (_request, response) => void response.writeHead(status, fields).end(status === 304 ? undefined : body);
}

const notModified = (asOf: string | undefined): Answerer => answer({ status: 304, asOf });

interface Opened {
  readonly publishing: Publishing;
  readonly clock: ReturnType<typeof manualClock>;
  readonly reader: FeedReader;
}

async function open(options: Partial<HttpFeedOptions> = {}): Promise<Opened> {
  const clock = manualClock(new Date(START_MS));
  const publishing = await publish(async () => new Response(null, { status: 500 }));
  publishing.answerWith(answer());
  const feed = httpFeed({ url: publishing.url, issuer, keys: key, clock, allowHttp: true, ...options });
  const reader = feed.reader();
  opened.push(publishing, reader);
  return { publishing, clock, reader };
}

/** Asks once more. */
const next = (reader: FeedReader, cursor: FeedCursor): Promise<FeedChanges | "gone"> => reader.tail(0, cursor, 1);

async function reasonOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof HttpFeedError ? error.reason : `no refusal: ${String(error)}`;
}

const silence: Answerer = () => {};
const brokenOff: Answerer = (_request, response) => {
  response.writeHead(200, { "content-type": "application/jwt", "revocations-as-of": signedAsOf() });
  response.write(signedList().slice(0, 50));
};
const endless: Answerer = (_request, response) => {
  response.writeHead(200, { "content-type": "application/jwt", "revocations-as-of": signedAsOf() });
  const more = (): void => {
    while (response.write("A".repeat(65_536)));
  };
  response.on("drain", more);
  more();
};

describe("an answer is refused, the last good list stays, and the next good answer is taken", () => {
  const later = { asOf: START_MS + 1000, tag: "tag_2" };
  const list2 = (changes: Json = {}, how: Parameters<typeof signedList>[1] = {}): Sent => ({
    body: signedList({ tag: "tag_2", ...changes }, how),
    asOf: signedAsOf(later),
  });
  const shard = (changes: Json): Json => ({ shards: [{ position: 2, history: "h", entries: [], ...changes }] });
  it.each<readonly [name: string, reason: string, answerer: Answerer]>([
    ["signed by another key", "signature", answer(list2({}, { by: stranger }))],
    ["without a signature", "signature", answer({ ...list2(), body: unsigned() })],
    ["changed after it was signed", "signature", answer({ ...list2(), body: tampered() })],
    ["its time signed by another key", "signature", answer({ asOf: signedAsOf({}, { by: stranger }) })],
    ["a token of the issuer's", "type", answer(list2({}, { typ: "JWT" }))],
    ["a signed time in place of the list", "type", answer({ ...list2(), body: signedAsOf(later) })],
    ["a list in place of the signed time", "type", answer({ asOf: signedList() })],
    ["of another issuer", "issuer", answer(list2({ iss: "https://other.example" }))],
    ["its time of another issuer", "issuer", answer({ asOf: signedAsOf({ iss: "https://other.example" }) })],
    ["with fewer entries of the same history", "cursor-older", answer(list2(shard({ position: 0 })))],
    ["with fewer entries, of clocks that differ", "cursor-older", answer(list2(shard({ position: 0, history: "g" })))],
    ["older than the one before", "as-of-older", answer({ asOf: signedAsOf({ asOf: START_MS - 1 }) })],
    ["of a time to come", "as-of-ahead", answer({ asOf: signedAsOf({ asOf: START_MS + 5001 }) })],
    ["with an entry of a later version", "entry", answer(list2(shard({ entries: ['["z","?"]'] })))],
    ["with an entry of a name that is too long", "entry", answer(list2(shard({ entries: [longEntry()] })))],
    ["with a time of another list", "malformed", answer({ ...list2(), asOf: signedAsOf({ asOf: START_MS + 1 }) })],
    ["without a time", "malformed", answer({ asOf: undefined })],
    ["that is no JWS", "malformed", answer({ body: "[]" })],
    ["whose payload is not JSON", "malformed", answer({ body: signJws(key, Buffer.from("{"), { typ: LIST_TYP }) })],
    ["whose payload is null", "malformed", answer({ body: sign(null, key, LIST_TYP) })],
    ["without shards", "malformed", answer(list2({ shards: undefined }))],
    ["with a negative position", "malformed", answer(list2(shard({ position: -1 })))],
    ["with entries that are not text", "malformed", answer(list2(shard({ entries: [["k", "kid"]] })))],
    ["with more shards than the options say", "options", answer(list2({ shards: twoShards() }))],
    ["whose entries are kept for too short", "options", answer(list2({ maxTokenLifeMs: 3_599_999 }))],
    ["longer than the limit", "too-large", answer(list2(shard({ entries: ["x".repeat(20_000)] })))],
    ["longer than the limit, without an end", "too-large", endless],
    ["of another content type", "content-type", answer({ headers: { "content-type": "text/html" } })],
    ["a redirect", "redirect", answer({ status: 302, headers: { location: "https://elsewhere.example/" } })],
    ["a server error", "status", answer({ status: 503 })],
    ["not found", "status", answer({ status: 404 })],
    ["304 without a time", "not-modified", notModified(undefined)],
    ["304 with the time of another list", "not-modified", notModified(signedAsOf({ ...later }))],
    ["304 with a time signed by another key", "signature", notModified(signedAsOf({}, { by: stranger }))],
    ["304 with a token for a time", "type", notModified(signedAsOf({}, { typ: "JWT" }))],
    ["304 of before", "as-of-older", notModified(signedAsOf({ asOf: START_MS - 1 }))],
    ["304 of a time to come", "as-of-ahead", notModified(signedAsOf({ asOf: START_MS + 5001 }))],
    ["304 without a number for a time", "malformed", notModified(signedAsOf({ asOf: null }))],
    ["silence", "timeout", silence],
    ["broken off in the middle, the connection open", "timeout", brokenOff],
    ["a connection that is cut", "unreachable", (request) => void request.socket.destroy()],
  ])("%s: %s", async (_name, reason, answerer) => {
    const { publishing, reader } = await open({ maxBytes: 10_000, timeoutMs: 200 });
    const good = await reader.snapshot(0);
    expect(good.revocations).toEqual([{ kind: "session", sessionId: "session 1", untilMs: UNTIL_MS }]);

    publishing.answerWith(answerer);
    expect(await reasonOf(next(reader, good.cursor))).toBe(reason);

    publishing.answerWith(answer({ asOf: signedAsOf({ asOf: START_MS + 1 }) }));
    expect(await next(reader, good.cursor)).toMatchObject({ revocations: [], cursor: good.cursor });
    expect(await reader.snapshot(0)).toMatchObject({ revocations: good.revocations, cursor: good.cursor });
  });

  it("304 before there is a list", async () => {
    const { publishing, reader } = await open();
    publishing.answerWith(notModified(signedAsOf()));
    expect(await reasonOf(reader.snapshot(0))).toBe("not-modified");
  });

  it("keys that cannot be fetched: the list may be good", async () => {
    const nowhere = remoteKeys("http://127.0.0.1:1/jwks", { algs: ["ES256"], allowHttp: true });
    const { reader } = await open({ keys: nowhere });
    expect(await reasonOf(reader.snapshot(0))).toBe("keys");
  });

  it("a fetch of one's own that heeds no signal is waited for no longer than others", async () => {
    const { reader } = await open({ fetch: () => new Promise(() => {}), timeoutMs: 20 });
    expect(await reasonOf(reader.snapshot(0))).toBe("timeout");
  });

  it("a download that is too long ends at the limit", async () => {
    const { publishing, reader } = await open({ maxBytes: 100_000 });
    let ended: Promise<unknown> = Promise.resolve();
    publishing.answerWith((request: IncomingMessage, response: ServerResponse) => {
      ended = once(response, "close");
      return endless(request, response);
    });
    expect(await reasonOf(reader.snapshot(0))).toBe("too-large");
    await ended;
  });

  it("after a 304 that proves nothing, the whole list is asked for", async () => {
    const { publishing, reader } = await open();
    const { cursor } = await reader.snapshot(0);
    publishing.answerWith(notModified(signedAsOf({ tag: "tag_2" })));
    await reasonOf(next(reader, cursor));
    publishing.answerWith(answer());
    await next(reader, cursor);
    await next(reader, cursor);
    expect(publishing.asked).toEqual([undefined, '"tag_1"', undefined, '"tag_1"']);
  });
});

describe("how old an answer calls itself", () => {
  const ageOf = (changes: FeedChanges | "gone"): number | undefined => (changes === "gone" ? undefined : changes.ageMs);

  it("as old as its signed time, on this machine's clock", async () => {
    const { publishing, reader } = await open();
    publishing.answerWith(answer({ asOf: signedAsOf({ asOf: START_MS - 1500 }) }));
    expect((await reader.snapshot(0)).ageMs).toBe(1500);
  });

  it("as old as caches say, where that is more", async () => {
    const { publishing, reader } = await open();
    publishing.answerWith(answer({ asOf: signedAsOf({ asOf: START_MS - 1500 }), headers: { age: "4" } }));
    expect((await reader.snapshot(0)).ageMs).toBe(4000);
  });

  it("never fresher than the request was sent, where the issuer's clock is ahead", async () => {
    const { publishing, reader, clock } = await open();
    publishing.answerWith((request, response) => {
      clock.advance(2);
      return answer({ asOf: signedAsOf({ asOf: START_MS + 4000 }) })(request, response);
    });
    // The question was asked and sent at the same moment; the two seconds that the answer took are the list's to count.
    expect((await reader.snapshot(0)).ageMs).toBe(0);
  });

  it("the same answer from a cache gets older, however often it comes, and though the clocks would have it new", async () => {
    const { publishing, reader, clock } = await open();
    publishing.answerWith(answer({ asOf: signedAsOf({ asOf: START_MS + 4000 }) }));
    const { cursor } = await reader.snapshot(0);
    clock.advance(3);
    expect(ageOf(await next(reader, cursor))).toBe(3000);
    clock.advance(3);
    expect(ageOf(await next(reader, cursor))).toBe(6000);
  });

  it("a refused answer makes nothing younger", async () => {
    const { publishing, reader, clock } = await open();
    const { cursor } = await reader.snapshot(0);
    clock.advance(60);
    publishing.answerWith(answer({ status: 500 }));
    await reasonOf(next(reader, cursor));
    publishing.answerWith(answer());
    expect(ageOf(await next(reader, cursor))).toBe(60_000);
  });

  it("a 304 with a new time is as new as that time", async () => {
    const { publishing, reader, clock } = await open();
    const { cursor } = await reader.snapshot(0);
    clock.advance(60);
    publishing.answerWith(notModified(signedAsOf({ asOf: START_MS + 59_000 })));
    expect(ageOf(await next(reader, cursor))).toBe(1000);
  });
});

describe("a list that follows the feed", () => {
  interface Followed extends Opened {
    readonly list: ReturnType<typeof createRevocationList>;
    readonly events: RevocationEvent[];
  }

  async function follow(first: Answerer = answer()): Promise<Followed> {
    const clock = manualClock(new Date(START_MS));
    const publishing = await publish(async () => new Response(null, { status: 500 }));
    publishing.answerWith(first);
    const feed = httpFeed({ url: publishing.url, issuer, keys: key, clock, poll: 0.005, allowHttp: true });
    const events: RevocationEvent[] = [];
    const onEvent = (event: RevocationEvent): void => void events.push(event);
    const list = createRevocationList({ feed, bound: 5, duringOutage: { acceptFor: 60 }, clock, onEvent });
    opened.push(publishing, list);
    return { publishing, clock, reader: feed.reader(), list, events };
  }
  const reasonsIn = (events: readonly RevocationEvent[]): unknown[] =>
    events.flatMap((event) => (event.type === "failed" ? [(event.error as HttpFeedError).reason] : []));

  it("tells what was refused, keeps its entries, and ages through fresh, stale and blind", async () => {
    const { publishing, clock, list, events } = await follow();
    expect(await list.ready()).toBe(true);
    expect(list.status()).toMatchObject({ state: "fresh", entries: 1 });
    publishing.answerWith(answer({ body: signedList({}, { by: stranger }) }));
    clock.advance(5);
    await expect.poll(() => reasonsIn(events)).toContain("signature");
    expect(list.status()).toMatchObject({ state: "fresh", entries: 1 });
    clock.advance(1);
    expect(list.status()).toMatchObject({ state: "stale", entries: 1 });
    clock.advance(60);
    expect(list.status()).toMatchObject({ state: "blind", entries: 1 });
    publishing.answerWith(answer({ asOf: signedAsOf({ asOf: START_MS + 66_000 }) }));
    await expect.poll(() => list.status().state, { timeout: 10_000 }).toBe("fresh");
  });

  it("keeps an absurd entry for as long as any token can live, and tells it", async () => {
    const in400Years = START_MS + 400 * 365 * 86_400_000;
    const entries = [`["s","session 1",${in400Years}]`];
    const { list, events } = await follow(
      answer({ body: signedList({ shards: [{ position: 1, history: "h", entries }] }) }),
    );
    expect(await list.ready()).toBe(true);
    expect(events).toContainEqual({ type: "shortened", shard: 0 });
    expect(list.status().entries).toBe(1);
  });

  it("follows a feed that lost entries once clocks cannot explain it, and keeps what it knows", async () => {
    const { publishing, clock, list, events } = await follow();
    expect(await list.ready()).toBe(true);
    const lost = signedList({ tag: "tag_0", shards: [{ position: 0, history: "g", entries: [] }] });
    clock.advance(5);
    publishing.answerWith(answer({ body: lost, asOf: signedAsOf({ tag: "tag_0", asOf: START_MS + 5000 }) }));
    await expect.poll(() => reasonsIn(events)).toContain("cursor-older");
    clock.advance(1);
    publishing.answerWith(answer({ body: lost, asOf: signedAsOf({ tag: "tag_0", asOf: START_MS + 5001 }) }));
    await expect.poll(() => events.map(({ type }) => type), { timeout: 10_000 }).toContain("regressed");
    expect(list.status()).toMatchObject({ state: "fresh", entries: 1 });
  });

  it("starts anew where entries came that no answer held", async () => {
    const { publishing, clock, list, events } = await follow();
    expect(await list.ready()).toBe(true);
    const entries = [`["s","session 9",${UNTIL_MS}]`];
    const body = signedList({ tag: "tag_9", shards: [{ position: 9, history: "h", entries }] });
    clock.advance(1);
    publishing.answerWith(answer({ body, asOf: signedAsOf({ tag: "tag_9", asOf: START_MS + 1000 }) }));
    await expect.poll(() => list.status().entries).toBe(2);
    expect(events).toContainEqual({ type: "gap", shard: 0 });
  });
});

describe("options", () => {
  const good: HttpFeedOptions = { url: "https://auth.example/revocations", issuer, keys: key };
  it.each([
    ["an address that is not https", { url: "http://auth.example/" }],
    ["a password in the address", { url: "https://a:b@auth.example/" }],
    ["an empty issuer", { issuer: "" }],
    ["no keys", { keys: [] }],
    ["what is no key", { keys: {} }],
    ["an undefined limit", { maxBytes: undefined }],
    ["no shard", { shards: 0 }],
    ["an unknown name", { polling: 1 }],
    ["no time between requests", { poll: 0 }],
  ])("%s is CONFIG", (_name, changes) => {
    expect(() => httpFeed({ ...good, ...changes } as HttpFeedOptions)).toThrow(
      expect.objectContaining({ code: "CONFIG" }),
    );
  });

  it("nothing is revoked here", async () => {
    await expect(httpFeed(good).addRevocation({ kind: "everyone" })).rejects.toMatchObject({ code: "CONFIG" });
  });
});

it("the list and the handler meet: a logout is heard of by the next request", async () => {
  const store = memoryStore();
  const handler = revocationsHandler({ feed: store, key, issuer, maxAge: 0 });
  const publishing = await publish(handler);
  const feed = httpFeed({ url: publishing.url, issuer, keys: key, poll: 0.01, allowHttp: true });
  const list = createRevocationList({ feed, bound: 5, duringOutage: "reject" });
  opened.push(publishing, handler, list);
  expect(await list.ready()).toBe(true);
  await store.addRevocation({ kind: "session", sessionId: "session 1" });
  await expect.poll(() => list.status().entries).toBe(1);
});

function unsigned(): string {
  const [, payload] = signedList({ tag: "tag_2" }).split(".");
  return `${Buffer.from(JSON.stringify({ alg: "none", typ: LIST_TYP })).toString("base64url")}.${payload}.AA`;
}

function tampered(): string {
  const [header, , signature] = signedList({ tag: "tag_2" }).split(".");
  const [, payload] = signedList({ tag: "tag_2", shards: [{ position: 5, history: "h", entries: [] }] }).split(".");
  return `${header}.${payload}.${signature}`;
}

function longEntry(): string {
  return JSON.stringify(["s", "x".repeat(1025), UNTIL_MS]);
}

function twoShards(): readonly Json[] {
  return [0, 1].map(() => ({ position: 2, history: "h", entries: [] }));
}
