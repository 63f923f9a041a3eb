/**
 * The argument, running: the same client against four ways to keep people logged in, and one table of what happened.
 * `--html FILE` writes it as a page too.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { print } from "../demo/print.mjs";
import { page } from "./page.mjs";
import { INSTALL, isRedisInstalled } from "./redis.mjs";
import { sites } from "./sites.mjs";
import { tell } from "./story.mjs";
import { checksOf, rowsOf, textTable } from "./table.mjs";

const { html } = parseArgs({ options: { html: { type: "string" } } }).values;

const hasRedis = isRedisInstalled();
if (!hasRedis) {
  console.log(
    `redis-server is not installed (${INSTALL}): (b) is left out, (d) runs on SQLite, and no store is stopped`,
  );
}
const folder = await mkdtemp(join(tmpdir(), "rejwt-architectures-"));
const told = [];
try {
  for (const { start, ...facts } of sites({ hasRedis, folder })) {
    console.log(`(${facts.letter}) ${facts.name} …`);
    const site = await start();
    try {
      told.push({ ...facts, ...(await tell(site)) });
    } finally {
      await site.stop();
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

const rows = rowsOf(told);
console.log(`\n${textTable(rows)}`);
console.log("\nTokens live for seconds here, so that nobody waits. Fifteen minutes are usual.");
const failed = print.table(checksOf(told));
if (html !== undefined) {
  await writeFile(html, page(told, rows));
  console.log(`written: ${html}`);
}
process.exitCode = failed === 0 ? 0 : 1;
