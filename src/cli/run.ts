/** One run of `rejwt`: finds the command, and turns whatever happens into sentences and an exit code. */
import { isMisuse, isTokenError } from "../errors.ts";
import { readArguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { demoCommand } from "./demo.ts";
import { EXIT, type ExitCode, isCommandError, usageError } from "./exit.ts";
import { inspectCommand } from "./inspect.ts";
import { jwksCommand } from "./jwks.ts";
import { keygenCommand } from "./keygen.ts";
import { signCommand } from "./sign.ts";
import type { Terminal } from "./terminal.ts";
import { verifyCommand } from "./verify.ts";

export const COMMANDS: readonly Command[] = [
  inspectCommand,
  verifyCommand,
  signCommand,
  keygenCommand,
  jwksCommand,
  demoCommand,
];

const HELP = `rejwt COMMAND [options]

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(8)}  ${summary}`).join("\n")}

rejwt COMMAND --help says more; rejwt --version. Nothing is ever sent anywhere.
Exit codes: 0 ok, 1 refused (the token or the input), 2 called wrongly. NO_COLOR and FORCE_COLOR are heeded.`;

/** @param args the words after `rejwt` */
export async function run(args: readonly string[], version: string, terminal: Terminal): Promise<ExitCode> {
  const [word, ...rest] = args;
  try {
    if (word === undefined) {
      terminal.note(HELP);
      return EXIT.usage;
    }
    if (["help", "--help", "-h"].includes(word)) {
      const topic = COMMANDS.find(({ name }) => name === rest[0]);
      terminal.out(topic?.help ?? HELP);
      return EXIT.ok;
    }
    if (["--version", "-v"].includes(word)) {
      terminal.out(version);
      return EXIT.ok;
    }
    const command = COMMANDS.find(({ name }) => name === word);
    if (command === undefined) throw unknownCommand(word);
    if (rest.some((argument) => argument === "--help" || argument === "-h")) {
      terminal.out(command.help);
      return EXIT.ok;
    }
    return await command.run(readArguments(rest, command.options), terminal);
  } catch (error) {
    terminal.note(`${terminal.paintNote("red", "rejwt:")} ${sentence(error)}`);
    return exitCodeOf(error);
  }
}

function unknownCommand(word: string): Error {
  const names = COMMANDS.map(({ name }) => name).join(", ");
  // A token is what people paste first.
  if (word.length > 20 || /^e[yw]|^bearer$/i.test(word)) {
    return usageError(`say what to do with it: rejwt inspect …. The commands are: ${names}`);
  }
  return usageError(`there is no such command. The commands are: ${names}`);
}

function sentence(error: unknown): string {
  if (isCommandError(error)) return error.message;
  if (isTokenError(error)) return `${error.code}  ${error.message}`;
  // Not foreseen, so that its message may hold anything: its kind is enough to report it.
  const kind = error instanceof Error ? error.name : typeof error;
  return `something went wrong inside (${kind}). Please report it: https://github.com/rejwt/rejwt/issues`;
}

function exitCodeOf(error: unknown): ExitCode {
  if (isCommandError(error)) return error.exitCode;
  if (isTokenError(error)) return isMisuse(error) ? EXIT.usage : EXIT.refused;
  return EXIT.refused;
}
