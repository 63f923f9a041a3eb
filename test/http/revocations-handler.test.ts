/** The endpoint that publishes what is revoked: what it signs, what caches may do with it, and that it never says more than it read. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { type RevocationsHandlerOptions, revocationsHandler } from "../../src/http/revocations-handler.ts";
import { externalKey } from "../../src/jwk/external-key.ts";
import { generateKey } from "../../src/jwk/generate.ts";
import { keyRing } from "../../src/jwk/key-ring.ts";
import { signBytes } from "../../src/jws/sign.ts";
import { verifyJws } from "../../src/jws/verify.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { FeedReader, RevocationFeed } from "../../src/store/revocation-feed.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { ScriptedFeed, sessionEntry, settled, snapshot } from "../revocation/scripted-feed.ts";

const issuer = "https://auth.example";
const START_MS = Date.parse("2026-05-01T12:00:00Z");
const key = await generateKey("ES256");
const ask = (ifNoneMatch?: string, method = "GET"): Request =>
  new Request("https://auth.example/revocations", {
    method,
    headers: ifNoneMatch === undefined ? {} : { "if-none-match": ifNoneMatch },
  });

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const one of opened.splice(0)) await one.close();
});

function open(options: Partial<RevocationsHandlerOptions> = {}): {
  readonly store: ReturnType<typeof memoryStore>;
  readonly clock: ReturnType<typeof manualClock>;
  readonly handler: ReturnType<typeof revocationsHandler>;
} {
  const clock = manualClock(new Date(START_MS));
  const store = memoryStore({ clock });
  const handler = revocationsHandler({ feed: store, key, issuer, clock, ...options });
  opened.push(handler);
  return { store, clock, handler };
}

const read = (text: string | null, by = key): Record<string, unknown> =>
  JSON.parse(Buffer.from(verifyJws(by, text ?? "").payload).toString());
const asOf = ({ headers }: Response): unknown => read(headers.get("revocations-as-of")).asOf;

describe("a GET", () => {
  it("answers with a signed list, its place in the feed as ETag, and a signed time", async () => {
    const { store, handler } = open();
    await store.addRevocation({ kind: "session", sessionId: "session 1" });
    const response = await handler(ask());
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/jwt");
    expect(response.headers.get("cache-control")).toBe("public, max-age=1");
    const body = await response.text();
    expect(verifyJws(key, body).header.typ).toBe("revocations+jwt");
    const { tag, ...list } = read(body);
    expect(response.headers.get("etag")).toBe(`"${tag}"`);
    expect(list).toEqual({
      iss: issuer,
      maxTokenLifeMs: 3_600_000,
      shards: [
        { position: 1, history: expect.any(String), entries: [`["s","session 1",${START_MS + 3_600_000 + 600_000}]`] },
      ],
    });
    const field = response.headers.get("revocations-as-of");
    expect(verifyJws(key, field ?? "").header.typ).toBe("revocations-as-of+jwt");
    expect(read(field)).toEqual({ iss: issuer, tag, asOf: START_MS });
  });

  it("leaves out what is over", async () => {
    const { store, clock, handler } = open();
    await store.addRevocation({ kind: "session", sessionId: "session 1" });
    await handler(ask());
    clock.advance("2h");
    await store.addRevocation({ kind: "key", kid: "key 1" });
    const { shards } = read(await (await handler(ask())).text());
    expect(shards).toEqual([expect.objectContaining({ position: 2, entries: ['["k","key 1"]'] })]);
  });

  it("with the ETag of before is 304 with a time of now; after a revocation it is another list", async () => {
    const { store, clock, handler } = open();
    const etag = (await handler(ask())).headers.get("etag") ?? "";
    clock.advance(60);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await handler(ask(known));
      expect([again.status, await again.text()]).toEqual([304, ""]);
      expect([asOf(again), again.headers.get("etag")]).toEqual([START_MS + 60_000, etag]);
    }
    await store.addRevocation({ kind: "everyone" });
    clock.advance(1);
    const changed = await handler(ask(etag));
    expect(changed.status).toBe(200);
    expect(changed.headers.get("etag")).not.toBe(etag);
  });

  it("gives the same ETag on every server that has read as far", async () => {
    const store = memoryStore();
    await store.addRevocation({ kind: "key", kid: "key 1" });
    const etags = [1, 2].map(async () => {
      const handler = revocationsHandler({ feed: store, key, issuer });
      opened.push(handler);
      return (await handler(ask())).headers.get("etag");
    });
    expect(new Set(await Promise.all(etags)).size).toBe(1);
  });

  it("keeps what it knows where the feed lost entries", async () => {
    const feed = new ScriptedFeed();
    const { handler, clock } = open({ feed });
    const until = START_MS + 3_600_000;
    void feed.answer(snapshot(1, sessionEntry("session 1", until)));
    await handler(ask());
    clock.advance(1);
    void feed.answer("gone");
    void feed.answer({ revocations: [], cursor: { position: 0, history: "history 2" } });
    const { shards } = read(await (await handler(ask())).text());
    expect(shards).toEqual([{ position: 0, history: "history 2", entries: [`["s","session 1",${until}]`] }]);
  });

  it("tells nothing before the last part of what the feed answers in parts", async () => {
    const feed = new ScriptedFeed();
    const { handler, clock } = open({ feed });
    void feed.answer(snapshot(0));
    await handler(ask());
    clock.advance(1);
    void feed.answer({ ...snapshot(1, sessionEntry("session 1", START_MS + 3_600_000)), isPart: true });
    void feed.answer(snapshot(2, sessionEntry("session 2", START_MS + 3_600_000)));
    expect(read(await (await handler(ask())).text()).shards).toMatchObject([{ position: 2 }]);
  });

  it("is 503 where the feed answers parts without end", async () => {
    const feed = new ScriptedFeed();
    const { handler, clock } = open({ feed });
    void feed.answer(snapshot(0));
    await handler(ask());
    clock.advance(1);
    for (let parts = 0; parts < 100; parts++) void feed.answer({ ...snapshot(0), isPart: true });
    expect((await handler(ask())).status).toBe(503);
  });
});

describe("the time that is signed", () => {
  it("is that of the question to the feed, and not of the answer", async () => {
    const feed = new ScriptedFeed();
    const { handler, clock } = open({ feed });
    const response = handler(ask());
    await settled();
    clock.advance(3);
    await feed.answer(snapshot(0));
    expect(asOf(await response)).toBe(START_MS);
  });

  it("is older by what the feed itself is behind", async () => {
    const feed = new ScriptedFeed();
    const { handler } = open({ feed });
    void feed.answer({ ...snapshot(0), ageMs: 700 });
    expect(asOf(await handler(ask()))).toBe(START_MS - 700);
  });

  it("is of one reading for everybody who comes within maxAge", async () => {
    const feed = new ScriptedFeed();
    const { handler, clock } = open({ feed, maxAge: 2 });
    void feed.answer(snapshot(0));
    const answers = await Promise.all([1, 2, 3].map(() => handler(ask())));
    clock.advance(1.9);
    answers.push(await handler(ask()));
    expect(new Set(answers.map(asOf))).toEqual(new Set([START_MS]));
    expect(feed.asked).toEqual(["snapshot 0"]);
    clock.advance(0.1);
    void feed.answer(snapshot(0));
    expect(asOf(await handler(ask()))).toBe(START_MS + 2000);
  });

  it("is nobody's where the feed does not answer: 503, to be kept by no cache", async () => {
    const feed = new ScriptedFeed();
    const told: unknown[] = [];
    const { handler, clock } = open({ feed, onEvent: (event) => told.push(event) });
    void feed.answer(snapshot(0));
    await handler(ask());
    clock.advance(1);
    const error = new Error("away");
    void feed.answer(error);
    const response = await handler(ask());
    expect([response.status, response.headers.get("cache-control")]).toEqual([503, "no-store"]);
    expect(response.headers.get("revocations-as-of")).toBeNull();
    expect(await response.json()).toEqual({ error: "temporarily_unavailable" });
    expect(told).toEqual([{ type: "failed", error }]);
    void feed.answer(snapshot(0));
    expect((await handler(ask())).status).toBe(200);
  });

  it("is told to nobody where nobody listens", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const feed = new ScriptedFeed();
    void feed.answer(new Error("away"));
    expect((await open({ feed }).handler(ask())).status).toBe(503);
    expect(warn).not.toHaveBeenCalled();
  });

  it("is nobody's while the service that signs is down: 503", async () => {
    const told: unknown[] = [];
    const sign = () => Promise.reject(new Error("away"));
    const elsewhere = externalKey({ publicKey: key, sign });
    const response = await open({ key: elsewhere, onEvent: (event) => told.push(event) }).handler(ask());
    expect(response.status).toBe(503);
    expect(told).toEqual([{ type: "failed", error: expect.objectContaining({ code: "SIGNER_UNAVAILABLE" }) }]);
  });

  it("is not asked for again by a handler that is closed, until somebody asks", async () => {
    const feed = new ScriptedFeed();
    const { handler } = open({ feed, maxAge: "1h" });
    void feed.answer(snapshot(0));
    await handler(ask());
    await handler.close();
    void feed.answer(snapshot(0));
    await handler(ask());
    expect(feed.readers).toBe(2);
  });
});

describe("other requests", () => {
  it("HEAD has the fields alone", async () => {
    const response = await open().handler(ask(undefined, "HEAD"));
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(response.headers.get("etag")).toMatch(/^"[\w-]{43}"$/);
  });

  it("POST is 405", async () => {
    const response = await open().handler(ask(undefined, "POST"));
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });
});

describe("keys", () => {
  it("none of which is due are the programmer's mistake, and no outage", async () => {
    const ring = keyRing([{ key, signsFrom: new Date(START_MS + 600_000) }], {
      tokenLife: 60,
      clock: () => new Date(START_MS),
    });
    const told: unknown[] = [];
    const { handler } = open({ key: ring, onEvent: (event) => told.push(event) });
    await expect(handler(ask())).rejects.toMatchObject({ code: "CONFIG" });
    expect(told).toEqual([]);
  });

  it("a ring's turn signs the list anew, under the same ETag", async () => {
    const [first, second] = [await generateKey("ES256"), await generateKey("ES256")];
    const clock = manualClock(new Date(START_MS));
    const ring = keyRing([first, { key: second, signsFrom: new Date(START_MS + 600_000) }], { tokenLife: 60, clock });
    const store = memoryStore({ clock });
    const handler = revocationsHandler({ feed: store, key: ring, issuer, clock });
    const before = await handler(ask());
    expect(read(await before.text(), first).iss).toBe(issuer);
    clock.advance("10m");
    const after = await handler(ask());
    expect(after.headers.get("etag")).toBe(before.headers.get("etag"));
    expect(read(await after.text(), second).iss).toBe(issuer);
    expect(read(after.headers.get("revocations-as-of"), second).iss).toBe(issuer);
  });

  it("a key that signs elsewhere signs here too", async () => {
    const elsewhere = externalKey({ publicKey: key, sign: async (input) => signBytes(key, input) });
    const response = await open({ key: elsewhere }).handler(ask());
    expect(read(await response.text()).iss).toBe(issuer);
  });
});

describe("options", () => {
  const store: RevocationFeed & { reader(): FeedReader } = memoryStore();
  it.each([
    ["what is no feed", { feed: {} }],
    ["no key", { key: undefined }],
    ["what is no key", { key: "secret" }],
    ["an empty issuer", { issuer: "" }],
    ["an unknown name", { cache: 1 }],
    ["an undefined time", { maxAge: undefined }],
    ["what is no clock", { clock: 1 }],
  ])("%s is CONFIG", (_name, changes) => {
    const options = { feed: store, key, issuer, ...changes } as RevocationsHandlerOptions;
    expect(() => revocationsHandler(options)).toThrow(expect.objectContaining({ code: "CONFIG" }));
  });

  it("maxAge 0 is revalidated each time", async () => {
    const response = await open({ maxAge: 0 }).handler(ask());
    expect(response.headers.get("cache-control")).toBe("no-cache");
  });
});
