/** When a reader over HTTP asks: all shards with one request, in equal steps, and how old what it holds calls itself. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type KeySources, keySources } from "../../src/jwk/key-sources.ts";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { signJws } from "../../src/jws/sign.ts";
import { HttpFeedError } from "../../src/revocation/feed-fault.ts";
import { HttpFeedReader } from "../../src/revocation/http-reader.ts";
import { AS_OF_TYP, LIST_TYP } from "../../src/revocation/signed-list.ts";
import type { FeedChanges, FeedCursor } from "../../src/store/revocation-feed.ts";
import { START_MS, settled, TwoClocks } from "./scripted-feed.ts";

const issuer = "https://auth.example";
const key = secretKey("a secret of this test, of 32 bytes and more", { alg: "HS256", kid: "key 1" });
const HOUR_MS = 3_600_000;
const POLL_MS = 1000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  // The process has run for a while.
  vi.advanceTimersByTime(10_000);
});
const readers: HttpFeedReader[] = [];
afterEach(async () => {
  await Promise.all(readers.splice(0).map((reader) => reader.close()));
  vi.useRealTimers();
});

const place = (position: number): FeedCursor => ({ position, history: "h" });
const sign = (payload: object, typ: string): string => signJws(key, Buffer.from(JSON.stringify(payload)), { typ });
const kids = (count: number): string[] => Array.from({ length: count }, (_, kid) => `["k","${kid}"]`);

/** A list of two shards up to a position, whose time is that of now and `aheadMs`. */
function answer(position = 1, aheadMs = 0): Response {
  const tag = `tag_${position}`;
  const shards = [0, 1].map(() => ({ position, history: "h", entries: kids(position) }));
  const asOf = sign({ iss: issuer, tag, asOf: START_MS + aheadMs }, AS_OF_TYP);
  return new Response(sign({ iss: issuer, tag, maxTokenLifeMs: HOUR_MS, shards }, LIST_TYP), {
    headers: { "content-type": "application/jwt", "revocations-as-of": asOf },
  });
}

interface Opened {
  readonly reader: HttpFeedReader;
  readonly clocks: TwoClocks;
  /** When each request was sent, and with which `If-None-Match`. */
  readonly sentAt: number[];
  readonly tags: (string | null)[];
  answerWith(next: () => Response | Promise<Response>): void;
}

function open({ trusted = keySources("test", [key]) as KeySources } = {}): Opened {
  const clocks = new TwoClocks();
  const [sentAt, tags]: [number[], (string | null)[]] = [[], []];
  const startMs = performance.now();
  let next: () => Response | Promise<Response> = () => answer();
  const reader = new HttpFeedReader({
    request: {
      url: new URL("https://auth.example/revocations"),
      headers: {},
      fetch: async (_address, init) => {
        sentAt.push(performance.now() - startMs);
        tags.push(new Headers(init?.headers).get("if-none-match"));
        return next();
      },
      timeoutMs: 3000,
      maxBytes: 10_000,
    },
    trust: { keys: trusted, issuer, maxBytes: 10_000 },
    shards: 2,
    maxTokenLifeMs: HOUR_MS,
    pollMs: POLL_MS,
    now: () => ({ wallMs: clocks.wallMs, monotonicMs: clocks.monotonicMs }),
  });
  readers.push(reader);
  return {
    reader,
    clocks,
    sentAt,
    tags,
    answerWith: (one) => {
      next = one;
    },
  };
}

/** One that has read a list. */
async function opened(): Promise<Opened> {
  const made = open();
  await made.reader.snapshot(0);
  made.sentAt.pop();
  made.tags.pop();
  return made;
}

/** The time passes, and what follows from it is done. */
async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await settled();
}

interface Outcome {
  value?: FeedChanges | "gone";
  error?: unknown;
}

/** What a question answers, once it does. */
function outcomeOf(work: Promise<unknown>): Outcome {
  const outcome: Outcome = {};
  work.then(
    (value) => {
      outcome.value = value as FeedChanges;
    },
    (error: unknown) => {
      outcome.error = error;
    },
  );
  return outcome;
}

const down = (): Promise<never> => Promise.reject(new Error("down"));
const pending = (): Promise<never> => new Promise(() => {});

describe("for the whole list", () => {
  it("all shards ask with one request, and hear their own of it", async () => {
    const { reader, sentAt } = open();
    const all = await Promise.all([reader.snapshot(0), reader.snapshot(1)]);
    expect(sentAt).toHaveLength(1);
    for (const { revocations, cursor } of all) {
      expect([revocations, cursor]).toEqual([[{ kind: "key", kid: "0" }], place(1)]);
    }
  });

  it("who asks after an answer has it asked anew", async () => {
    const { reader, sentAt } = await opened();
    await reader.snapshot(1);
    expect(sentAt).toHaveLength(1);
  });

  it("a failure is everybody's until the next request is due, and nobody's from then on", async () => {
    const { reader, sentAt, answerWith } = open();
    answerWith(down);
    await expect(reader.snapshot(0)).rejects.toMatchObject({ reason: "unreachable" });
    answerWith(() => answer());
    await pass(POLL_MS - 1);
    await expect(reader.snapshot(1)).rejects.toMatchObject({ reason: "unreachable" });
    expect(sentAt).toEqual([0]);
    await pass(1);
    expect((await reader.snapshot(1)).cursor).toEqual(place(1));
    expect(sentAt).toEqual([0, POLL_MS]);
  });
});

describe("for changes", () => {
  it("nothing is asked where there is news already, nor where there is no list", async () => {
    const { reader, sentAt, answerWith } = await opened();
    expect(await open().reader.tail(0, place(0), 1000)).toBe("gone");
    answerWith(() => answer(2, 1));
    await reader.snapshot(0);
    expect(await reader.tail(1, place(1), 1000)).toMatchObject({
      revocations: [{ kind: "key", kid: "1" }],
      cursor: place(2),
    });
    expect(await reader.tail(1, place(9), 1000)).toBe("gone");
    expect(sentAt).toHaveLength(1);
  });

  it.each([
    ["once, at its end, where that is sooner than a request is due", 400, [400]],
    ["once, at its end, where that is when one is due", 1000, [1000]],
    ["twice where it is a little longer", 1002, [501, 1002]],
    ["in equal steps, the last one at its end", 2700, [900, 1800, 2700]],
    ["once where it is a millisecond", 1, [1]],
  ])("a wait asks %s", async (_, waitMs, sent) => {
    const { reader, sentAt } = await opened();
    const outcome = outcomeOf(reader.tail(0, place(1), waitMs));
    await pass(waitMs - 1);
    expect([sentAt, outcome]).toEqual([sent.slice(0, -1), {}]);
    await pass(1);
    expect(sentAt).toEqual(sent);
    expect(outcome.value).toMatchObject({ revocations: [], cursor: place(1) });
  });

  it("a wait ends with the news", async () => {
    const { reader, sentAt, answerWith } = await opened();
    const outcome = outcomeOf(reader.tail(0, place(1), 3000));
    await pass(1000);
    expect(outcome).toEqual({});
    answerWith(() => answer(2, 1));
    await pass(1000);
    expect(outcome.value).toMatchObject({ revocations: [{ kind: "key", kid: "1" }], cursor: place(2) });
    await pass(5000);
    expect(sentAt).toEqual([1000, 2000]);
  });

  it("a wait ends where the place is gone", async () => {
    const { reader, answerWith } = await opened();
    const outcome = outcomeOf(reader.tail(0, place(1), 3000));
    const shards = [0, 1].map(() => ({ position: 9, history: "h", entries: kids(2) }));
    answerWith(() => {
      const body = sign({ iss: issuer, tag: "tag_9", maxTokenLifeMs: HOUR_MS, shards }, LIST_TYP);
      const asOf = sign({ iss: issuer, tag: "tag_9", asOf: START_MS + 1 }, AS_OF_TYP);
      return new Response(body, { headers: { "content-type": "application/jwt", "revocations-as-of": asOf } });
    });
    await pass(1000);
    expect(outcome.value).toBe("gone");
  });

  it("a wait fails with its request, and the next asks for the whole list, until one came", async () => {
    const { reader, tags, answerWith } = await opened();
    answerWith(down);
    const outcome = outcomeOf(reader.tail(0, place(1), 1000));
    await pass(1000);
    expect(outcome.error).toMatchObject({ reason: "unreachable" });
    answerWith(() => answer());
    for (const _ of [1, 2]) {
      outcomeOf(reader.tail(0, place(1), 1000));
      await pass(1000);
    }
    expect(tags).toEqual(['"tag_1"', null, '"tag_1"']);
  });
});

describe("two shards that wait", () => {
  const bothAfter = async (laterMs: number): Promise<number[]> => {
    const { reader, sentAt } = await opened();
    const outcomes = [outcomeOf(reader.tail(0, place(1), 1000))];
    await pass(laterMs);
    outcomes.push(outcomeOf(reader.tail(1, place(1), 1000)));
    await pass(1000);
    await pass(1000);
    for (const { value } of outcomes) expect(value).toMatchObject({ revocations: [], cursor: place(1) });
    return sentAt;
  };

  it("ask together where the one is due half a step after the other or sooner", async () => {
    expect(await bothAfter(0)).toEqual([1000]);
    expect(await bothAfter(500)).toEqual([1000]);
  });

  it("ask one by one where it is later", async () => {
    expect(await bothAfter(501)).toEqual([1000, 1501]);
  });

  it("ask a slow server once", async () => {
    const { reader, sentAt, answerWith } = await opened();
    let arrive: (response: Response) => void = () => {};
    answerWith(
      () =>
        new Promise((resolve) => {
          arrive = resolve;
        }),
    );
    const first = outcomeOf(reader.tail(0, place(1), 1000));
    await pass(900);
    const second = outcomeOf(reader.tail(1, place(1), 1000));
    await pass(1500);
    expect([sentAt, first, second]).toEqual([[1000], {}, {}]);
    arrive(answer(2, 1));
    await settled();
    for (const { value } of [first, second]) expect(value).toMatchObject({ cursor: place(2) });
    expect(sentAt).toHaveLength(1);
  });

  it("do not warn of a leak, however many they are", async () => {
    const warned = vi.spyOn(process, "emitWarning");
    const { reader } = await opened();
    for (let count = 0; count < 20; count++) outcomeOf(reader.tail(count % 2, place(1), 1000));
    await pass(1000);
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });
});

describe("what is known lies behind the question", () => {
  const ageAfter = async (move: (clocks: TwoClocks) => void): Promise<number | undefined> => {
    const { reader, clocks } = await opened();
    move(clocks);
    const outcome = outcomeOf(reader.tail(0, place(1), 1));
    await pass(1);
    return (outcome.value as FeedChanges).ageMs;
  };

  it("by the time between the two", async () => {
    expect(await ageAfter((clocks) => clocks.advance(3))).toBe(3000);
  });

  it("by the clock that says more", async () => {
    expect(await ageAfter((clocks) => clocks.suspend(3))).toBe(3000);
    const setBack = (clocks: TwoClocks): void => {
      clocks.suspend(-3);
      clocks.monotonicMs += 2000;
    };
    expect(await ageAfter(setBack)).toBe(2000);
  });

  it("and by what the list was behind when it was asked for", async () => {
    const { reader, clocks, answerWith } = open();
    answerWith(() => answer(1, -700));
    expect((await reader.snapshot(0)).ageMs).toBe(700);
    clocks.advance(2);
    const outcome = outcomeOf(reader.tail(0, place(1), 1));
    await pass(1);
    expect(outcome.value).toMatchObject({ ageMs: 2700 });
  });
});

describe("a reader that is closed", () => {
  const closed = new Error("the reader is closed");

  it("asks nothing", async () => {
    const { reader, sentAt } = await opened();
    await reader.close();
    await expect(reader.snapshot(0)).rejects.toEqual(closed);
    expect(sentAt).toEqual([]);
  });

  it("lets nobody wait, nor ask", async () => {
    const { reader, sentAt } = await opened();
    const outcome = outcomeOf(reader.tail(0, place(1), 1000));
    await reader.close();
    await settled();
    expect([outcome.error, sentAt, vi.getTimerCount()]).toEqual([closed, [], 0]);
  });

  it("waits for no answer", async () => {
    const { reader, answerWith } = open();
    answerWith(pending);
    const outcome = outcomeOf(reader.snapshot(0));
    await reader.close();
    await settled();
    expect(outcome.error).toMatchObject({ reason: "unreachable", cause: closed });
  });
});

describe("keys that have to be fetched", () => {
  it("are waited for as long as the answer was, and no longer", async () => {
    const { reader } = open({ trusted: { current: undefined, candidatesAsync: pending } });
    const outcome = outcomeOf(reader.snapshot(0));
    await settled();
    await pass(2999);
    expect(outcome).toEqual({});
    await pass(1);
    expect(outcome.error).toBeInstanceOf(HttpFeedError);
    expect(outcome.error).toMatchObject({ reason: "timeout", message: "the keys did not come in time" });
  });

  it("whose source fails is told as it is", async () => {
    const broken = new Error("a source of the application's");
    const { reader } = open({ trusted: { current: undefined, candidatesAsync: () => Promise.reject(broken) } });
    await expect(reader.snapshot(0)).rejects.toBe(broken);
  });
});
