/** How a run ends: three exit codes, and errors whose message is a sentence for people. */

export const EXIT: { readonly ok: 0; readonly refused: 1; readonly usage: 2 } = Object.freeze({
  /** It did what was asked; for `verify`, the token holds. */
  ok: 0,
  /** The input is refused: a token that does not verify, or that is no token. */
  refused: 1,
  /** It was called wrongly: an option, a file, a key. */
  usage: 2,
});

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

class CommandError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

export type { CommandError };

/** Called wrongly. The message is a sentence that says how to mend it, and never holds a key, a secret or a token. */
export function usageError(message: string): CommandError {
  return new CommandError(message, EXIT.usage);
}

/** Called rightly, with input that is refused. */
export function refusedInput(message: string): CommandError {
  return new CommandError(message, EXIT.refused);
}

export function isCommandError(error: unknown): error is CommandError {
  return error instanceof CommandError;
}
