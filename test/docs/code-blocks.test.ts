/** What the documents show is compiled and run, as it stands there. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { codeBlocks, root } from "./code-blocks.ts";

const run = promisify(execFile);

const blocks = codeBlocks("every-block");
const environment = {
  ...process.env,
  JWT_SECRET: "an example secret, 32 bytes or more",
  OLD_SECRET: "an older secret, of 32 bytes or more",
  REFRESH_SECRET: "a refresh secret, 32 bytes or more",
};
/** A server does not end by itself; it has a test of its own. */
const programs = blocks.filter(({ code }) => !code.includes(".listen("));

test("the documents hold code", () => {
  expect(programs.length).toBeGreaterThan(4);
});

test("every code block of the documents compiles", () => {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(`${root}/tsconfig.json`, ts.sys.readFile).config,
    ts.sys,
    root,
  );
  const program = ts.createProgram(
    blocks.map(({ source }) => source),
    { ...options, isolatedDeclarations: false, declaration: false, noUnusedLocals: false },
  );
  const problems = ts
    .getPreEmitDiagnostics(program)
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
  expect(problems).toEqual([]);
});

describe("every code block of the documents runs", () => {
  test.concurrent.each(programs)("$name", async ({ program, code }) => {
    const { stdout } = await run(process.execPath, [program], { env: environment, timeout: 20_000 });
    for (const promised of promises(code)) expect(stdout).toContain(promised);
  });
});

/** `console.log(…); // this` promises that it prints `this`, where the comment is a plain value. */
function promises(code: string): string[] {
  return [...code.matchAll(/console\.log\(.*\); \/\/ ([\w.{}":,/+-]+(?: \d+)?)$/gm)].map((match) => match[1] ?? "");
}
