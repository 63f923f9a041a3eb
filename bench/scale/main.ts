/**
 * `npm run scale`: what a list and its feed cost from a million users to a billion, and a fleet simulated; prints the tables
 * of docs/scale.md, and fails where the simulation breaks the bound. `-- --write` puts them into the page; `-- --measure`
 * measures what they are computed from; `-- --verifiers 1000 --seed 7` simulates another fleet.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { argv, exit } from "node:process";
import { parseArgs } from "node:util";
import * as costs from "./costs.ts";
import { supposed } from "./figures.ts";
import { type Story, simulate } from "./simulation.ts";
import { costTable, figureTable, listTable, mostTable, outcomeTable } from "./tables.ts";
import { VirtualTime } from "./virtual-time.ts";

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    measure: { type: "boolean" },
    write: { type: "boolean" },
    verifiers: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
  },
});
if (values.measure === true) {
  await (await import("./measure.ts")).measure();
  exit();
}

const tables = new Map([
  ["figures", figureTable()],
  ["list", listTable()],
  ["redis", costTable(costs.redis, "questions and entries a second")],
  ["cluster", costTable(costs.cluster, "questions and entries a second")],
  ["postgres", costTable(costs.postgres, "questions and entries a second")],
  ["http", costTable(costs.http, "requests and entries a second, auth server")],
  ["most", mostTable()],
]);

// A refusal is an error, and nobody reads where millions of them came from.
Error.stackTraceLimit = 0;
const fleet = { verifiers: Number(values.verifiers), seconds: 90, bound: supposed.bound };
const database = { name: "a database", way: { pollMs: 200, maxAgeMs: 0 } };
const cdn = { name: "a CDN", way: { pollMs: 1000, maxAgeMs: 1000 } };
const stories: readonly (Story & { readonly table: string })[] = [
  { table: "database-reject", ...database, ...fleet, acceptFor: undefined },
  { table: "database-accept", ...database, ...fleet, acceptFor: 20 },
  { table: "cdn-reject", ...cdn, ...fleet, acceptFor: undefined },
  { table: "cdn-accept", ...cdn, ...fleet, acceptFor: 20 },
];
const broken: string[] = [];
for (const story of stories) {
  const time = new VirtualTime(Number(values.seed));
  time.install();
  const outcomes = await simulate(time, story);
  tables.set(story.table, outcomeTable(story, outcomes));
  for (const { kind, worstMs, limitMs } of outcomes) {
    if (worstMs > limitMs) broken.push(`${story.table}: ${kind}: ${worstMs} ms, more than ${limitMs} ms`);
  }
}

for (const [name, text] of tables) console.log(`<!-- ${name} -->\n${text}\n`);
if (values.write === true) writePage("docs/scale.md");
for (const line of broken) console.log(`broken: ${line}`);
exit(broken.length > 0 ? 1 : 0);

function writePage(page: string): void {
  let text = readFileSync(page, "utf8");
  for (const [name, content] of tables) {
    const place = new RegExp(`<!-- ${name} -->\\n(?:\\|.*\\n)*`);
    if (!place.test(text)) throw new Error(`${page} has no place for the table ${name}`);
    text = text.replace(place, `<!-- ${name} -->\n${content}\n`);
  }
  writeFileSync(page, text);
}
