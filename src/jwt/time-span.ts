/** Time spans for people. */

const UNITS = [
  ["days", 86_400],
  ["hours", 3600],
  ["minutes", 60],
] as const;

/** `seconds` in the largest unit of which there are two: two figures are enough. */
export function span(seconds: number): string {
  const [name, size] = UNITS.find(([, size]) => seconds >= 2 * size) ?? ["seconds", 1];
  const count = Math.round(seconds / size);
  return count === 1 ? "1 second" : `${count} ${name}`;
}
