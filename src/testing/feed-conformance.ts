/** Proves of anyone's revocation feed that it keeps the contract of `RevocationFeed`. The test runner is passed in. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Revocation } from "../store/revocation.ts";
import type {
  FeedChanges,
  FeedCursor,
  FeedReader,
  RevocationFeed,
  RevocationRequest,
} from "../store/revocation-feed.ts";
import type { Test } from "./conformance/suite.ts";

export interface FeedConformanceOptions {
  readonly test: Test;
  /** A feed of the same kind for each rule, new or not: no rule looks at what another one wrote. */
  readonly makeFeed: () => Promise<RevocationFeed>;
}

/**
 * Registers one test for each rule.
 *
 *     feedConformance({ test, makeFeed: async () => redisFeed(new Redis(url)) });
 */
export function feedConformance({ test, makeFeed }: FeedConformanceOptions): void {
  const rule = (name: string, check: (feed: RevocationFeed, reader: FeedReader) => Promise<void>): void => {
    test(name, async () => {
      const feed = await makeFeed();
      const reader = feed.reader();
      try {
        await check(feed, reader);
      } finally {
        await reader.close();
      }
    });
  };

  rule("a feed says what it is, how many shards it has, and how long it keeps entries", async (feed) => {
    assert.equal(feed["~feed"], true);
    assert.ok(Number.isInteger(feed.shards) && feed.shards >= 1);
    assert.ok(feed.maxTokenLifeMs > 0);
  });

  for (const [name, request] of Object.entries(requests())) {
    rule(`${name} is in the next snapshot, and among the changes of who had the one before`, async (feed, reader) => {
      const before = await placesOf(feed, reader);
      await feed.addRevocation(request);
      const after = await everything(feed, reader);
      const news = await changesOf(feed, reader, before);
      assert.ok(
        after.some((entry) => isOf(entry, request)),
        "not in the snapshot",
      );
      assert.ok(
        news.some((entry) => isOf(entry, request)),
        "not among the changes",
      );
    });
  }

  rule("everyone is revoked in every shard", async (feed, reader) => {
    await feed.addRevocation({ kind: "everyone" });
    const shards = (await everything(feed, reader)).flatMap((entry) =>
      entry.kind === "everyone" ? [entry.shard] : [],
    );
    assert.deepEqual(
      [...new Set(shards)].sort((a, b) => a - b),
      Array.from({ length: feed.shards }, (_, shard) => shard),
    );
  });

  rule(
    "an entry is kept for longer than any token that it must outlast, and bears the store's time",
    async (feed, reader) => {
      const sessionId = unique();
      const subject = unique();
      await feed.addRevocation({ kind: "session", sessionId });
      await feed.addRevocation({ kind: "subject", subject });
      const entries = await everything(feed, reader);
      const session = entries.find((entry) => entry.kind === "session" && entry.sessionId === sessionId);
      const cutoff = entries.find((entry) => entry.kind === "subject" && entry.subject === subject);
      assert.ok(session?.kind === "session" && cutoff?.kind === "subject");
      assert.ok(cutoff.untilMs >= cutoff.atMs + feed.maxTokenLifeMs);
      assert.ok(session.untilMs >= cutoff.atMs - 60_000 + feed.maxTokenLifeMs);
      assert.equal(cutoff.epoch, undefined);
    },
  );

  rule("a token's entry outlasts the token", async (feed, reader) => {
    const jti = unique();
    const expiresAtMs = farAway;
    await feed.addRevocation({ kind: "token", jti, expiresAtMs });
    const entry = (await everything(feed, reader)).find((one) => one.kind === "token" && one.jti === jti);
    assert.ok(entry?.kind === "token" && entry.untilMs >= expiresAtMs);
  });

  rule("changes are complete and in order, however many writers there are", async (feed, reader) => {
    const before = await placesOf(feed, reader);
    const ids = Array.from({ length: 50 }, unique);
    await Promise.all(ids.map((sessionId) => feed.addRevocation({ kind: "session", sessionId })));
    const news = await changesOf(feed, reader, before);
    const heard = new Set(news.flatMap((entry) => (entry.kind === "session" ? [entry.sessionId] : [])));
    for (const id of ids) assert.ok(heard.has(id), "a change was not heard");
  });

  rule("a position counts every entry before it, none twice", async (feed, reader) => {
    const [before] = await placesOf(feed, reader);
    assert.ok(before);
    await feed.addRevocation({ kind: "key", kid: unique() });
    await feed.addRevocation({ kind: "key", kid: unique() });
    const changes = await tail(reader, 0, before);
    assert.equal(changes.cursor.position, before.position + changes.revocations.length);
    assert.ok(changes.revocations.length >= 2);
    const again = await tail(reader, 0, before);
    assert.deepEqual(again.revocations.slice(0, 2), changes.revocations.slice(0, 2));
  });

  rule("without news a reader waits, and then gets an empty answer and its own place", async (feed, reader) => {
    const places = await placesOf(feed, reader);
    const shard = places.length - 1;
    const place = places[shard];
    assert.ok(place);
    const changes = await tail(reader, shard, place, 20);
    assert.deepEqual(changes, { ...changes, revocations: [], cursor: place });
  });

  rule("who waits is answered when something comes", async (feed, reader) => {
    const [place] = await placesOf(feed, reader);
    assert.ok(place);
    const waiting = reader.tail(0, place, 20_000);
    const kid = unique();
    await feed.addRevocation({ kind: "key", kid });
    const changes = await waiting;
    assert.ok(changes !== "gone" && changes.revocations.some((entry) => entry.kind === "key" && entry.kid === kid));
  });

  rule("a place that is not of this history is gone", async (feed, reader) => {
    const [place] = await placesOf(feed, reader);
    assert.ok(place);
    assert.equal(await reader.tail(0, { position: place.position + 1_000_000, history: place.history }, 1), "gone");
    assert.equal(await reader.tail(0, { position: place.position, history: "another history" }, 1), "gone");
  });

  rule("closing a reader ends its waiting, twice is harmless, and other readers go on", async (feed, reader) => {
    const [place] = await placesOf(feed, reader);
    assert.ok(place);
    const other = feed.reader();
    const waiting = other.tail(0, place, 20_000).catch(() => "ended");
    await other.close();
    await other.close();
    await waiting;
    assert.ok(await reader.snapshot(0));
  });
}

/** Later than any test runs, and within what times can be. */
const farAway = 4_102_444_800_000;

function unique(): string {
  return `conformance ${randomBytes(12).toString("base64url")}`;
}

function requests(): Readonly<Record<string, RevocationRequest>> {
  return {
    "a token": { kind: "token", jti: unique(), expiresAtMs: farAway },
    "a session": { kind: "session", sessionId: unique() },
    "a subject": { kind: "subject", subject: `${unique()} "quoted" \\ ü \u{1F511}` },
    everyone: { kind: "everyone" },
    "a key": { kind: "key", kid: unique() },
  };
}

function isOf(entry: Revocation, request: RevocationRequest): boolean {
  if (entry.kind !== request.kind) return false;
  const name = { token: "jti", session: "sessionId", subject: "subject", everyone: "kind", key: "kid" }[entry.kind];
  return (entry as unknown as Record<string, unknown>)[name] === (request as unknown as Record<string, unknown>)[name];
}

async function placesOf(feed: RevocationFeed, reader: FeedReader): Promise<readonly FeedCursor[]> {
  const shards = Array.from({ length: feed.shards }, (_, shard) => shard);
  return Promise.all(shards.map(async (shard) => (await reader.snapshot(shard)).cursor));
}

async function everything(feed: RevocationFeed, reader: FeedReader): Promise<readonly Revocation[]> {
  const shards = Array.from({ length: feed.shards }, (_, shard) => shard);
  return (await Promise.all(shards.map((shard) => reader.snapshot(shard)))).flatMap(({ revocations }) => revocations);
}

async function changesOf(
  feed: RevocationFeed,
  reader: FeedReader,
  places: readonly FeedCursor[],
): Promise<readonly Revocation[]> {
  assert.equal(places.length, feed.shards);
  const all = await Promise.all(places.map((place, shard) => tailToEnd(reader, shard, place)));
  return all.flat();
}

/** A feed may answer a part at a time. */
async function tailToEnd(reader: FeedReader, shard: number, from: FeedCursor): Promise<readonly Revocation[]> {
  const found: Revocation[] = [];
  for (let place = from; ; ) {
    const changes = await tail(reader, shard, place, 1);
    if (changes.revocations.length === 0) return found;
    found.push(...changes.revocations);
    place = changes.cursor;
  }
}

async function tail(reader: FeedReader, shard: number, place: FeedCursor, waitMs = 1): Promise<FeedChanges> {
  const changes = await reader.tail(shard, place, waitMs);
  assert.notEqual(changes, "gone", "a place that was just given is gone");
  return changes as FeedChanges;
}
