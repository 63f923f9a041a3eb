/** How a list waits: up to a limit, or up to its end, and no timer or listener is left over. */
import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pause, Unanswered, within } from "../../src/revocation/waiting.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const never = (): Promise<never> => new Promise(() => {});
/** Whether a promise has settled; no time passes. */
async function isOver(work: Promise<unknown>): Promise<boolean> {
  let over = false;
  const note = (): void => {
    over = true;
  };
  work.then(note, note);
  await vi.advanceTimersByTimeAsync(0);
  return over;
}

describe("within a limit, work", () => {
  it("answers what it answers, and no timer is left", async () => {
    expect(await within(1000, async () => "an answer")).toBe("an answer");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("fails with its own error, and no timer is left", async () => {
    const down = new Error("down");
    await expect(within(1000, () => Promise.reject(down))).rejects.toBe(down);
    await expect(
      within(1000, () => {
        throw down;
      }),
    ).rejects.toBe(down);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("that stalls is told apart from work that fails, once the limit is reached and not before", async () => {
    const stalled = within(1000, never);
    const outcome = stalled.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(999);
    expect(await isOver(stalled)).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    const error = await outcome;
    expect(error).toBeInstanceOf(Unanswered);
    expect(error).toMatchObject({ name: "Unanswered", message: "the feed stalls: it neither answers nor fails" });
  });
});

describe("a pause", () => {
  it("ends after its time and not before, and leaves nothing behind", async () => {
    const { signal } = new AbortController();
    const paused = pause(100, signal);
    await vi.advanceTimersByTimeAsync(99);
    expect(await isOver(paused)).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await isOver(paused)).toBe(true);
    expect([vi.getTimerCount(), getEventListeners(signal, "abort").length]).toEqual([0, 0]);
  });

  it("ends with the signal, and leaves nothing behind", async () => {
    const abort = new AbortController();
    const paused = pause(100, abort.signal);
    abort.abort();
    expect(await isOver(paused)).toBe(true);
    expect([vi.getTimerCount(), getEventListeners(abort.signal, "abort").length]).toEqual([0, 0]);
  });

  it("does not begin once the signal was aborted", async () => {
    const paused = pause(100, AbortSignal.abort());
    expect(vi.getTimerCount()).toBe(0);
    expect(await isOver(paused)).toBe(true);
  });

  it.each([
    ["lets the process end", {}, false],
    ["holds it where somebody waits", { keepsAlive: true }, true],
  ])("%s", (_what, options, holds) => {
    const timers = vi.spyOn(globalThis, "setTimeout");
    const abort = new AbortController();
    void pause(100, abort.signal, options);
    const [timer] = timers.mock.results.map(({ value }) => value as NodeJS.Timeout);
    expect(timer?.hasRef()).toBe(holds);
    abort.abort();
    timers.mockRestore();
  });
});
