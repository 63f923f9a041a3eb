/** The build of the program `rejwt`: one ES module that needs nothing beside the package's dependencies. */
import { defineConfig } from "tsup";

export default defineConfig({
  entry: { "cli/main": "src/cli/main.ts" },
  format: ["esm"],
  target: "node20",
  platform: "node",
  // After the library's build, into the same folder.
  clean: false,
  splitting: false,
  treeshake: true,
  removeNodeProtocol: false,
  sourcemap: false,
  minify: false,
  dts: false,
});
