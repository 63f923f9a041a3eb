/** The service programs (a Redis, a PostgreSQL) that some suites need, and what happens where one is not installed. */

declare module "vitest" {
  interface TaskMeta {
    /** Set on a suite that is skipped; the reporter prints it at the end of the run. */
    missingService?: string;
  }
}

/** The second argument of `describe`. */
export interface ServiceSuite {
  readonly skip: boolean;
  readonly meta: { readonly missingService?: string };
}

/**
 * Says whether a suite that needs a service program can run: `describe("…", requireService(…), () => { … })`.
 * @param name the program, such as `redis-server`
 * @param installHint the command that installs it
 * @param available whether it was found on this machine
 * @throws where it was not found and REQUIRE_SERVICES=1: on a machine that promises everything, a skip is a failure
 */
export function requireService(name: string, installHint: string, available: boolean): ServiceSuite {
  if (available) return { skip: false, meta: {} };
  const missingService = `${name} is not installed; install it with: ${installHint}`;
  if (process.env.REQUIRE_SERVICES === "1") throw new Error(missingService);
  return { skip: true, meta: { missingService } };
}
