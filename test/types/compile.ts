/** Compiles users' programs against the declarations of dist/, which is what users get, with the options users have. */
import { existsSync, readdirSync } from "node:fs";
import { basename, join, relative } from "node:path";
import ts from "typescript";

export interface Diagnostic {
  /** Relative to this folder. */
  readonly file: string;
  /** Counted from 0. */
  readonly line: number;
  /** `TSnnnn`. */
  readonly code: string;
  readonly message: string;
}

export interface Compiled {
  readonly diagnostics: readonly Diagnostic[];
  /** The statements of a file, each with the comment line above it. */
  statements(file: string): readonly Statement[];
}

export interface Statement {
  readonly text: string;
  readonly comment: string;
  readonly firstLine: number;
  readonly lastLine: number;
}

export interface Options {
  readonly exactOptionalPropertyTypes: boolean;
}

const here = import.meta.dirname;

/** The files of a folder here, as `folder/name.ts`. */
export function filesOf(folder: string): readonly string[] {
  return readdirSync(join(here, folder)).map((name) => `${folder}/${name}`);
}

/** @throws when dist/ has not been built */
export function compile(files: readonly string[], { exactOptionalPropertyTypes }: Options): Compiled {
  if (!existsSync(join(here, "../../dist/index.d.ts"))) throw new Error("no dist/index.d.ts: npm run build first");
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes,
    noUncheckedIndexedAccess: true,
    noImplicitOverride: true,
    verbatimModuleSyntax: true,
    noEmit: true,
    // The package's declarations are checked too, as they are for a user who leaves this off.
    skipLibCheck: false,
  };
  const rootNames = [...files, "stand-ins.d.ts"].map((file) => join(here, file));
  const program = ts.createProgram({ rootNames, options, host: readingOnce(options) });
  const diagnostics = program
    .getSourceFiles()
    .filter(isOurs)
    .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]);
  return {
    diagnostics: [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics(), ...diagnostics].map(describe),
    statements: (file) => statementsOf(program.getSourceFile(join(here, file))),
  };
}

/** What is wrong in the declarations of other packages is not ours to mend, and takes long to find. */
function isOurs({ fileName }: ts.SourceFile): boolean {
  return !fileName.includes("/node_modules/");
}

const read = new Map<string, ts.SourceFile | undefined>();

/** Most of the time goes into reading declarations, which are the same for every set of options. */
function readingOnce(options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  return {
    ...host,
    getSourceFile: (fileName, ...given) => {
      if (!read.has(fileName)) read.set(fileName, host.getSourceFile(fileName, ...given));
      return read.get(fileName);
    },
  };
}

function describe({ file, start, code, messageText }: ts.Diagnostic): Diagnostic {
  return {
    file: file === undefined ? "" : relative(here, file.fileName),
    line: file === undefined || start === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line,
    code: `TS${code}`,
    message: ts.flattenDiagnosticMessageText(messageText, "\n"),
  };
}

function statementsOf(source: ts.SourceFile | undefined): readonly Statement[] {
  if (source === undefined) throw new Error("not among the files that were compiled");
  return source.statements.map((node) => {
    const lines = source.text.split("\n");
    const firstLine = source.getLineAndCharacterOfPosition(node.getStart()).line;
    const lastLine = source.getLineAndCharacterOfPosition(node.getEnd()).line;
    return { text: node.getText(), comment: lines[firstLine - 1] ?? "", firstLine, lastLine };
  });
}

/** For messages: where, what, and the first line of why. */
export function print({ file, line, code, message }: Diagnostic): string {
  return `${basename(file)}:${line + 1} ${code} ${message.split("\n", 1)[0]}`;
}
