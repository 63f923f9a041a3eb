/** The names of a list when they are many, and when they are long. */
import { expect, it } from "vitest";
import { describeNames, filled, START_MS } from "./names-of-every-form.ts";

const MANY = 60_000;

describeNames("many names", MANY);

it("names of thousands of characters are split among parts before one is full", () => {
  const names = filled(MANY, () => START_MS);
  const long = (number: number): string => `${"/".repeat(6000)}${number}`;
  for (let number = 0; number < 3000; number++) names.keep(long(number), START_MS);
  expect(names.size).toBe(MANY + 3000);
  for (let number = 0; number < 3000; number++) {
    if (!names.find(long(number))) expect.unreachable(`long ${number}`);
  }
  expect(names.find(long(3000))).toBe(false);
});

it("what is longer than any token is no entry, and stops nothing", () => {
  const names = filled(MANY, () => START_MS);
  expect(names.keep("a".repeat(2 ** 20 + 1), START_MS)).toBe(false);
  expect(names.size).toBe(MANY);
});
