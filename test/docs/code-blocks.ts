/** The TypeScript blocks of the documents, as programs that can be type-checked and run. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";

export const root: string = join(import.meta.dirname, "../..");

/** Inside the package, so that `import "rejwt"` means this package. Not in version control. */
const workshops = join(import.meta.dirname, ".generated");

export interface CodeBlock {
  /** `README.md:27`, where the block starts. */
  readonly name: string;
  readonly code: string;
  /** The program that runs it. */
  readonly program: string;
  /** The module that is type-checked. */
  readonly source: string;
}

/** Markdown files that are shown to users. */
export function documents(): string[] {
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => join(root, "docs", file));
  return [join(root, "README.md"), ...docs];
}

/**
 * Every block that is fenced as `ts`, written out as a module and as a program.
 * @param reader names a folder of its own: test files run side by side
 */
export function codeBlocks(reader: string): CodeBlock[] {
  const workshop = join(workshops, reader);
  rmSync(workshop, { recursive: true, force: true });
  mkdirSync(workshop, { recursive: true });
  return documents().flatMap((file) => blocksOf(workshop, file, readFileSync(file, "utf8")));
}

function blocksOf(workshop: string, file: string, text: string): CodeBlock[] {
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => {
    const code = match[1] ?? "";
    const line = text.slice(0, match.index).split("\n").length;
    const name = `${relative(root, file)}:${line}`;
    const base = join(workshop, name.replaceAll(/[^\w]/g, "-"));
    const { outputText } = ts.transpileModule(code, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    });
    writeFileSync(`${base}.mts`, code);
    writeFileSync(`${base}.mjs`, outputText);
    return { name, code, program: `${base}.mjs`, source: `${base}.mts` };
  });
}
