/** The types that users meet: eleven programs compile, 71 mistakes do not, and nothing is silently `any`. */
import { beforeAll, describe, expect, it } from "vitest";
import { awaitedBy, everyAwaited, usesAwaited } from "./awaited.ts";
import { type Compiled, compile, filesOf, print } from "./compile.ts";

const programs = filesOf("scenarios");
const refused = "negative/refused.ts";
const accepted = "negative/accepted.ts";
const neverAny = "never-any.test-d.ts";

/** `undefined` for an option: stopped by this option of TypeScript, and without it at creation (`CONFIG`). */
const byExactness = "TS2379";

describe.each([true, false])("with exactOptionalPropertyTypes %s", (exact) => {
  let compiled: Compiled;

  beforeAll(() => {
    compiled = compile([...programs, refused, accepted, neverAny], { exactOptionalPropertyTypes: exact });
  }, 600_000);

  const complaintsAbout = (file: string): readonly string[] =>
    compiled.diagnostics
      .filter((diagnostic) => diagnostic.file === file && awaitedBy(diagnostic).length === 0)
      .map(print);

  it("counts eleven programs", () => {
    expect(programs).toHaveLength(11);
  });

  it.each([...programs, accepted, neverAny])("%s compiles", (file) => {
    expect(complaintsAbout(file)).toEqual([]);
  });

  it("the package's own declarations compile, whoever checks them", () => {
    const listed = new Set([...programs, refused, accepted, neverAny]);
    expect(compiled.diagnostics.filter(({ file }) => !listed.has(file)).map(print)).toEqual([]);
  });

  it("each mistake is refused, with the very diagnostic that tells what is wrong", () => {
    const diagnostics = compiled.diagnostics.filter(({ file }) => file === refused);
    const mistakes = compiled
      .statements(refused)
      .map((statement) => ({ ...statement, wanted: /^\/\/ EXPECT (TS\d+)$/.exec(statement.comment)?.[1] }));
    expect(mistakes.filter(({ wanted }) => wanted !== undefined)).toHaveLength(71);

    const wrong: string[] = [];
    for (const { text, wanted, firstLine, lastLine } of mistakes) {
      const found = diagnostics.filter(({ line }) => line >= firstLine && line <= lastLine);
      const unexplained = found.filter((diagnostic) => awaitedBy(diagnostic).length === 0);
      if (wanted === undefined) {
        // Imports, declarations, and what the types cannot stop (`HOLE`).
        wrong.push(...unexplained.map(print));
        continue;
      }
      if (usesAwaited(text)) continue;
      const codes = [...new Set(unexplained.map(({ code }) => code))];
      const due = wanted === byExactness && !exact ? [] : [wanted];
      if (JSON.stringify(codes) !== JSON.stringify(due)) wrong.push(`${text}\n  wanted ${due}, got ${codes}`);
    }
    expect(wrong).toEqual([]);
  });

  it("what is awaited is missing still: remove from awaited.ts what works now", () => {
    const missing = new Set(compiled.diagnostics.flatMap(awaitedBy));
    expect(everyAwaited.filter((name) => !missing.has(name))).toEqual([]);
  });
});
