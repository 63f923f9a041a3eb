/**
 * `npm run vectors -- DIR [flags]`, `npm run vectors:web -- DIR [flags]`: runs the corpus in DIR against the built package;
 * exits 1 if a core case disagrees.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

const given = process.argv.slice(2);
const isWeb = given[0] === "--web";
const [folder, ...flags] = isWeb ? given.slice(1) : given;
const runner = folder === undefined ? undefined : join(resolve(folder), "run-corpus.mjs");
if (runner === undefined || !existsSync(runner)) {
  console.error("usage: npm run vectors -- DIR   where DIR holds run-corpus.mjs and its cases");
  process.exit(2);
}
const adapter = join(import.meta.dirname, isWeb ? "web-adapter.mjs" : "adapter.mjs");
const { status } = spawnSync(process.execPath, [runner, adapter, ...flags], { stdio: "inherit" });
process.exit(status ?? 1);
