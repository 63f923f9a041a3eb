/** The last lines of a run: the suites skipped for want of a service program, and one plain line of counts. */
import type { Reporter, SerializedError, TestModule, TestSuite } from "vitest/node";
import "./services.ts";

export default class PlainReporter implements Reporter {
  #lines: string[] = [];

  onInit(): void {
    // The coverage table is printed after the last event that a reporter gets.
    process.once("exit", () => {
      for (const line of this.#lines) console.log(line);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    const missing: string[] = [];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        // A test that never ran (an interrupted run) was not passed, and nobody asked to skip it.
        count[state === "pending" ? "failed" : state] += 1;
      }
      for (const suite of module.children.allSuites()) {
        const service = suite.meta().missingService;
        if (service !== undefined) missing.push(`skipped: ${title(module, suite)}: ${service}`);
        count.failed += suite.errors().length;
      }
      count.failed += module.errors().length;
    }
    this.#lines = [...missing, `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`];
  }
}

function title(module: TestModule, suite: TestSuite): string {
  return `${module.relativeModuleId} > ${suite.fullName}`;
}
