/** Clients that refresh their sessions without a pause, as patient ones do: after an outage they send the same token again. */
import { setTimeout as pause } from "node:timers/promises";
import { isTokenError } from "../../src/errors.ts";
import type { SessionEvent } from "../../src/session/events.ts";
import type { Sessions } from "../../src/session/types.ts";
import type { SessionStore } from "../../src/store/contract.ts";
import { sessionsOver } from "./sessions.ts";

/** How often each outcome was seen: `rotated`, `replayed`, or the code of an error with its reason. */
export type Tally = Readonly<Record<string, number>>;

export interface Load {
  readonly tally: Tally;
  readonly events: readonly SessionEvent[];
  /** Resolves when so many more refreshes have succeeded. Rejects where that takes longer than 20 seconds. */
  succeed(times: number): Promise<void>;
  /** Resolves when so many more have been answered STORE_UNAVAILABLE. */
  fail(times: number): Promise<void>;
  /** Lets every client finish what it does. */
  stop(): Promise<void>;
}

const PATIENCE_MS = 20_000;

/**
 * Starts one session for each subject, and keeps refreshing them until it is stopped. A client whose session has ended
 * logs in again, as a user would.
 */
export async function startLoad(store: SessionStore, subjects: readonly string[]): Promise<Load> {
  const { sessions, events } = sessionsOver(store);
  const tally: Record<string, number> = {};
  let stopped = false;
  const count = (outcome: string): void => {
    tally[outcome] = (tally[outcome] ?? 0) + 1;
  };
  const succeeded = (): number => (tally.rotated ?? 0) + (tally.replayed ?? 0);

  const tokens = await Promise.all(subjects.map((subject) => sessions.start({ subject })));
  const clients = subjects.map(async (subject, index) => {
    let token: string | undefined = tokens[index]?.refreshToken;
    while (!stopped) {
      try {
        token = token === undefined ? await login(sessions, subject) : await refresh(sessions, token, count);
      } catch (error) {
        if (!isTokenError(error)) throw error;
        count(error.reason === undefined ? error.code : `${error.code} ${error.reason}`);
        if (!error.retryable) token = undefined;
        await pause(5);
      }
    }
  });
  const running = Promise.all(clients);
  // Heard by stop(); until then it must not end the process.
  running.catch(() => {});

  const until = async (reached: () => boolean, what: string): Promise<void> => {
    for (let waited = 0; !reached(); waited += 5) {
      if (waited > PATIENCE_MS) throw new Error(`${what}: not within ${PATIENCE_MS} ms, ${JSON.stringify(tally)}`);
      await pause(5);
    }
  };
  return {
    tally,
    events,
    succeed: (times) => {
      const goal = succeeded() + times;
      return until(() => succeeded() >= goal, `${times} refreshes`);
    },
    fail: (times) => {
      const goal = (tally.STORE_UNAVAILABLE ?? 0) + times;
      return until(() => (tally.STORE_UNAVAILABLE ?? 0) >= goal, `${times} outages`);
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}

async function refresh(sessions: Sessions, token: string, count: (outcome: string) => void): Promise<string> {
  const { outcome, refreshToken } = await sessions.refresh(token);
  count(outcome);
  return refreshToken;
}

async function login(sessions: Sessions, subject: string): Promise<string> {
  return (await sessions.start({ subject })).refreshToken;
}
