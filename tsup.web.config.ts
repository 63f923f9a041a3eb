/** The build of `rejwt/web`: the same files, with the two that need Buffer exchanged for two that do not. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "tsup";

const web = join(import.meta.dirname, "src/web");

export default defineConfig({
  entry: { "web/index": "src/web/index.ts" },
  format: ["esm", "cjs"],
  target: "es2022",
  platform: "neutral",
  // After the library's build, over the file that it made: the declarations are the same.
  clean: false,
  splitting: false,
  treeshake: true,
  sourcemap: false,
  minify: false,
  dts: false,
  esbuildPlugins: [
    {
      name: "without-buffer",
      setup(build) {
        build.onLoad({ filter: /src\/encoding\/(base64url|utf8)\.ts$/ }, ({ path }) => ({
          contents: readFileSync(join(web, path.replace(/^.*\//, "")), "utf8"),
          loader: "ts",
          resolveDir: web,
        }));
      },
    },
  ],
});
