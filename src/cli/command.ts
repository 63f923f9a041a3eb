/** What a command is. */
import type { Arguments, OptionTable } from "./arguments.ts";
import type { ExitCode } from "./exit.ts";
import type { Terminal } from "./terminal.ts";

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The text of `--help`. */
  readonly help: string;
  readonly options: OptionTable;
  run(args: Arguments, terminal: Terminal): Promise<ExitCode>;
}
