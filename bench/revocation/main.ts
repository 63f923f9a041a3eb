/**
 * `npm run bench:revocation`: how long after "log out everywhere" eight verifier processes refuse, and what a verifier
 * does in a second with a list, beside the same verifier that asks Redis about each token.
 * `npm run bench:revocation -- refusal` or `-- asking` measures one of the two.
 */
import { argv, env } from "node:process";
import { asking } from "./asking.ts";
import { refusal } from "./refusal.ts";

const parts: Readonly<Record<string, () => Promise<void>>> = {
  refusal: () => refusal(Number(env.BENCH_LOGOUTS ?? 200)),
  asking: () => asking(Number(env.BENCH_ROUNDS ?? 21)),
};

console.log(`Node ${process.version}`);
const asked = argv.slice(2);
for (const [name, run] of Object.entries(parts)) {
  if (asked.length === 0 || asked.includes(name)) await run();
}
