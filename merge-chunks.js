/**
 * The last step of the build: what `rejwt` shares with its subpaths, in one file. esbuild makes a file for each set of entry
 * points that share something, and opening two dozen of them takes longer than to compile what they hold. Calls at the top
 * of a module are marked as pure in src/, so that bundlers still take no more of that file than they need.
 */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { rollup } from "rollup";
import { entryPoints } from "./entry-points.js";

const dist = join(import.meta.dirname, "dist");
const names = Object.keys(entryPoints);
const root = join(dist, "index.js");

const bundle = await rollup({
  input: Object.fromEntries(names.map((name) => [name, join(dist, `${name}.js`)])),
  external: (id) => !id.startsWith(".") && !id.startsWith(dist),
  treeshake: { moduleSideEffects: false },
});

/** The shared files that the root loads. */
function sharedWithRoot(getModuleInfo) {
  const found = new Set();
  const follow = (id) => {
    for (const imported of getModuleInfo(id)?.importedIds ?? []) {
      if (!imported.startsWith(dist) || found.has(imported)) continue;
      found.add(imported);
      follow(imported);
    }
  };
  follow(root);
  return found;
}

for (const name of readdirSync(dist)) if (/^chunk-.*\.c?js$/.test(name)) rmSync(join(dist, name));
for (const [format, extension] of [
  ["es", "js"],
  ["cjs", "cjs"],
]) {
  await bundle.write({
    dir: dist,
    format,
    entryFileNames: `[name].${extension}`,
    chunkFileNames: ({ name }) => (name === "core" ? `core.${extension}` : `chunk-[hash].${extension}`),
    manualChunks: (id, { getModuleInfo }) => (sharedWithRoot(getModuleInfo).has(id) ? "core" : undefined),
    exports: "named",
    esModule: true,
    freeze: false,
    generatedCode: { constBindings: true, arrowFunctions: true },
    hoistTransitiveImports: false,
    minifyInternalExports: false,
  });
}
await bundle.close();
