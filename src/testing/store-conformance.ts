/** Proves of anyone's session store that it keeps the contract of `SessionStore`. The test runner is passed in. */
import { logoutRules } from "./conformance/logout-rules.ts";
import { raceRules } from "./conformance/race-rules.ts";
import { recordRules } from "./conformance/record-rules.ts";
import { retentionRules } from "./conformance/retention-rules.ts";
import { retryRules } from "./conformance/retry-rules.ts";
import { rotationRules } from "./conformance/rotation-rules.ts";
import { startRules } from "./conformance/start-rules.ts";
import { createSuite, type SuiteOptions } from "./conformance/suite.ts";
import { windowRules } from "./conformance/window-rules.ts";

export interface StoreConformanceOptions extends SuiteOptions {}

/**
 * Registers one test for each rule.
 *
 *     storeConformance({ test, makeStore: async () => redisStore(new Redis(url)) });
 *
 * Without `advance`, the rules that need the store's clock to move are skipped, by name; all others hold for any clock.
 */
export function storeConformance(options: StoreConformanceOptions): void {
  const suite = createSuite(options);
  recordRules(suite);
  startRules(suite);
  rotationRules(suite);
  retryRules(suite);
  windowRules(suite);
  logoutRules(suite);
  retentionRules(suite);
  raceRules(suite);
}
