import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Gathering } from "../../src/store/postgres-gathering.ts";

/** A statement under way: what it asks for, and how it ends. */
interface Statement {
  readonly names: readonly string[];
  answer(): void;
  /** Of a group: decides none of them. */
  leave(): void;
  fail(): void;
}

let statements: Statement[];
let gathering: Gathering<string, string>;

beforeEach(async () => {
  // The module takes the timers when it is loaded.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.resetModules();
  statements = [];
  const module = await import("../../src/store/postgres-gathering.ts");
  gathering = new module.Gathering({
    // "a1" and "a2" are two commands for one session.
    nameOf: (command) => command.slice(0, 1),
    alone: (command) =>
      new Promise((resolve, reject) => {
        statements.push({
          names: [command],
          answer: () => resolve(`${command}, alone`),
          leave: () => {},
          fail: () => reject(new Error("down")),
        });
      }),
    together: (commands) =>
      new Promise((resolve, reject) => {
        statements.push({
          names: commands,
          answer: () => resolve(new Map(commands.map((command) => [command.slice(0, 1), `${command}, together`]))),
          leave: () => resolve(new Map()),
          fail: () => reject(new Error("down")),
        });
      }),
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(() => setImmediate(resolve)));
const sent = (): readonly string[] => statements.map(({ names }) => names.join(" "));
const ask = (...commands: string[]): Promise<string>[] => commands.map((command) => gathering.ask(command));
/** Four statements under way. */
async function busy(): Promise<Promise<string>[]> {
  const asked: Promise<string>[] = [];
  for (const command of ["w1", "x1", "y1", "z1"]) {
    asked.push(...ask(command));
    await turn();
  }
  return asked;
}

describe("what is asked for while statements are awaited", () => {
  it("goes at once while few are", async () => {
    void busy();
    expect(sent()).toEqual(["w1"]);
    await turn();
    await turn();
    await turn();
    await turn();
    expect(sent()).toEqual(["w1", "x1", "y1", "z1"]);
  });

  it("gathers, and goes together when one of them is answered", async () => {
    const [first] = await busy();
    const asked = ask("a1", "b1", "c1");
    await turn();
    expect(statements).toHaveLength(4);
    statements[0]?.answer();
    expect(await first).toBe("w1, alone");
    await turn();
    expect(sent().slice(4)).toEqual(["a1 b1 c1"]);
    statements[4]?.answer();
    expect(await Promise.all(asked)).toEqual(["a1, together", "b1, together", "c1, together"]);
  });

  it("gathers for 20 ms at most, whatever holds the others up", async () => {
    await busy();
    const asked = ask("a1", "b1");
    await turn();
    vi.advanceTimersByTime(19);
    expect(statements).toHaveLength(4);
    vi.advanceTimersByTime(1);
    expect(sent().slice(4)).toEqual(["a1 b1"]);
    statements[4]?.answer();
    expect(await Promise.all(asked)).toEqual(["a1, together", "b1, together"]);
  });

  it("is shared among the statements that may go, 128 at most in each", async () => {
    const asked = ask(...Array.from({ length: 601 }, (_, index) => `${String.fromCodePoint(0x4e00 + index)}1`));
    await turn();
    expect(statements.map(({ names }) => names.length)).toEqual([1, 128, 128, 128]);
    for (const { answer } of statements) answer();
    await turn();
    expect(statements.slice(4).map(({ names }) => names.length)).toEqual([54, 54, 54, 54]);
    for (const { answer } of statements) answer();
    await Promise.all(asked);
  });

  it("has no two commands for one session in a group", async () => {
    await busy();
    const asked = ask("a1", "a2", "b1");
    statements[0]?.answer();
    await turn();
    expect([...sent().slice(4)].sort()).toEqual(["a1", "a2 b1"]);
    for (const { answer } of statements) answer();
    expect(await Promise.all(asked)).toEqual(["a1, alone", "a2, together", "b1, together"]);
  });

  it("is asked for alone where the group left it, and holds up nobody behind it", async () => {
    await busy();
    const [a, b] = ask("a1", "b1");
    statements[0]?.answer();
    await turn();
    statements[4]?.leave();
    await turn();
    expect(sent().slice(5)).toEqual(["a1", "b1"]);
    const [c] = ask("c1");
    await turn();
    expect(sent().slice(7)).toEqual(["c1"]);
    for (const { answer } of statements) answer();
    expect(await Promise.all([a, b, c])).toEqual(["a1, alone", "b1, alone", "c1, alone"]);
  });

  it("rejects with its group, and the next group goes on", async () => {
    await busy();
    const asked = ask("a1", "b1");
    statements[0]?.answer();
    await turn();
    statements[4]?.fail();
    const results = await Promise.allSettled(asked);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const [next] = ask("c1");
    await turn();
    statements[5]?.answer();
    expect(await next).toBe("c1, alone");
  });
});
