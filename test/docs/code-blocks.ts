/** The TypeScript blocks of the documents, as programs that can be type-checked and run. */
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { promisify } from "node:util";
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
  const folder = join(workshop, relative(root, file).replaceAll(/[^\w]/g, "-"));
  mkdirSync(folder, { recursive: true });
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => {
    const code = match[1] ?? "";
    const line = text.slice(0, match.index).split("\n").length;
    const name = `${relative(root, file)}:${line}`;
    const base = join(folder, `line-${line}`);
    const { outputText } = ts.transpileModule(code, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, experimentalDecorators: true },
    });
    writeFileSync(`${base}.mts`, code);
    writeFileSync(`${base}.mjs`, outputText);
    // A block that says what file it is can be imported by the others of its page.
    const named = /^\/\/ ([\w-]+)\.ts\n/.exec(code)?.[1];
    if (named !== undefined) {
      writeFileSync(join(folder, `${named}.ts`), code);
      writeFileSync(join(folder, `${named}.js`), outputText);
    }
    return { name, code, program: `${base}.mjs`, source: `${base}.mts` };
  });
}

/** True for a block that asks for the address of a server. */
export function needsDatabase({ code }: CodeBlock): boolean {
  return /process\.env\.(?:REDIS_URL|DATABASE_URL)/.test(code);
}

/** Runs a block as a process, with the secrets that the documents call by name. Answers what it printed. */
export async function runProgram(program: string, environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const env = {
    ...process.env,
    JWT_SECRET: "an example secret, 32 bytes or more",
    OLD_SECRET: "an older secret, of 32 bytes or more",
    REFRESH_SECRET: "a refresh secret, 32 bytes or more",
    ...environment,
  };
  return (await promisify(execFile)(process.execPath, [program], { env, timeout: 60_000 })).stdout;
}

/** `console.log(…); // this` promises that it prints `this`, where the comment is a plain value. */
export function promises(code: string): string[] {
  return [...code.matchAll(/console\.log\(.*\); \/\/ ([\w.{}":,/+-]+(?: \d+)?)$/gm)].map((match) => match[1] ?? "");
}
