/** Makes docs/errors.md from src/errors.ts: the comment above each code, and the status that the code carries. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { type TokenErrorCode, tokenError } from "../../src/errors.ts";

const source = join(import.meta.dirname, "../../src/errors.ts");

const UNIONS = ["TokenFault", "SessionFault", "RequestFault", "Unavailable", "Misuse"] as const;

const INTRODUCTION = `# Errors

Made from \`src/errors.ts\` by \`npm run docs:errors\`. Every error that this package throws on purpose is a \`TokenError\`:
\`code\` is stable, \`status\` is what an HTTP edge answers, \`retryable\` is true for outages, and \`claim\`, \`expected\` and
\`reason\` say more where there is more. No message holds a token, a secret or a payload. Ask \`isTokenError(error)\`:
\`instanceof\` is false between the ES module and the CommonJS copy of a package.
`;

interface Entry {
  readonly code: TokenErrorCode;
  readonly meaning: string;
  readonly remedy: string;
}

/** The text of docs/errors.md. */
export function errorsPage(): string {
  const file = ts.createSourceFile(source, readFileSync(source, "utf8"), ts.ScriptTarget.ES2022, true);
  const sections = UNIONS.map((name) => section(file, declaration(file, name)));
  return `${[INTRODUCTION, ...sections].join("\n")}`;
}

function declaration(file: ts.SourceFile, name: string): ts.TypeAliasDeclaration {
  const found = file.statements.find((node) => ts.isTypeAliasDeclaration(node) && node.name.text === name);
  if (found === undefined) throw new Error(`src/errors.ts has no type ${name}`);
  return found as ts.TypeAliasDeclaration;
}

function section(file: ts.SourceFile, alias: ts.TypeAliasDeclaration): string {
  const [summary = ""] = ts.getJSDocCommentsAndTags(alias).map((doc) => String(doc.comment ?? ""));
  const members = ts.isUnionTypeNode(alias.type) ? alias.type.types : [alias.type];
  const rows = members
    .map((member) => entry(file, member))
    .map(({ code, meaning, remedy }) => {
      const { status, bearerError } = tokenError(code, "");
      const challenge = bearerError === undefined ? "" : ` \`${bearerError}\``;
      return `### ${code}\n\n${status}${challenge}. ${meaning}\n\n**What to do.** ${remedy}\n`;
    });
  return `## ${alias.name.text}\n\n${summary}\n\n${rows.join("\n")}`;
}

/** `/** Meaning. → Remedy. *\/` above a member of the union. */
function entry(file: ts.SourceFile, member: ts.TypeNode): Entry {
  const text = file.getFullText();
  // The comment stands before the bar, and the member after it.
  const before = text.slice(0, member.getStart()).match(/\/\*\* ((?:(?!\/\*\*).)*) \*\/\s*\|?\s*$/);
  const [meaning, remedy] = (before?.[1] ?? "").split(" → ");
  const code = member.getText().replaceAll('"', "") as TokenErrorCode;
  if (meaning === undefined || remedy === undefined) {
    throw new Error(`src/errors.ts: ${code} needs a comment "meaning → what to do"`);
  }
  return { code, meaning, remedy };
}
