/** Many logs with one question: what is sent, what where that is refused, and who is told of an outage. */
import { describe, expect, it } from "vitest";
import { RedisTails, SharedMoments } from "../../../src/store/redis-tails.ts";

const place = { position: 1, history: "h" };
const refusal = (code: string): Error => new Error(`Redis did not answer: ${code} Keys in request`);

/** Tails over a server that answers as the test says, and how many logs each script was sent for. */
function over(answer: (logs: readonly string[]) => unknown): { readonly tails: RedisTails; readonly sent: number[] } {
  const sent: number[] = [];
  const tails = new RedisTails(async (_script, logs) => {
    sent.push(logs.length);
    return answer(logs);
  });
  return { tails, sent };
}
const namesOf = (logs: readonly string[]): unknown => logs.map((log) => [log]);
const askThree = (tails: RedisTails) => Promise.all(["a", "b", "c"].map((log) => tails.ask(log, place)));

describe("the questions of one turn", () => {
  it("are one script, and each is answered with its own log", async () => {
    const { tails, sent } = over(namesOf);
    expect(await askThree(tails)).toEqual([["a"], ["b"], ["c"]]);
    expect(sent).toEqual([3]);
  });

  it.each(["CROSSSLOT", "ERR", "NOPERM"])(
    "are a script each where the server answers %s, from then on",
    async (code) => {
      const { tails, sent } = over((logs) => {
        if (logs.length > 1) throw refusal(code);
        return namesOf(logs);
      });
      expect(await askThree(tails)).toEqual([["a"], ["b"], ["c"]]);
      expect(await askThree(tails)).toEqual([["a"], ["b"], ["c"]]);
      expect(sent).toEqual([3, 1, 1, 1, 1, 1, 1]);
    },
  );

  it("fail together in an outage, and are one script again after it", async () => {
    let isAway = true;
    const { tails, sent } = over((logs) => {
      if (isAway) throw new Error("Redis did not answer within 3000 ms");
      return namesOf(logs);
    });
    const outcomes = await Promise.allSettled(["a", "b"].map((log) => tails.ask(log, place)));
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    isAway = false;
    await askThree(tails);
    expect(sent).toEqual([2, 3]);
  });

  it("stay one script where each alone is refused as well", async () => {
    let isFull = true;
    const { tails, sent } = over((logs) => {
      if (isFull) throw refusal("ERR max number of clients reached");
      return namesOf(logs);
    });
    await Promise.allSettled(["a", "b"].map((log) => tails.ask(log, place)));
    isFull = false;
    await askThree(tails);
    expect(sent).toEqual([2, 1, 1, 3]);
  });
});

describe("who waits", () => {
  it("is taken along by whoever is due first", async () => {
    const moments = new SharedMoments();
    const { signal } = new AbortController();
    let isOver = false;
    const long = moments.next(600_000, signal).then(() => {
      isOver = true;
    });
    await moments.next(1, signal);
    await long;
    expect(isOver).toBe(true);
  });

  it("is ended by closing, before and during the wait", async () => {
    const moments = new SharedMoments();
    const closed = new AbortController();
    const waiting = moments.next(600_000, closed.signal);
    closed.abort();
    await expect(waiting).rejects.toThrow("closed");
    await expect(moments.next(1, closed.signal)).rejects.toThrow("closed");
  });
});
