/**
 * What the programs use and the package does not offer yet, by the module or the type that will. An entry whose name
 * begins to work fails the tests until it is removed here, so that what it was awaited for is checked from then on. Such
 * as `{ rejwt: ["createSigner"], SignerOptions: ["typ"], "rejwt/redis": ["redisStore"] }`.
 */
export const awaited: Readonly<Record<string, readonly string[]>> = {};

/** Cannot find module · has no exported member · has no exported member, did you mean · no such property. */
const missing = new Map([
  ["TS2307", /^Cannot find module '([^']+)'/],
  ["TS2305", /^Module '"([^"]+)"' has no exported member '([^']+)'/],
  ["TS2724", /^'"([^"]+)"' has no exported member named '([^']+)'/],
  ["TS2353", /and '(?<name>[^']+)' does not exist in type '(?<place>\w+)/],
  ["TS2561", /but '(?<name>[^']+)' does not exist in type '(?<place>\w+)/],
]);

/** The entries of the list that a diagnostic speaks of, as "name of place"; none where it speaks of something else. */
export function awaitedBy(diagnostic: { readonly code: string; readonly message: string }): readonly string[] {
  const match = missing.get(diagnostic.code)?.exec(diagnostic.message);
  if (match === null || match === undefined) return [];
  const place = match.groups?.place ?? match[1] ?? "";
  const name = match.groups?.name ?? match[2];
  const names = awaited[place] ?? [];
  return names.filter((entry) => name === undefined || entry === name).map((entry) => `${entry} of ${place}`);
}

/** Every entry, as "name of place". */
export const everyAwaited: readonly string[] = Object.entries(awaited).flatMap(([place, names]) =>
  names.map((name) => `${name} of ${place}`),
);

/** Whether a statement uses a name of the list, so that nothing can be said of it yet. */
export function usesAwaited(statement: string): boolean {
  const words = new Set(statement.match(/\w+/g));
  return Object.values(awaited).some((names) => names.some((name) => words.has(name)));
}
