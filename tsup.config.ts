/** The build: ESM, CommonJS and declarations, one file for each entry point that package.json exports. */
import { defineConfig } from "tsup";
import manifest from "./package.json" with { type: "json" };

type Target = string | { readonly import: { readonly default: string } };

/** `./dist/jws/index.js` is built from `src/jws/index.ts`: adding an entry point is adding it to `exports`. */
const entry: Record<string, string> = {};
for (const target of Object.values<Target>(manifest.exports)) {
  if (typeof target === "string") continue;
  const name = target.import.default.replace("./dist/", "").replace(/\.js$/, "");
  entry[name] = `src/${name}.ts`;
}

export default defineConfig({
  entry,
  format: ["esm", "cjs"],
  target: "node20",
  platform: "node",
  clean: true,
  // One copy of the keys and the errors for all entry points of a format, not one in each.
  splitting: true,
  // Makes the CommonJS chunks with Rollup; the other way lowers every `?.` to a helper call.
  treeshake: true,
  removeNodeProtocol: false,
  sourcemap: false,
  minify: false,
  // tsup sets baseUrl, which TypeScript 6 refuses without this.
  dts: { compilerOptions: { ignoreDeprecations: "6.0" } },
});
