/** Builds the inspector page: one HTML file with its script and style inside, and a policy that lets it load nothing else. */
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const folder = import.meta.dirname;
const out = process.argv[2] ?? join(folder, "../../docs-site/inspector.html");

const { outputFiles } = await build({
  entryPoints: [join(folder, "main.ts")],
  bundle: true,
  write: false,
  format: "iife",
  platform: "browser",
  target: ["chrome110", "firefox115", "safari16"],
  minify: true,
  charset: "utf8",
  legalComments: "none",
  plugins: [
    {
      // As the build of rejwt/web does: the two files that need Buffer are exchanged for two that do not.
      name: "without-buffer",
      setup({ onResolve }) {
        onResolve({ filter: /encoding\/(base64url|utf8)\.ts$|^\.\/(base64url|utf8)\.ts$/ }, ({ path }) => ({
          path: join(folder, "../../src/web", path.split("/").at(-1)),
        }));
      },
    },
  ],
});
const script = outputFiles[0].text.trim().replaceAll("</script", "<\\/script");
const style = await readFile(join(folder, "page.css"), "utf8");
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  "connect-src 'none'",
  "form-action 'none'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

const page = await readFile(join(folder, "page.html"), "utf8");
const parts = { POLICY: policy, "/* STYLE */": style, "/* SCRIPT */": script };
await mkdir(dirname(out), { recursive: true });
await writeFile(
  out,
  page.replaceAll(/POLICY|\/\* (?:STYLE|SCRIPT) \*\//g, (name) => parts[name]),
);
console.log(`${out}: ${Math.round(page.length + script.length + style.length) / 1000} kB`);
