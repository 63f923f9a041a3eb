/** What no test of the edge may do: write to the console, where a token could stand. */
import { afterEach, beforeEach, expect, vi } from "vitest";

const logged: unknown[][] = [];

/** Watches every test of this scope. */
export function expectNothingLogged(): void {
  beforeEach(() => {
    for (const level of ["log", "info", "warn", "error", "debug"] as const) {
      vi.spyOn(console, level).mockImplementation((...values) => void logged.push(values));
    }
  });
  afterEach(() => {
    vi.restoreAllMocks();
    expect(logged).toEqual([]);
  });
}
