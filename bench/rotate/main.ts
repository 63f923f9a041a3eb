/**
 * `npm run bench:rotate`: rotations a second in each store, beside the least that the same client can do in the same run.
 * `npm run bench:rotate -- sqlite ioredis` measures those whose name contains one of the words.
 */
import { argv, env } from "node:process";
import { race } from "../rounds.mjs";
import { CHAINS, type Contender } from "./contender.ts";
import { inFlight } from "./in-flight.ts";
import { withPg } from "./postgres.ts";
import { withIoRedis, withNodeRedis } from "./redis.ts";
import { withLibsql } from "./sqlite.ts";

const contenders: Readonly<Record<string, () => Promise<Contender>>> = {
  ioredis: withIoRedis,
  "node-redis": withNodeRedis,
  postgres: () => withPg(false),
  "postgres prepared": () => withPg(true),
  sqlite: withLibsql,
};

const rounds = Number(env.BENCH_ROUNDS ?? 21);
const turnMs = 200;
const asked = argv.slice(2);

console.log(`Node ${process.version}, medians of ${rounds} interleaved rounds, ${turnMs} ms a turn`);
console.log("| store | in flight | bare floor | floor/s | rotations/s | ratio |\n|---|---|---|---|---|---|");
for (const [name, open] of Object.entries(contenders)) {
  if (asked.length > 0 && !asked.some((word) => name.includes(word))) continue;
  const contender = await open();
  for (const concurrency of [1, CHAINS]) console.log(await row(contender, concurrency));
  await contender.close();
}

async function row({ name, floorName, floor, rotate }: Contender, concurrency: number): Promise<string> {
  const sides = [
    { name: "floor", run: (count: number) => inFlight(floor, concurrency, count) },
    { name: "rotate", run: (count: number) => inFlight(rotate, concurrency, count) },
  ];
  // What is waited for is the point: a server, a disk.
  const result = await race(sides, { clock: "wall", rounds, turnMs, warmUpMs: 1000, most: 1_000_000 });
  const figures = [result.perSecond("floor"), result.perSecond("rotate")].map(Math.round).join(" | ");
  return `| ${name} | ${concurrency} | ${floorName} | ${figures} | ${result.ratio("rotate", "floor").toFixed(2)} |`;
}
