/** `npm run fuzz -- --minutes N [--seed S]`: the fuzz tests for as long as one likes, each time other tokens. */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "1" }, seed: { type: "string" } } });
const seed = values.seed ?? String(Math.floor(Date.now() / 1000));
console.log(`seed ${seed}: say --seed ${seed} to see the same tokens again`);
const { status } = spawnSync("npx", ["vitest", "run", "test/fuzz"], {
  stdio: "inherit",
  env: { ...process.env, FUZZ_MINUTES: values.minutes, FUZZ_SEED: seed },
});
process.exit(status ?? 1);
