/** The entry points as source files, from the one list of them: the `exports` of package.json. */
import { readFileSync } from "node:fs";

/** @type {{ exports: Record<string, string | { import: { default: string } }> }} */
const manifest = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

/**
 * By its name under dist/, without extension: `jws/index` is `src/jws/index.ts`.
 * @type {Record<string, string>}
 */
export const entryPoints = {};

for (const target of Object.values(manifest.exports)) {
  if (typeof target === "string") continue;
  const name = target.import.default.replace("./dist/", "").replace(/\.js$/, "");
  entryPoints[name] = `src/${name}.ts`;
}
