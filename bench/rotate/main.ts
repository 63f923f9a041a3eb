/**
 * `npm run bench:rotate`: rotations a second in each store, beside the least that the same client can do in the same run.
 * `npm run bench:rotate -- sqlite redis` measures those whose name contains one of the words.
 */
import { argv, env } from "node:process";
import { CHAINS, type Contender } from "./contender.ts";
import { withPg } from "./postgres.ts";
import { withIoRedis, withNodeRedis } from "./redis.ts";
import { measure } from "./rounds.ts";
import { withLibsql } from "./sqlite.ts";

const contenders: Readonly<Record<string, () => Promise<Contender>>> = {
  "redis ioredis": withIoRedis,
  "redis node-redis": withNodeRedis,
  postgres: withPg,
  sqlite: withLibsql,
};

const rounds = Number(env.BENCH_ROUNDS ?? 9);
const roundMs = Number(env.BENCH_ROUND_MS ?? 500);
const asked = argv.slice(2);

console.log(`Node ${process.version}, medians of ${rounds} interleaved rounds of ${roundMs} ms each`);
console.log("| store | in flight | bare floor | floor/s | rotations/s | ratio |\n|---|---|---|---|---|---|");
for (const [words, open] of Object.entries(contenders)) {
  if (asked.length > 0 && !asked.some((word) => words.includes(word))) continue;
  const contender = await open();
  for (const concurrency of [1, CHAINS]) {
    const { floor, rotations, ratio } = await measure(contender.floor, contender.rotate, {
      rounds,
      roundMs,
      concurrency,
    });
    const { name, floorName } = contender;
    const figures = `${Math.round(floor)} | ${Math.round(rotations)} | ${ratio.toFixed(2)}`;
    console.log(`| ${name} | ${concurrency} | ${floorName} | ${figures} |`);
  }
  await contender.close();
}
