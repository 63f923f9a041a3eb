/** Loads every entry point with `import` and with `require`: both must export the same names. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const names = Object.keys(require("rejwt/package.json").exports).filter((name) => name !== "./package.json");
assert.ok(names.includes("."));

for (const name of names) {
  const specifier = name.replace(".", "rejwt");
  const exported = (module) => Object.keys(module).filter((key) => key !== "default" && key !== "__esModule");
  assert.deepEqual(exported(require(specifier)).sort(), exported(await import(specifier)).sort(), specifier);
}
console.log("ok");
