/** A process of clients that use their tokens all the time, and of the verifier that they use them at. */
import { setTimeout as pause } from "node:timers/promises";
import { isTokenError } from "../../../src/errors.ts";
import { createVerifier } from "../../../src/jwt/verifier.ts";
import { createRevocationList } from "../../../src/revocation/create-revocation-list.ts";
import { openFeed, openIssuer, type SharedPlace, verifierOptions } from "./issuing.ts";

export interface Load {
  readonly place: SharedPlace;
  readonly bound: number;
  readonly acceptFor: number;
  readonly clients: number;
  /** As in a machine that sleeps: while the process is stopped, only the wall clock goes on. */
  readonly isMonotonicStill: boolean;
}

/** A token to look at all the time, by a name. */
export interface Look {
  readonly name: string;
  readonly token: string;
}

export interface Report {
  /** What the clients went through: codes, statuses other than 503, refreshes. */
  readonly tally: Readonly<Record<string, number>>;
  readonly degradedAccepts: number;
  /** The last moment at which a client's good token was accepted. */
  readonly lastAcceptMs: number;
  /** What each token that is looked at was answered, and when, since the last report. */
  readonly looks: readonly { readonly atMs: number; readonly name: string; readonly code: string }[];
}

const { place, bound, acceptFor, clients, isMonotonicStill } = JSON.parse(process.argv[2] ?? "") as Load;
if (isMonotonicStill) {
  const real = performance.now.bind(performance);
  let [last, slept] = [real(), 0];
  performance.now = () => {
    const now = real();
    // The clock is read every few milliseconds, but for while the process is stopped.
    if (now - last > 1000) slept += now - last;
    last = now;
    return now - slept;
  };
}
const list = createRevocationList({ feed: await openFeed(place), bound, duringOutage: { acceptFor } });
const verifier = createVerifier({ ...verifierOptions, revocations: list });
const issuer = await openIssuer(place);

const tally: Record<string, number> = {};
let lastAcceptMs = 0;
const count = (what: string): void => {
  tally[what] = (tally[what] ?? 0) + 1;
};

function codeOf(token: string): string {
  const result = verifier.safeVerify(token);
  if (result.ok) return "ok";
  if (result.error.status !== 503) count(`status ${result.error.status}`);
  return result.error.code;
}

/** Asks all the time; where a token is refused for want of freshness, refreshes once, then backs off. */
async function client(subject: string): Promise<never> {
  let held = await issuer.sessions.start({ subject });
  for (let failures = 0; ; ) {
    await pause(5 + 10 * Math.random());
    const atMs = Date.now();
    const code = codeOf(held.accessToken);
    count(code);
    if (code === "ok") {
      lastAcceptMs = atMs;
      failures = 0;
      continue;
    }
    if (failures > 0) await pause(Math.min(2000, 100 * 2 ** failures) * (0.5 + Math.random() / 2));
    failures++;
    try {
      held = await issuer.sessions.refresh(held.refreshToken);
      count("refreshed");
    } catch (error) {
      count(isTokenError(error) ? `refresh: ${error.code}` : "refresh: broken");
    }
  }
}

const looked: Look[] = [];
let looks: Report["looks"][number][] = [];
setInterval(() => {
  for (const { name, token } of looked) {
    const atMs = Date.now();
    const result = verifier.safeVerify(token);
    looks.push({ atMs, name, code: result.ok ? "ok" : result.error.code });
  }
}, 5);

process.on("message", (message: Look | "report") => {
  if (message !== "report") {
    looked.push(message);
    return;
  }
  const report: Report = { tally, degradedAccepts: list.status().degradedAccepts, lastAcceptMs, looks };
  process.send?.(report);
  looks = [];
});
process.on("disconnect", () => process.exit());

if (!(await list.ready({ timeoutMs: 20_000 }))) throw new Error("the list was not read");
for (let number = 0; number < clients; number++) void client(`user ${process.pid} ${number}`);
process.send?.("ready");
