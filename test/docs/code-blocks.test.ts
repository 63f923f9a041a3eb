/** What the documents show is compiled and run, as it stands there. */
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { codeBlocks, needsDatabase, promises, root, runProgram } from "./code-blocks.ts";

const blocks = codeBlocks("every-block");
/** A server that nobody closes has a test of its own, as has what needs a database. */
const servesOn = (code: string): boolean => code.includes(".listen(") && !code.includes(".close()");
const programs = blocks.filter((block) => !servesOn(block.code) && !needsDatabase(block));

/** A compiler's run, and whole servers, several at once, on a machine that may be busy. */
const PATIENCE_MS = 90_000;

test("the documents hold code", () => {
  expect(programs.length).toBeGreaterThan(4);
});

test(
  "every code block of the documents compiles",
  () => {
    const { options } = ts.parseJsonConfigFileContent(
      ts.readConfigFile(`${root}/tsconfig.json`, ts.sys.readFile).config,
      ts.sys,
      root,
    );
    const program = ts.createProgram(
      blocks.map(({ source }) => source),
      {
        ...options,
        isolatedDeclarations: false,
        declaration: false,
        noUnusedLocals: false,
        experimentalDecorators: true,
      },
    );
    const problems = ts
      .getPreEmitDiagnostics(program)
      .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
    expect(problems).toEqual([]);
  },
  PATIENCE_MS,
);

describe("every code block of the documents runs", () => {
  test.concurrent.each(programs)(
    "$name",
    async ({ program, code }) => {
      const stdout = await runProgram(program);
      for (const promised of promises(code)) expect(stdout).toContain(promised);
    },
    PATIENCE_MS,
  );
});
