/** `npm run bench:start`: what importing costs, and what an install weighs. A new process for each import, in turn; medians. */
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { median } from "./rounds.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const ENTRIES = {
  rejwt: new URL("../dist/index.js", import.meta.url).href,
  jose: "jose",
  jsonwebtoken: "jsonwebtoken",
  "fast-jwt": "fast-jwt",
  "@node-rs": "@node-rs/jsonwebtoken",
  hono: "hono/jwt",
};
const ROUNDS = Number(process.argv[2] ?? 15);

/** Processor time of the import alone, in milliseconds. */
function importMs(specifier) {
  const program = `const a = process.cpuUsage(); await import(${JSON.stringify(specifier)}); const b = process.cpuUsage(a); console.log((b.user + b.system) / 1000)`;
  const { stdout } = spawnSync(execPath, ["--input-type=module", "-e", program], { cwd: here, encoding: "utf8" });
  return Number(stdout);
}

const times = new Map(Object.keys(ENTRIES).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, specifier] of Object.entries(ENTRIES)) times.get(name).push(importMs(specifier));
}
for (const [name, list] of times) {
  const ratio = median(list.map((ms, round) => ms / times.get("jose")[round]));
  console.log(
    `${name.padEnd(14)}${median(list).toFixed(1).padStart(7)} ms to import${ratio.toFixed(2).padStart(8)} of jose's`,
  );
}

const sizeOf = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
    : statSync(path).size;
for (const [name, path] of Object.entries({
  "rejwt, unpacked": "../dist",
  jose: "node_modules/jose",
  jsonwebtoken: "node_modules/jsonwebtoken",
  "fast-jwt": "node_modules/fast-jwt",
  "@node-rs": "node_modules/@node-rs",
  hono: "node_modules/hono",
})) {
  console.log(
    `${name.padEnd(18)}${(sizeOf(join(here, path)) / 1024).toFixed(0).padStart(7)} kB, without its dependencies`,
  );
}
