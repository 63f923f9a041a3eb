/** Module hooks of a mutation run: TypeScript by esbuild, and our own list of tests for whoever asks for "vitest". */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";

let collected;
export function initialize(url) {
  collected = url;
}

export function resolve(specifier, context, next) {
  if (specifier === "vitest" && context.parentURL !== collected) return { url: collected, shortCircuit: true };
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.startsWith("file:") || !url.endsWith(".ts")) return next(url, context);
  const file = fileURLToPath(url);
  const { code } = await transform(await readFile(file, "utf8"), {
    loader: "ts",
    target: "esnext",
    sourcefile: file,
    sourcemap: "inline",
  });
  return { format: "module", source: code, shortCircuit: true };
}
