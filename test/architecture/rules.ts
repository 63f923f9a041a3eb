/** The rules of the house, each a pure function from sources to the sentences that say what is wrong. */
import { posix } from "node:path";
import ts from "typescript";
import { nodesOf, type Source } from "./sources.ts";

/** What any floor may import. */
const ground = ["errors", "options", "time"];

/**
 * What each floor may import beside itself and the ground, in the order bytes → … → HTTP edge. An entry is a floor
 * (`jws`), one file of it (`store/contract`), or either for its types alone (`type jwt`). `index.ts` may import anything.
 */
export const floors: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  options: ["errors"],
  time: ["errors", "options"],
  encoding: [...ground],
  jwa: [...ground, "encoding"],
  jwk: [...ground, "jwa", "encoding"],
  jws: [...ground, "jwk", "jwa", "encoding"],
  jwt: [...ground, "jws", "jwk", "jwa", "encoding"],
  store: [...ground, "encoding", "type jwt/single-use"],
  session: [...ground, "jwt", "jws", "jwk", "jwa", "encoding", "store"],
  revocation: [
    ...ground,
    "jwt",
    "jws",
    "jwk",
    "jwa",
    "encoding",
    "store/contract",
    "store/revocation",
    "store/revocation-feed",
  ],
  http: [...ground, "session", "revocation", "jwt", "jws", "jwk", "jwa", "encoding"],
  compat: [...ground, "jwt", "jws", "jwk", "jwa", "encoding"],
  client: [],
  web: [...ground, "jwt", "jws", "jwk", "jwa", "encoding"],
  cli: [...ground, "http", "session", "revocation", "jwt", "jws", "jwk", "jwa", "encoding", "store/memory"],
  testing: [...ground, "store", "encoding", "type jwt"],
};

/** Each talks to one kind of storage; everything else knows `store/contract` alone. */
const concreteStores = ["store/memory", "store/sqlite", "store/redis", "store/postgres"];

/** Passed in by the user, who has chosen a version: naming the type is fine, loading the package is not. */
const peers = /^(express|ioredis|redis|@redis\/.+|pg|better-sqlite3|libsql|fastify|hono|koa|@nestjs\/.+)($|\/)/;

const emptyNames = ["utils", "util", "helpers", "helper", "common", "misc", "lib"];
const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const maxLines = 250;

export type Rule = (sources: readonly Source[]) => readonly string[];

/** A floor imports from floors above it only. */
export const floorsInOrder: Rule = (sources) => {
  const problems: string[] = [];
  for (const { path, imports } of sources) {
    const from = floorOf(path);
    if (from === "index") continue;
    const allowed = floors[from];
    if (allowed === undefined) problems.push(`${path}: "${from}" is not a floor; add it to the table`);
    for (const { file, typeOnly } of imports) {
      if (allowed === undefined || file === undefined || floorOf(file) === from) continue;
      const to = withoutExtension(file);
      const concrete = concreteStores.includes(to);
      const named = allowed.includes(to) || (!concrete && allowed.includes(floorOf(file)));
      const forTypes = typeOnly && [to, floorOf(file)].some((name) => allowed.includes(`type ${name}`));
      if (!named && !forTypes) problems.push(`${path}: must not import ${file}`);
    }
  }
  return problems;
};

/** No file reaches itself through its imports, types included. */
export const noCycles: Rule = (sources) => {
  const graph = new Map(sources.map((source) => [source.path, source.imports.flatMap(({ file }) => file ?? [])]));
  const problems: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) problems.push(`import cycle: ${[...trail.slice(start), path].join(" → ")}`);
    if (start >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return problems;
};

/** An import names a file that is there, with its extension. */
export const importsResolve: Rule = (sources) => {
  const paths = new Set(sources.map(({ path }) => path));
  return sources.flatMap(({ path, imports }) =>
    imports
      .filter(({ file }) => file !== undefined && !paths.has(file))
      .map(({ specifier }) => `${path}: "${specifier}" is no file under src/`),
  );
};

/** A file fits in a head. */
export const shortFiles: Rule = (sources) =>
  sources
    .map(({ path, text }) => ({ path, lines: text.replace(/\n$/, "").split("\n").length }))
    .filter(({ lines }) => lines > maxLines)
    .map(({ path, lines }) => `${path}: ${lines} lines, more than ${maxLines}`);

/** Names are in kebab-case and say what is in the file. */
export const plainNames: Rule = (sources) =>
  sources.flatMap(({ path }) => {
    const names = withoutExtension(path).split("/");
    if (posix.extname(path) !== ".ts" || !names.every((name) => kebabCase.test(name))) {
      return [`${path}: not a kebab-case .ts file`];
    }
    const empty = names.flatMap((name) => name.split("-")).filter((word) => emptyNames.includes(word));
    return empty.map((word) => `${path}: "${word}" says nothing about what is in it`);
  });

/** `index.ts` is a list of names: no `export *`, no logic. */
export const indexIsAList: Rule = (sources) =>
  sources
    .filter(({ path }) => path === "index.ts")
    .flatMap(({ path, tree }) => tree.statements.filter((node) => !isNamedReexport(node)).map((node) => at(path, node)))
    .map((place) => `${place}: only \`export { names } from "…"\` belongs here`);

/** Everybody else is given a clock. The client imports nothing, so it has its own. */
export const oneClock: Rule = (sources) =>
  sources
    .filter(({ path }) => path !== "time.ts" && path !== "client/clock.ts")
    .flatMap(({ path, tree }) => [...nodesOf(tree)].filter(readsTheTime).map((node) => at(path, node)))
    .map((place) => `${place}: reads the time; take a clock instead`);

/** A peer dependency is imported for its types alone. */
export const peersForTypesOnly: Rule = (sources) =>
  sources.flatMap(({ path, imports }) =>
    imports
      .filter(({ specifier, typeOnly }) => peers.test(specifier) && !typeOnly)
      .map(({ specifier }) => `${path}: loads "${specifier}", which the user passes in; import its types only`),
  );

function isNamedReexport(node: ts.Statement): boolean {
  if (!ts.isExportDeclaration(node) || node.moduleSpecifier === undefined) return false;
  return node.exportClause !== undefined && ts.isNamedExports(node.exportClause);
}

/** `Date.now`, `performance.now`, `process.hrtime`, `new Date()` and `Date()`; `new Date(ms)` reads nothing. */
function readsTheTime(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) {
    const text = `${node.expression.getText()}.${node.name.text}`;
    return /^(globalThis\.)?(Date\.now|performance\.now|process\.hrtime)$/.test(text);
  }
  if (ts.isNewExpression(node)) return isDate(node.expression) && (node.arguments ?? []).length === 0;
  return ts.isCallExpression(node) && isDate(node.expression);
}

function isDate(node: ts.Expression): boolean {
  return /^(globalThis\.)?Date$/.test(node.getText());
}

function floorOf(path: string): string {
  return withoutExtension(path).split("/", 1).join();
}

function withoutExtension(path: string): string {
  return path.slice(0, path.length - posix.extname(path).length);
}

function at(path: string, node: ts.Node): string {
  return `${path}:${node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}
