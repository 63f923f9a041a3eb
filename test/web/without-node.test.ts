/** `rejwt/web` reaches nothing of Node, in its sources and in what is published. */
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { nodesOf, readSources } from "../architecture/sources.ts";

const root = join(import.meta.dirname, "../..");
const sources = new Map(readSources(join(root, "src")).map((source) => [source.path, source]));

/** The build puts these in the place of two that use Buffer: `tsup.web.config.ts`. */
const exchanged: Readonly<Record<string, string>> = {
  "encoding/base64url.ts": "web/base64url.ts",
  "encoding/utf8.ts": "web/utf8.ts",
};

/** Every file that is loaded with an entry point; imports of types alone load nothing. */
function loadedWith(entry: string): Set<string> {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    const file = exchanged[path] ?? path;
    if (seen.has(file)) return;
    seen.add(file);
    for (const { file: next, typeOnly } of sources.get(file)?.imports ?? []) {
      if (next !== undefined && !typeOnly) visit(posix.normalize(next));
    }
  };
  visit(entry);
  return seen;
}

const GLOBALS = ["Buffer", "process", "require", "__dirname", "setImmediate"];

describe("rejwt/web", () => {
  const files = [...loadedWith("web/index.ts")];

  it("is made of the judge of claims, the checks and the codecs", () => {
    for (const file of ["jwt/judge.ts", "jwt/claim-checks.ts", "jwt/policy.ts", "jws/open.ts", "web/base64url.ts"]) {
      expect(files).toContain(file);
    }
    expect(files).not.toContain("encoding/base64url.ts");
    expect(files).not.toContain("jwk/key.ts");
  });

  it.each(files)("loads no package and no built-in module in %s", (file) => {
    const packages = sources.get(file)?.imports.filter((found) => found.file === undefined && !found.typeOnly);
    expect(packages?.map(({ specifier }) => specifier)).toEqual([]);
  });

  it.each(files)("names no global of Node in %s", (file) => {
    const tree = sources.get(file)?.tree as ts.SourceFile;
    const names = [...nodesOf(tree)].filter(ts.isIdentifier).map(({ text }) => text);
    expect(names.filter((name) => GLOBALS.includes(name))).toEqual([]);
  });

  it.each(["index.js", "index.cjs"])("imports nothing at all as %s of the package", (file) => {
    const text = readFileSync(join(root, "dist/web", file), "utf8");
    const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
    const loads = [...nodesOf(tree)].filter(
      (node) =>
        ts.isImportDeclaration(node) ||
        (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) ||
        (ts.isCallExpression(node) && /^(?:require|import)$/.test(node.expression.getText())),
    );
    expect(loads.map((node) => node.getText().slice(0, 80))).toEqual([]);
    expect(/\bBuffer\b|\bnode:/.exec(text)).toBeNull();
  });
});

describe("rejwt/client", () => {
  it.each(["index.js", "index.cjs"])("imports nothing at all as %s of the package", (file) => {
    const text = readFileSync(join(root, "dist/client", file), "utf8");
    expect(/\bBuffer\b|\bnode:|^import\b|\brequire\(/m.exec(text)).toBeNull();
  });
});
