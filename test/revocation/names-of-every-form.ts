/** What holds for names however many they are: exact, however alike they are, and none lost before its end. */
import { describe, expect, it } from "vitest";
import { Names } from "../../src/revocation/names.ts";

export const MINUTE_MS = 60_000;
export const START_MS: number = Date.parse("2026-05-01T12:00:00Z");

/** Of every form: an id, a UUID, an address, other scripts, and what is long. */
function name(number: number): string {
  const digits = String(number);
  switch (number % 6) {
    case 0:
      return digits.padStart(35, "A-_z");
    case 1:
      return `${digits.padStart(8, "0")}-0000-4000-8000-000000000000`;
    case 2:
      return `user-${digits}@mail.example`;
    case 3:
      return `名前 ${digits}`;
    case 4:
      return digits.padStart(62 + (number % 5), "-");
    default:
      return digits;
  }
}

export function filled(count: number, endsMs: (number: number) => number): Names {
  const names = new Names();
  for (let number = 0; number < count; number++) {
    if (!names.keep(name(number), endsMs(number))) expect.unreachable(name(number));
  }
  return names;
}

export function describeNames(title: string, count: number): void {
  describe(title, () => {
    it("are found, and no other is", () => {
      const names = filled(count, () => START_MS + MINUTE_MS);
      expect(names.size).toBe(count);
      for (let number = 0; number < count; number++) {
        if (!names.find(name(number))) expect.unreachable(name(number));
        if (names.find(name(number + count))) expect.unreachable(name(number + count));
      }
    });

    it("are new once", () => {
      const names = filled(count, () => START_MS);
      for (let number = 0; number < count; number += 7) expect(names.keep(name(number), START_MS)).toBe(false);
      expect(names.size).toBe(count);
    });

    it("stay until their end, the latest that was said, and then leave", () => {
      const names = filled(count, (number) => START_MS + (number % 2 === 0 ? 10 : 30) * MINUTE_MS);
      for (let number = 0; number < 100; number += 2) names.keep(name(number), START_MS + 20 * MINUTE_MS);
      for (let number = 0; number < 100; number += 2) names.keep(name(number), START_MS);
      // A look goes through some of the parts.
      const forget = (minutes: number): void => {
        for (let looks = 0; looks < 10; looks++) names.forget(START_MS + minutes * MINUTE_MS);
      };
      forget(9);
      expect(names.size).toBe(count);
      forget(19);
      for (let number = 0; number < count; number++) {
        if (names.find(name(number)) !== (number % 2 === 1 || number < 100)) expect.unreachable(name(number));
      }
      expect(names.size).toBe(count / 2 + 50);
      forget(31);
      expect(names.size).toBe(0);
      expect(names.find(name(1))).toBe(false);
      expect(names.keep(name(1), START_MS + 60 * MINUTE_MS)).toBe(true);
      expect(names.find(name(1))).toBe(true);
    });

    it("keep their numbers, whole and with fractions, wherever they are moved to", () => {
      const names = new Names(3);
      const numbers = new Float64Array(3);
      const words = new Uint32Array(numbers.buffer);
      const numbersOf = (number: number): number[] => [number, START_MS + number, -1 - number / 8];
      for (let number = 0; number < count; number++) {
        names.keep(name(number), START_MS);
        numbers.set(numbersOf(number));
        names.write(words);
      }
      for (let number = 0; number < count; number++) {
        names.find(name(number));
        names.read(words);
        if (numbersOf(number).some((value, index) => value !== numbers[index])) expect.unreachable(name(number));
      }
    });
  });
}
