/**
 * `npm run soak -- --minutes N`: verify, refresh and revoke under load, with a revocation list and a cache; the heap must
 * stay flat, and the process must end.
 */
import { fork } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" } } });
const minutes = Number(values.minutes);
const MB = 1024 * 1024;
/** Until then it is warming up: compiled code, and records that nothing has had time to forget. */
const WARM_DAYS = 45;

const child = fork(join(import.meta.dirname, "load.mjs"), [String(minutes)], { execArgv: ["--expose-gc"] });
let result;
let endedMs;
const reported = new Promise((resolve) => {
  child.on("message", (message) => {
    result = message;
    endedMs = performance.now();
    resolve();
  });
  child.on("exit", resolve);
});
const ended = new Promise((resolve) => child.on("exit", resolve));
await reported;
const patience = setTimeout(() => child.kill("SIGKILL"), 10_000);
const status = await ended;
clearTimeout(patience);
const tookMs = Math.round(performance.now() - endedMs);

const middle = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const checks = [];
const check = (name, holds) => checks.push({ name, holds });
check("the load ran to its end", result !== undefined);
if (result !== undefined) {
  const { counts, codes, heaps, handles, left } = result;
  console.log(
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(", "),
  );
  console.log(`refusals: ${codes.join(", ")}`);
  console.log(`heap in MB: ${heaps.map(({ heap }) => (heap / MB).toFixed(1)).join(" ")}`);
  const warm = heaps.filter(({ day }) => day > WARM_DAYS).map(({ heap }) => heap);
  const half = Math.floor(warm.length / 2);
  const [before, after] = [middle(warm.slice(0, half)), middle(warm.slice(half))];
  console.log(
    `heap from day ${WARM_DAYS} on, first half against second: ${(before / MB).toFixed(2)} MB, ${(after / MB).toFixed(2)} MB`,
  );
  check(
    `what is kept for 30 days was forgotten ${Math.floor(counts.days / 30)} times, three at least`,
    counts.days >= 90,
  );
  check("the heap is flat: within 5 % and 2 MB", after - before < Math.max(0.05 * before, 2 * MB));
  check("the revocation list refused tokens of ended sessions", counts.revoked > 0 && codes.includes("REVOKED"));
  check("it never turned stale", !codes.includes("REVOCATIONS_STALE"));
  check("no handle is left after close(), and no listener on the process", handles.length === 0 && left === 0);
  if (handles.length > 0) console.log(`handles: ${handles.join(", ")}`);
  check(`the process ends by itself (${tookMs} ms after the last call)`, status === 0);
}
for (const { name, holds } of checks) console.log(`${holds ? "ok    " : "FAILED"} ${name}`);
process.exitCode = checks.every(({ holds }) => holds) ? 0 : 1;
