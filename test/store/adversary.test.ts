/** What callers may hand to sessions, as odd as it may be, over the real stores: nothing leaks from one subject to another. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SessionStore } from "../../src/store/contract.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { asyncCodeOf } from "../fixtures/refusals.ts";
import { openStore, type RunningStore, realStores, storeNames } from "./real-stores.ts";
import { sessionsOver } from "./sessions.ts";

/** Subjects that a key layout, a query, a collation or a normalisation could take for one another. */
const SUBJECTS = [
  ...["a", "A", " a", "a ", "a\t", "a\n", "\na", "á", "a\u0301", "а", "ａ", "a\u200b", "\ufeffa", "a\u2028"],
  ...["1", "01", "1.0", "null", "undefined", "__proto__", "constructor", "*", "?", "[a]", "%", "_", "%61", "+"],
  ...[
    "{a}",
    "}{",
    "a:b",
    "a:b:c",
    "s:a",
    "epoch",
    "kept",
    '"',
    "'",
    "\\",
    "\\u0061",
    "'; DROP TABLE sessions; --",
    "$1",
  ],
  ...["\ufffd", "\u{1f600}", "\u{10ffff}", "x".repeat(1024), "é".repeat(512)],
];

/** Bindings that a record could spell alike. */
const BINDINGS = [
  ...[{ jkt: "a" }, { clientId: "a" }, { jkt: "a", clientId: "a" }, { jkt: "a b" }, { jkt: "a", clientId: "b" }],
  ...[
    { jkt: "=a" },
    { jkt: "." },
    { clientId: "." },
    { jkt: "%61" },
    { jkt: "A" },
    { clientId: "a\nb" },
    { jkt: "a " },
  ],
];

const METADATA = [
  { "\u0000": "\u0000", "\ud800": "\udc00", "": [null, { a: {} }] },
  JSON.parse('{"__proto__":{"admin":true},"constructor":1}') as Record<string, never>,
  { text: "\n\r\t \\ \" ' ` { } : % é \u{1f600} \u2028" },
  { long: "é".repeat(2042) },
];

const names = ["memory", ...storeNames] as const;

describe.each(names)("sessions in %s", (name) => {
  const real = name === "memory" ? undefined : realStores[name];
  describe("", real?.suite() ?? {}, () => {
    let running: RunningStore | undefined;
    let store: SessionStore;
    let close = async (): Promise<void> => {};
    beforeAll(async () => {
      running = await real?.start();
      const opened = running === undefined ? { store: memoryStore(), close } : openStore(running.place);
      ({ store, close } = opened);
      await store.migrate();
    });
    afterAll(async () => {
      await close();
      await running?.stop();
    });

    it("are each subject's own, whatever it is called", async () => {
      const { sessions } = sessionsOver(store);
      const started = new Map<string, string>();
      for (const subject of SUBJECTS) started.set(subject, (await sessions.start({ subject })).sessionId);
      const listed = async (subject: string): Promise<string[]> =>
        (await sessions.list(subject)).sessions.map((session) => `${session.subject} ${session.sessionId}`);
      for (const [subject, id] of started) expect(await listed(subject)).toEqual([`${subject} ${id}`]);
      const ended = SUBJECTS.filter((_, at) => at % 2 === 0);
      for (const subject of ended) await sessions.endAll(subject);
      for (const [subject, id] of started)
        expect(await listed(subject)).toEqual(ended.includes(subject) ? [] : [`${subject} ${id}`]);
    });

    it("keep their metadata to the letter", async () => {
      const { sessions } = sessionsOver(store);
      for (const metadata of METADATA) {
        const { sessionId, refreshToken } = await sessions.start({ subject: "meta", metadata });
        await sessions.refresh(refreshToken);
        expect(JSON.stringify((await sessions.find(sessionId))?.metadata)).toBe(JSON.stringify(metadata));
      }
      expect(await asyncCodeOf(sessions.start({ subject: "meta", metadata: { long: "é".repeat(2043) } }))).toBe(
        "CONFIG",
      );
    });

    it("refresh for their own binding alone, however others are spelled", async () => {
      const { sessions } = sessionsOver(store);
      const meets = (bound: object, shown: object): boolean =>
        Object.entries(bound).every(([member, value]) => (shown as Record<string, unknown>)[member] === value);
      for (const binding of BINDINGS) {
        let { refreshToken } = await sessions.start({ subject: "bound", binding });
        for (const shown of [undefined, {}, ...BINDINGS]) {
          const code = await asyncCodeOf(
            sessions.refresh(refreshToken, shown && { binding: shown }).then((next) => {
              ({ refreshToken } = next);
            }),
          );
          expect([binding, shown, code]).toEqual([
            binding,
            shown,
            meets(binding, shown ?? {}) ? "accepted" : "BINDING",
          ]);
        }
      }
    });

    it("are not found, ended nor harmed by ids and tokens that are made up", async () => {
      const { sessions } = sessionsOver(store);
      const { sessionId, refreshToken } = await sessions.start({ subject: "made up" });
      const bytes = Buffer.from(sessionId, "base64url");
      for (let at = 0; at < bytes.length; at++) {
        const other = Buffer.from(bytes);
        other[at] = (other[at] ?? 0) ^ 0x81;
        expect(await sessions.find(other.toString("base64url"))).toBeUndefined();
        await sessions.end(other.toString("base64url"));
      }
      const token = Buffer.from(refreshToken, "base64url");
      for (let at = 0; at < token.length; at++) {
        const other = Buffer.from(token);
        other[at] = (other[at] ?? 0) ^ 0x81;
        const code = await asyncCodeOf(sessions.refresh(other.toString("base64url")));
        expect(["REFRESH_INVALID", "KEYS_UNAVAILABLE"]).toContain(code);
      }
      expect((await sessions.refresh(refreshToken)).outcome).toBe("rotated");
    });
  });
});
