/**
 * `npm run bench:revocation`: how long after "log out everywhere" eight verifier processes refuse; what one look into the
 * list costs in time and memory as it grows, and beside one GET; and what a verifier does in a second with a list, beside
 * the same verifier that asks Redis about each token. `npm run bench:revocation -- refusal`, `-- checking`, `-- get` or
 * `-- asking` measures one of them. BENCH_SIZES=1000,20000000 are the sizes of `checking`.
 */
import { argv, env } from "node:process";
import { asking } from "./asking.ts";
import { checking, MEASURE, measure } from "./checking.ts";
import { oneGet } from "./one-get.ts";
import { refusal } from "./refusal.ts";

const parts: Readonly<Record<string, () => Promise<void>>> = {
  refusal: () => refusal(Number(env.BENCH_LOGOUTS ?? 200)),
  checking: () => checking((env.BENCH_SIZES ?? "1000,100000,1000000,10000000").split(",").map(Number)),
  get: () => oneGet(Number(env.BENCH_ROUNDS ?? 21)),
  // The last: it ends the process.
  asking: () => asking(Number(env.BENCH_ROUNDS ?? 21)),
};

const asked = argv.slice(2);
if (asked[0] === MEASURE) {
  await measure(asked[1] ?? "", Number(asked[2]));
} else {
  console.log(`Node ${process.version}`);
  for (const [name, run] of Object.entries(parts)) {
    if (asked.length === 0 || asked.includes(name)) await run();
  }
}
