/** The warning when a key signs before verifiers can know it. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { generateKey } from "../../src/jwk/generate.ts";
import { type KeyTooSoon, keyRing } from "../../src/jwk/key-ring.ts";
import { manualClock } from "./manual-clock.ts";

const START = Date.parse("2026-05-01T00:00:00Z");
const inSeconds = (seconds: number): Date => new Date(START + seconds * 1000);
const [old, next, last] = await Promise.all([generateKey("ES256"), generateKey("ES256"), generateKey("ES256")]);
const time = manualClock(START);
const options = { tokenLife: "15m", jwksMaxAge: "5m", clock: time.clock } as const;

let messages: KeyTooSoon[] = [];
let warnings: (Error & { code?: string })[] = [];
const onMessage = (message: unknown): unknown => messages.push(message as KeyTooSoon);
const onWarning = (warning: Error): unknown => warnings.push(warning);
beforeEach(() => {
  messages = [];
  warnings = [];
  subscribe("rejwt:keys", onMessage);
  process.on("warning", onWarning);
});
afterEach(() => {
  unsubscribe("rejwt:keys", onMessage);
  process.off("warning", onWarning);
});

describe("a warning is given", () => {
  it("for a key of a new ring that signs sooner than verifiers fetch again, once", async () => {
    keyRing([old, { key: next, signsFrom: inSeconds(299.999) }], options);
    expect(messages).toEqual([
      { type: "signs-too-soon", kid: next.kid, signsFrom: inSeconds(299.999), jwksMaxAgeSeconds: 300 },
    ]);
    await setImmediate();
    expect(warnings.map(({ code }) => code)).toEqual(["REJWT_SIGNS_TOO_SOON"]);
    expect(warnings[0]?.message).toContain(next.kid);
  });

  it("for a key that replace adds and that signs at once, with the time of now", () => {
    const ring = keyRing([old], options);
    ring.replace([old, { key: next, signsFrom: inSeconds(-3600) }]);
    expect(messages).toEqual([
      { type: "signs-too-soon", kid: next.kid, signsFrom: inSeconds(0), jwksMaxAgeSeconds: 300 },
    ]);
  });
});

describe("no warning is given", () => {
  it("for a key that signs when every verifier has fetched again", () => {
    keyRing([old, { key: next, signsFrom: inSeconds(300) }], options);
    keyRing([old], options).replace([old, { key: next, signsFrom: inSeconds(300) }]);
    expect(messages).toEqual([]);
  });

  it("for keys of a new ring that sign already: the process before it may have published them", () => {
    keyRing([old, { key: next, signsFrom: inSeconds(0) }], options);
    expect(messages).toEqual([]);
  });

  it("for a key that the ring has already, when replace lets it sign sooner", () => {
    const ring = keyRing([old, { key: next, signsFrom: inSeconds(9000) }], options);
    ring.replace([old, { key: next, signsFrom: inSeconds(10) }]);
    expect(messages).toEqual([]);
  });

  it("for entries that replace refuses", () => {
    const ring = keyRing([old], options);
    expect(() => ring.replace([old, { key: next, signsFrom: inSeconds(1) }, old])).toThrow();
    expect(messages).toEqual([]);
  });

  it("where verifiers may keep nothing", () => {
    const ring = keyRing([old], { ...options, jwksMaxAge: 0 });
    ring.replace([old, { key: next, signsFrom: inSeconds(-3600) }]);
    ring.replace([last]);
    expect(messages).toEqual([]);
  });
});
