/**
 * A test runner for Stryker that keeps src/ and the tests loaded. What one mutant leaves behind could make the next look
 * killed: a kill counts only where the same test passes at once without the mutant.
 */
import { register } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const shim = new URL("collected-tests.mjs", import.meta.url).href;

class InProcessRunner {
  #options;
  #log;
  #suites = [];
  #tests;
  #space;
  #stray;

  constructor(options, log) {
    this.#options = options;
    this.#log = log;
  }

  /** Modules cannot be loaded again: Stryker starts a new process for each mutant of what runs while they load. */
  capabilities() {
    return { reloadEnvironment: this.#options.ignoreStatic };
  }

  async init() {
    register(new URL("typescript-hooks.mjs", import.meta.url), { data: shim });
    process.on("uncaughtException", (error) => {
      this.#stray ??= error;
    });
    this.#space = globalThis.__stryker__ ??= {};
    this.#tests = await import(shim);
    for (const file of JSON.parse(process.env.MUTATION_FILES)) {
      const load = () => import(pathToFileURL(resolve(file)).href);
      this.#suites.push(await this.#tests.collect(file, load));
    }
  }

  async #run(chosen, bail, ended = () => {}) {
    const outcomes = [];
    let begin = 0;
    const around = {
      before: (test) => {
        begin = performance.now();
        this.#space.currentTestId = test.id;
      },
      after: (test, thrown) => {
        const error = thrown ?? this.#stray;
        this.#stray = undefined;
        this.#space.currentTestId = undefined;
        outcomes.push({ test, id: test.id, error, timeSpentMs: performance.now() - begin });
        ended();
        return !(bail && error !== undefined);
      },
    };
    for (const suite of this.#suites) if (!(await this.#tests.runSuite(suite, chosen, around))) break;
    return outcomes;
  }

  async dryRun() {
    const first = await this.#run(() => true, false);
    const mutantCoverage = this.#space.mutantCoverage;
    this.#space.mutantCoverage = undefined;
    // Once more: a test that cannot be run twice would seem to kill every mutant.
    const again = new Map((await this.#run(() => true, false)).map(({ id, error }) => [id, error]));
    const once = first.filter(({ id, error }) => error === undefined && again.get(id) !== undefined);
    for (const { id } of once) {
      this.#log.warn(`left out, since it cannot be run twice: ${id}: ${again.get(id).message}`);
      delete mutantCoverage?.perTest[id];
    }
    const tests = first
      .filter((outcome) => !once.includes(outcome))
      .map(({ id, error, timeSpentMs }) => ({
        id,
        name: id,
        timeSpentMs,
        ...(error === undefined ? { status: 0 } : { status: 1, failureMessage: String(error.stack ?? error) }),
      }));
    return { status: "complete", tests, mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }) {
    const wanted = testFilter && new Set(testFilter);
    const chosen = (test) => wanted?.has(test.id) ?? true;
    Object.assign(this.#space, {
      activeMutant: activeMutant.id,
      hitCount: hitLimit === undefined ? undefined : 0,
      hitLimit,
    });
    const outcomes = await this.#run(chosen, true);
    const { hitCount } = this.#space;
    Object.assign(this.#space, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined });
    if (hitLimit !== undefined && hitCount > hitLimit) return { status: "timeout", reason: `hit ${hitCount} times` };
    const failed = outcomes.find(({ error }) => error !== undefined);
    if (failed === undefined) return { status: "survived", nrOfTests: outcomes.length };
    const [control] = await this.#run((test) => test === failed.test, true);
    if (control.error !== undefined) {
      this.#log.warn(`mutant ${activeMutant.id} is tried again in a new process: ${failed.id} fails without it too`);
      throw control.error;
    }
    const failureMessage = String(failed.error.message ?? failed.error);
    return { status: "killed", killedBy: [failed.id], failureMessage, nrOfTests: outcomes.length };
  }
}

function createRunner(options, logger) {
  return new InProcessRunner(options, logger);
}
createRunner.inject = ["options", "logger"];

export const strykerPlugins = [{ kind: "TestRunner", name: "in-process", factory: createRunner }];
