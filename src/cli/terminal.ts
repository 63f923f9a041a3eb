/** What a command may touch of the world around it: two streams to write to, one to read from, and the environment. */
import type { Readable } from "node:stream";
import { createPaint, type Paint, wantsColour } from "./colours.ts";

export interface Terminal {
  /** A result: what a pipe should get. A newline is added. */
  out(line: string): void;
  /** What a person should read beside the result. A newline is added. */
  note(line: string): void;
  readonly stdin: Readable;
  /** Whether a person sits at stdin, so that nothing comes unless it is asked for. */
  readonly isInteractive: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For `out`. */
  readonly paint: Paint;
  /** For `note`: stderr may be a screen where stdout is a file. */
  readonly paintNote: Paint;
}

/** The terminal of a process. */
export function terminalOf({ stdout, stderr, stdin, env }: NodeJS.Process): Terminal {
  return {
    out: (line) => void stdout.write(`${line}\n`),
    note: (line) => void stderr.write(`${line}\n`),
    stdin,
    isInteractive: stdin.isTTY === true,
    env,
    paint: createPaint(wantsColour(env, stdout.isTTY === true)),
    paintNote: createPaint(wantsColour(env, stderr.isTTY === true)),
  };
}
