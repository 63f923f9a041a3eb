/**
 * `npm run consumers`: the packed package in users' builds. TypeScript 5.4, 5.7 and 6 in the modes node16, nodenext and bundler,
 * as ES module and as CommonJS, declarations checked too; esbuild, Rollup and webpack, whose output is run.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const project = mkdtempSync(join(tmpdir(), "rejwt-consumers-"));
process.on("exit", () => rmSync(project, { recursive: true, force: true }));
const quietly = { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" };
const typesVersion = JSON.parse(readFileSync(join(root, "node_modules/@types/node/package.json"), "utf8")).version;

const [{ filename }] = JSON.parse(
  execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--silent", "--pack-destination", project], {
    cwd: root,
    ...quietly,
  }),
);
writeFileSync(join(project, "package.json"), '{ "type": "module", "private": true }\n');
const compilers = { 5.4: "ts54", 5.7: "ts57", "6.0": "ts60" };
const wanted = [
  join(project, filename),
  ...Object.entries(compilers).map(([version, name]) => `${name}@npm:typescript@~${version}.0`),
  `@types/node@${typesVersion}`,
  ...["esbuild@0.28", "rollup@4.67.4", "@rollup/plugin-node-resolve@16", "webpack@5"],
];
execFileSync("npm", ["install", "--silent", "--no-audit", "--no-fund", ...wanted], { cwd: project, ...quietly });
const installed = createRequire(join(project, "package.json"));

let failed = 0;
function report(name, run) {
  try {
    console.log(`${name.padEnd(34)} ${run()}`);
  } catch (error) {
    failed++;
    console.log(`${name.padEnd(34)} FAILED\n${String(error.stdout ?? error.message).slice(0, 2500)}`);
  }
}
const node = (...program) =>
  execFileSync(process.execPath, program, { cwd: project, encoding: "utf8", stdio: "pipe" }).trim();

const source = readFileSync(join(import.meta.dirname, "program.ts"), "utf8");
writeFileSync(join(project, "esm.ts"), source);
writeFileSync(join(project, "commonjs.cts"), source);
const modes = { node16: "node16", nodenext: "nodenext", bundler: "esnext" };
for (const [version, name] of Object.entries(compilers)) {
  for (const [resolution, module] of Object.entries(modes)) {
    // Only an ES module can be meant for a bundler.
    const files = resolution === "bundler" ? ["esm.ts"] : ["esm.ts", "commonjs.cts"];
    const options = [
      "--strict",
      "--target",
      "es2022",
      "--types",
      "node",
      "--skipLibCheck",
      "false",
      "--esModuleInterop",
    ];
    const out = `out/${version}-${resolution}`;
    report(`TypeScript ${version}, ${resolution}`, () => {
      node(
        installed.resolve(`${name}/bin/tsc`),
        ...files,
        ...options,
        "--module",
        module,
        "--moduleResolution",
        resolution,
        "--outDir",
        out,
      );
      return files.map((file) => node(join(out, file.replace(/\.(c?)ts$/, ".$1js")))).join(", ");
    });
  }
}

const program = readFileSync(join(project, "out/6.0-nodenext/esm.js"), "utf8");
writeFileSync(join(project, "bundled.js"), program);
const isExternal = (id) => id === "jose" || id.startsWith("node:");
const scripts = {
  esbuild: `import { build } from "esbuild"; await build({ entryPoints: ["bundled.js"], bundle: true, platform: "node", format: "esm", outfile: "out/esbuild.mjs", minify: true });`,
  Rollup: `import { rollup } from "rollup"; import resolve from "@rollup/plugin-node-resolve";
    const bundle = await rollup({ input: "bundled.js", plugins: [resolve({ exportConditions: ["node"] })], external: ${isExternal}, onLog: () => {} });
    await bundle.write({ file: "out/Rollup.mjs", format: "es" });`,
  webpack: `import webpack from "webpack"; const stats = await new Promise((done, fail) => webpack({ entry: "./bundled.js", target: "node20", mode: "production",
    experiments: { outputModule: true }, output: { path: process.cwd() + "/out", filename: "webpack.mjs", module: true } }, (error, result) => error ? fail(error) : done(result)));
    if (stats.hasErrors()) throw new Error(stats.toString());`,
};
for (const [name, script] of Object.entries(scripts)) {
  report(name, () => {
    writeFileSync(join(project, `build-${name}.mjs`), script);
    node(`build-${name}.mjs`);
    return `${node(`out/${name}.mjs`)}, ${Math.round(readFileSync(join(project, `out/${name}.mjs`)).length / 1024)} kB`;
  });
}
console.log(failed === 0 ? "every consumer passed" : `${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
