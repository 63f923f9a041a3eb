#!/usr/bin/env node
/** The program `rejwt`. */
import { readFileSync } from "node:fs";
import { run } from "./run.ts";
import { terminalOf } from "./terminal.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly version: string;
};

// `rejwt inspect … | head -1` ends the pipe early, which is no error.
process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
  process.exit(code === "EPIPE" ? process.exitCode : 2);
});

process.exitCode = await run(process.argv.slice(2), version, terminalOf(process));
// A stdin that is still open (a terminal, an endless pipe) keeps nobody waiting.
process.stdin.destroy();
