/** docs/security.md promises nothing without a test, and every test that it names is there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { root } from "./code-blocks.ts";

const page = readFileSync(join(root, "docs/security.md"), "utf8");
/** The rows of tables whose last column is a test. */
const rows = page.split("\n").filter((line) => /^\| .* \|$/.test(line));
const named = rows.flatMap((row) => {
  const [, file, title] = row.match(/`(test\/[^`]+\.test\.ts)` "(.+)" \|$/) ?? [];
  return file === undefined || title === undefined ? [] : [{ file, title }];
});

test("the page names tests", () => {
  expect(named.length).toBeGreaterThan(30);
});

test("every row of a table with tests names one", () => {
  const sections = page.split(/^## /m).filter((section) => /\| test \|$/m.test(section));
  const bare = sections.flatMap((section) =>
    section.split("\n").filter((line) => /^\| /.test(line) && !/\| test \|$|^\|[-|]+\|$|`test\/.+" \|$/.test(line)),
  );
  expect(bare).toEqual([]);
});

describe("the test exists", () => {
  test.each(named)("$file $title", ({ file, title }) => {
    expect(existsSync(join(root, file))).toBe(true);
    expect(titlesOf(file)).toContain(title);
  });
});

/** The first arguments of calls to describe, it and test, however they are chained. */
function titlesOf(file: string): readonly string[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.ES2022, true);
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^(describe|it|test)\b/.test(node.expression.getText())) {
      const [first] = node.arguments;
      if (first !== undefined && ts.isStringLiteralLike(first)) titles.push(first.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return titles;
}
