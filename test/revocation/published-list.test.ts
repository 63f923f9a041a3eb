/** The list that a server publishes: read once for everybody, signed anew when it changed, and never later than it was asked for. */
import { afterEach, describe, expect, it, test, vi } from "vitest";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { verifyJws } from "../../src/jws/verify.ts";
import { signingSource } from "../../src/jwt/signing-source.ts";
import { type Publication, PublishedList } from "../../src/revocation/published-list.ts";
import { AS_OF_TYP, LIST_TYP, tagOf } from "../../src/revocation/signed-list.ts";
import {
  changes,
  history,
  ScriptedFeed,
  START_MS,
  sessionEntry,
  settled,
  snapshot,
  TwoClocks,
} from "./scripted-feed.ts";

const issuer = "https://auth.example";
const HOUR_MS = 3_600_000;
const key = secretKey("a secret of this test, of 32 bytes and more", { alg: "HS256", kid: "key 1" });
const other = secretKey("another secret of this test, as long as that", { alg: "HS256", kid: "key 2" });

afterEach(() => {
  vi.useRealTimers();
});

/** Tells which reader was closed, each with a number. */
class WatchedFeed extends ScriptedFeed {
  readonly closed: number[] = [];
  /** The close of a feed that is away fails too. */
  closes: () => Promise<void> = async () => {};

  override reader(): ReturnType<ScriptedFeed["reader"]> {
    const reader = super.reader();
    const number = this.readers;
    return {
      ...reader,
      close: () => {
        this.closed.push(number);
        return this.closes();
      },
    };
  }
}

function publishing({ maxAgeMs = 1000, shards = 1 } = {}): {
  readonly feed: WatchedFeed;
  readonly clocks: TwoClocks;
  readonly list: PublishedList;
  signWith(next: typeof key): void;
} {
  const feed = new WatchedFeed(shards);
  const clocks = new TwoClocks();
  let [listSource, asOfSource] = [signingSource(key, LIST_TYP), signingSource(key, AS_OF_TYP)];
  const list = new PublishedList({
    feed,
    issuer,
    listSource: { ...listSource, current: () => listSource.current() },
    asOfSource: { ...asOfSource, current: () => asOfSource.current() },
    maxAgeMs,
    clock: clocks.clock,
    monotonic: clocks.monotonic,
  });
  const signWith = (next: typeof key): void => {
    [listSource, asOfSource] = [signingSource(next, LIST_TYP), signingSource(next, AS_OF_TYP)];
  };
  return { feed, clocks, list, signWith };
}

const read = (text: string, by = key): Record<string, unknown> =>
  JSON.parse(Buffer.from(verifyJws(by, text).payload).toString());
const asOf = (publication: Publication, by = key): unknown => read(publication.asOf, by).asOf;

it("a publication is the list, the time, and the tag of the feed's place that binds the two", async () => {
  const { feed, list } = publishing({ shards: 2 });
  void feed.answer(snapshot(1, sessionEntry("session 1")), 0);
  void feed.answer(snapshot(7), 1);
  const { tag, body, asOf: time } = await list.current();
  const places = [1, 7].map((position) => ({ position, history }));
  expect(tag).toBe(tagOf(places, HOUR_MS));
  expect(read(body)).toEqual({
    iss: issuer,
    tag,
    maxTokenLifeMs: HOUR_MS,
    shards: [
      { ...places[0], entries: [`["s","session 1",${START_MS + HOUR_MS}]`] },
      { ...places[1], entries: [] },
    ],
  });
  expect(read(time)).toEqual({ iss: issuer, tag, asOf: START_MS });
  expect([verifyJws(key, body).header.typ, verifyJws(key, time).header.typ]).toEqual([LIST_TYP, AS_OF_TYP]);
});

describe("the time is that of the question", () => {
  it("whatever the answer took", async () => {
    const { feed, clocks, list } = publishing();
    const publication = list.current();
    await settled();
    clocks.advance(3);
    await feed.answer(snapshot(0));
    expect(asOf(await publication)).toBe(START_MS);
  });

  it("less what the shard that lags most is behind, in whole milliseconds", async () => {
    const { feed, list } = publishing({ shards: 2 });
    void feed.answer({ ...snapshot(0), ageMs: 0.5 }, 0);
    void feed.answer({ ...snapshot(0), ageMs: 700.5 }, 1);
    expect(asOf(await list.current())).toBe(START_MS - 701);
  });
});

describe("one reading", () => {
  it("answers all who ask at once, and who comes within maxAge, counted from its question", async () => {
    const { feed, clocks, list } = publishing();
    const together = [list.current(), list.current()];
    await settled();
    clocks.advance(0.4);
    await feed.answer(snapshot(0));
    const [first, second] = await Promise.all(together);
    clocks.advance(0.599);
    expect([second, await list.current()]).toEqual([first, first]);
    expect(feed.asked).toEqual(["snapshot 0"]);
    clocks.advance(0.001);
    void feed.answer(changes(0));
    expect(asOf(await list.current())).toBe(START_MS + 1000);
  });

  it("that fails is everybody's who asked, and nobody's who comes later; the reader stays", async () => {
    const { feed, list } = publishing();
    const down = new Error("down");
    const together = [list.current(), list.current()].map((one) => one.catch((error: unknown) => error));
    await feed.answer(down);
    expect(await Promise.all(together)).toEqual([down, down]);
    void feed.answer(snapshot(0));
    expect(asOf(await list.current())).toBe(START_MS);
    expect([feed.readers, feed.closed]).toEqual([1, []]);
  });
});

describe("the signed list", () => {
  /** Of two entries, one of which ends in a minute: a list that is signed later lacks it. */
  async function signed(): Promise<ReturnType<typeof publishing> & { readonly first: Publication }> {
    const made = publishing();
    void made.feed.answer(snapshot(2, sessionEntry("session 1", START_MS + 60_000), sessionEntry("session 2")));
    const first = await made.list.current();
    made.clocks.advance(60);
    return { ...made, first };
  }
  const entriesIn = ({ body }: Publication, by = key): unknown =>
    (read(body, by).shards as { entries: unknown[] }[]).map(({ entries }) => entries.length);

  it("is the same text while the feed is at the same place, though an entry's end has come", async () => {
    const { feed, list, first } = await signed();
    void feed.answer(changes(2));
    const second = await list.current();
    expect([second.tag, second.body]).toEqual([first.tag, first.body]);
    expect(asOf(second)).toBe(START_MS + 60_000);
  });

  it("is another where something was revoked, without what is over by then", async () => {
    const { feed, list, first } = await signed();
    void feed.answer(changes(3, { kind: "key", kid: "key 9" }));
    const second = await list.current();
    expect(second.tag).not.toBe(first.tag);
    expect([entriesIn(first), entriesIn(second)]).toEqual([[2], [2]]);
  });

  it("is another under the next key, with the same tag", async () => {
    const { feed, list, signWith, first } = await signed();
    signWith(other);
    void feed.answer(changes(2));
    const second = await list.current();
    expect(second.tag).toBe(first.tag);
    expect(entriesIn(second, other)).toEqual([1]);
    expect(asOf(second, other)).toBe(START_MS + 60_000);
  });
});

describe("a reader", () => {
  it("is opened when somebody asks, and used again", async () => {
    const { feed, clocks, list } = publishing();
    expect(feed.readers).toBe(0);
    void feed.answer(snapshot(0));
    await list.current();
    clocks.advance(1);
    void feed.answer(changes(0));
    await list.current();
    expect(feed.readers).toBe(1);
  });

  it("is closed with the list; who asks later opens another, and is told what that reads", async () => {
    const { feed, list } = publishing();
    await list.close();
    expect(feed.closed).toEqual([]);
    void feed.answer(snapshot(0));
    const before = await list.current();
    await list.close();
    await list.close();
    expect(feed.closed).toEqual([1]);
    void feed.answer(changes(1, sessionEntry("session 1")));
    const after = await list.current();
    expect([feed.readers, after.tag === before.tag]).toEqual([2, false]);
  });

  it("whose close fails makes the list's fail", async () => {
    const { feed, list } = publishing();
    void feed.answer(snapshot(0));
    await list.current();
    feed.closes = () => Promise.reject(new Error("down"));
    await expect(list.close()).rejects.toThrow("down");
  });

  test("that does not answer is given up after five seconds, and the next who asks opens another", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { feed, list } = publishing();
    const unheard = vi.fn();
    process.once("unhandledRejection", unheard);
    feed.closes = () => Promise.reject(new Error("down"));
    let outcome: unknown = "none yet";
    void list.current().catch((error: unknown) => {
      outcome = error;
    });
    await feed.answer("silence");
    await vi.advanceTimersByTimeAsync(4999);
    expect([outcome, feed.closed]).toEqual(["none yet", []]);
    await vi.advanceTimersByTimeAsync(1);
    await settled();
    expect(outcome).toMatchObject({ name: "Unanswered" });
    expect(feed.closed).toEqual([1]);
    expect(unheard).not.toHaveBeenCalled();
    process.off("unhandledRejection", unheard);
    void feed.answer(snapshot(0));
    await list.current();
    expect(feed.readers).toBe(2);
  });
});
