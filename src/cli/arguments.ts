/** The words of a command line, sorted into options and the rest; what is not known is refused with a hint. */
import { parseArgs } from "node:util";
import { usageError } from "./exit.ts";

export type OptionTable = Readonly<Record<string, "text" | "texts" | "flag">>;

export interface Arguments {
  readonly words: readonly string[];
  text(name: string): string | undefined;
  /** Every value of an option that may be given again. */
  texts(name: string): readonly string[];
  flag(name: string): boolean;
}

/** Names under which people try to pass what must not stand on a command line. */
const SECRET_NAME = /secret|passw|passphrase$|private|token-key|key-text|pem|jwk$/;

export const SECRET_ON_COMMAND_LINE: string =
  "a secret does not belong on a command line: other users see it in the list of processes, and the shell keeps it. " +
  "Put it into a file (--key FILE) or an environment variable (--key-env NAME)";

/** @throws a usage error for an option that is unknown, lacks its value, or has one where it takes none */
export function readArguments(args: readonly string[], table: OptionTable): Arguments {
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(table).map(([name, kind]) => [name, { type: kind === "flag" ? "boolean" : "string" } as const]),
    ),
  });
  const words: string[] = [];
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const { name, value } = token;
    const kind = Object.hasOwn(table, name) ? table[name] : undefined;
    if (kind === undefined) throw unknownOption(token.rawName, name, table);
    if (kind === "flag" && value !== undefined) throw usageError(`--${name} takes no value`);
    if (kind !== "flag" && (value === undefined || value === "")) {
      throw usageError(`--${name} needs a value. An unset shell variable leaves none`);
    }
    const earlier = values.get(name) ?? [];
    if (kind === "text" && earlier.length > 0) throw usageError(`--${name} is given twice`);
    values.set(name, [...earlier, value ?? ""]);
  }
  return {
    words,
    text: (name) => values.get(name)?.[0],
    texts: (name) => values.get(name) ?? [],
    flag: (name) => values.has(name),
  };
}

function unknownOption(rawName: string, name: string, table: OptionTable): Error {
  // A pasted PEM begins with hyphens, as options do.
  if (rawName.includes("BEGIN ")) {
    return usageError(`this is a PEM block, not an option. If it is a private key: ${SECRET_ON_COMMAND_LINE}`);
  }
  if (SECRET_NAME.test(name)) return usageError(SECRET_ON_COMMAND_LINE);
  const known = Object.keys(table).map((option) => `--${option}`);
  // Only what looks like an option's name is shown again: anything else may be a pasted secret.
  const shown = /^[a-z][a-z-]{0,19}$/.test(name) ? rawName : "one of these";
  return usageError(`there is no option ${shown} here. The options are: ${known.join(", ")}, --help`);
}
