/** Text from the command line, stdin or a file, whatever was put there: never more than a token can be. */
import { createReadStream, existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { readPieces } from "../encoding/pieces.ts";
import { MAX_TEXT } from "../jwt/unwrap.ts";
import type { Arguments, OptionTable } from "./arguments.ts";
import { refusedInput, usageError } from "./exit.ts";
import type { Terminal } from "./terminal.ts";

/** Where a token may come from. */
export const TOKEN_OPTIONS: OptionTable = { file: "text" };

export const TOKEN_HELP = `The token is an argument, the file of --file, or comes through stdin (also as "-"). White space, line breaks,
quotes and "Bearer " around it are left out. What stands on a command line is kept in the shell's history: for a token
that is still valid, prefer stdin or a file.`;

/** The token's text as it was given; not looked at yet. */
export async function readToken(args: Arguments, terminal: Terminal): Promise<string> {
  return readText(args.words, args.text("file"), "the token", terminal);
}

/**
 * The words, a file, or stdin.
 * @param what for the messages: "the token"
 * @throws a refusal for what is empty, too long or binary; a usage error for a file that cannot be read
 */
export async function readText(
  words: readonly string[],
  file: string | undefined,
  what: string,
  terminal: Terminal,
): Promise<string> {
  const isStdin = file === undefined && (words.length === 0 || (words.length === 1 && words[0] === "-"));
  if (file !== undefined && words.length > 0) throw usageError(`${what} is given twice: as an argument and by a file`);
  if (words.length === 1 && existsSync(words[0] ?? ""))
    throw usageError(`that is the name of a file: say --file, or < FILE`);
  // A shell takes "Bearer eyJ…", and a token with line breaks, for several words.
  if (!isStdin && file === undefined) return checkText(words.join(" "), what);
  if (isStdin && terminal.isInteractive) terminal.note(`Paste ${what}, then press Enter and Ctrl-D.`);
  const bytes = file === undefined ? await readAtMost(terminal.stdin, what) : await readFile(file, what);
  return checkText(decode(bytes, what), what);
}

/** @throws a usage error that names the file, where it cannot be read */
export async function readFile(path: string, what: string): Promise<Buffer> {
  try {
    return await readAtMost(createReadStream(path), what);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== "string") throw error;
    const why = { ENOENT: "there is no such file", EACCES: "you may not read it", EISDIR: "it is a folder" }[code];
    throw usageError(`${what} cannot be read from the file: ${why ?? code}`);
  }
}

/** Reads no further than a token can reach, however much there is. */
async function readAtMost(stream: Readable, what: string): Promise<Buffer> {
  const bytes = await readPieces(stream, MAX_TEXT);
  if (bytes === undefined)
    throw refusedInput(`${what} is longer than 1 MiB, and was not read further: is it the right file?`);
  return bytes;
}

function decode(bytes: Buffer, what: string): string {
  // PowerShell's ">" writes UTF-16 with a byte order mark.
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw refusedInput(`${what} is not text: these are ${bytes.length} bytes of something binary`);
  }
}

function checkText(text: string, what: string): string {
  if (text.trim() === "") throw refusedInput(`${what} is empty. Is a variable unset, or a file not written yet?`);
  if (text.includes("\0")) throw refusedInput(`${what} is not text: it holds zero bytes`);
  return text;
}
