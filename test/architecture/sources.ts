/** The files under src/ as the rules see them: a syntax tree each, and what it imports. */
import { readdirSync, readFileSync } from "node:fs";
import { join, posix, relative } from "node:path";
import ts from "typescript";

export interface Import {
  /** As written: `../errors.ts`, `node:crypto`, `express`. */
  readonly specifier: string;
  /** The imported file, relative to src/; undefined for a package. */
  readonly file: string | undefined;
  /** Whether nothing of it is left after compilation; `import { type A }` leaves `import {}`. */
  readonly typeOnly: boolean;
}

export interface Source {
  /** Relative to src/, with forward slashes: `jws/compact.ts`. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
  readonly imports: readonly Import[];
}

/** Every file under a folder. */
export function readSources(folder: string): readonly Source[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => parseSource(relative(folder, file).replaceAll("\\", "/"), readFileSync(file, "utf8")));
}

export function parseSource(path: string, text: string): Source {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const imports: Import[] = [];
  for (const node of nodesOf(tree)) {
    const found = importOf(node);
    if (found !== undefined) imports.push({ ...found, file: resolve(path, found.specifier) });
  }
  return { path, text, tree, imports };
}

/** A node and everything below it. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  for (const child of node.getChildren()) yield* nodesOf(child);
}

function resolve(from: string, specifier: string): string | undefined {
  return specifier.startsWith(".") ? posix.join(posix.dirname(from), specifier) : undefined;
}

/** Static and dynamic imports, re-exports, `import("…")` in a type, and `require("…")`. */
function importOf(node: ts.Node): { specifier: string; typeOnly: boolean } | undefined {
  if (ts.isImportDeclaration(node))
    return specified(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
  if (ts.isExportDeclaration(node)) return specified(node.moduleSpecifier, node.isTypeOnly);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return specified(node.argument.literal, true);
  if (ts.isCallExpression(node) && isLoad(node.expression)) return specified(node.arguments[0], false);
  return undefined;
}

function specified(node: ts.Node | undefined, typeOnly: boolean): { specifier: string; typeOnly: boolean } | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? { specifier: node.text, typeOnly } : undefined;
}

function isLoad(callee: ts.Expression): boolean {
  return callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === "require");
}
