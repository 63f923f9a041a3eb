/** The build: ESM, CommonJS and declarations of every entry point. */
import { defineConfig } from "tsup";
import { entryPoints } from "./entry-points.js";

export default defineConfig({
  entry: entryPoints,
  format: ["esm", "cjs"],
  target: "node20",
  platform: "node",
  clean: true,
  // One copy of the keys and the errors for all entry points of a format, not one in each.
  splitting: true,
  // Makes the CommonJS chunks with Rollup; the other way lowers every `?.` to a call.
  treeshake: true,
  removeNodeProtocol: false,
  sourcemap: false,
  minify: false,
  // tsup sets baseUrl, which TypeScript 6 refuses without this.
  dts: { compilerOptions: { ignoreDeprecations: "6.0" } },
});
