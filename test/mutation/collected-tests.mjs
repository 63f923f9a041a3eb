/**
 * What the tests import as "vitest" in a mutation run: its `expect` and `vi`, and a list in place of its runner, so that one
 * process loads the tests once and runs those that a mutant needs, thousands of times.
 */

// `expect` and `vi` ask for the worker that they are in.
globalThis.__vitest_worker__ = {
  config: { fakeTimers: {}, expect: {}, snapshotOptions: {} },
  environment: { name: "node" },
  ctx: {},
  providedContext: {},
};
const { expect, expectTypeOf, vi } = await import("vitest");

export { expect, expectTypeOf, vi };

const newSuite = (name, parent) => ({
  name,
  parent,
  entries: [],
  beforeAll: [],
  afterAll: [],
  beforeEach: [],
  afterEach: [],
});
let current;

/** Loads a file of tests. @returns its suite */
export async function collect(name, load) {
  const suite = newSuite(name, undefined);
  current = suite;
  await load();
  return suite;
}

const callback = (args) => args.find((arg) => typeof arg === "function");

function addSuite(name, args) {
  const suite = newSuite(name, current);
  current.entries.push(suite);
  current = suite;
  callback(args)();
  current = suite.parent;
}

const ids = new Set();
function addTest(name, args) {
  const full = [...lineage(current).map((suite) => suite.name), name].join(" > ");
  let id = full;
  for (let count = 2; ids.has(id); count++) id = `${full} (${count})`;
  ids.add(id);
  current.entries.push({ id, suite: current, run: callback(args) });
}

function withVariants(add) {
  const each =
    (rows) =>
    (name, ...args) => {
      const run = callback(args);
      const spread = rows.every(Array.isArray);
      for (const [at, row] of rows.entries()) add(`${name} [${at}]`, [() => run(...(spread ? row : [row]))]);
    };
  const skip = () => {};
  const variants = {
    each,
    skip,
    skipIf: (condition) => (condition ? skip : api),
    runIf: (holds) => (holds ? api : skip),
  };
  const api = Object.assign((name, ...args) => add(String(name), args), variants);
  skip.each = () => skip;
  return api;
}

export const describe = withVariants(addSuite);
export const it = withVariants(addTest);
export const test = it;
export const beforeAll = (run) => void current.beforeAll.push(run);
export const afterAll = (run) => void current.afterAll.push(run);
export const beforeEach = (run) => void current.beforeEach.push(run);
export const afterEach = (run) => void current.afterEach.push(run);

/** Every test of a suite, in order. */
export const testsOf = (suite) =>
  suite.entries.flatMap((entry) => (entry.run === undefined ? testsOf(entry) : [entry]));

const lineage = (suite) => (suite === undefined ? [] : [...lineage(suite.parent), suite]);

/** A test that waits for what never comes fails here as it does in Vitest, long before Stryker gives up its process. */
const LONGEST_MS = 10_000;
// Those of before any test replaced them.
const { setTimeout, clearTimeout } = globalThis;

async function ended(running) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the test did not end within ${LONGEST_MS} ms`)), LONGEST_MS);
  });
  try {
    await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function runTest(test) {
  const suites = lineage(test.suite);
  try {
    for (const suite of suites) for (const hook of suite.beforeEach) await hook();
    await ended(test.run());
  } finally {
    for (const suite of suites.toReversed()) for (const hook of suite.afterEach.toReversed()) await hook();
  }
}

/**
 * Runs the chosen tests of a suite, each suite's own hooks around them.
 * @param around told of each test before it and after it; answers whether to go on
 */
export async function runSuite(suite, chosen, around) {
  const mine = testsOf(suite).filter(chosen);
  if (mine.length === 0) return true;
  // What a suite prepares belongs to the first test that needs it.
  around.before(mine[0]);
  let broken;
  try {
    for (const hook of suite.beforeAll) await hook();
  } catch (error) {
    broken = { error };
  }
  let goesOn = true;
  for (const entry of suite.entries) {
    if (!goesOn) break;
    if (entry.run === undefined) {
      if (broken === undefined) goesOn = await runSuite(entry, chosen, around);
      else for (const test of testsOf(entry).filter(chosen)) goesOn = around.after(test, broken.error) && goesOn;
    } else if (chosen(entry)) {
      around.before(entry);
      goesOn = around.after(entry, await (broken === undefined ? outcomeOf(() => runTest(entry)) : broken.error));
    }
  }
  await outcomeOf(async () => {
    for (const hook of suite.afterAll.toReversed()) await hook();
  });
  return goesOn;
}

/** The error of a run; undefined where there is none. */
async function outcomeOf(run) {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error ?? new Error("nothing was thrown, as an error");
  }
}
