/** `rejwt inspect`: a report on any text that might be a token. */
import { type Inspection, inspect } from "../jwt/inspect.ts";
import type { Arguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { EXIT, type ExitCode, refusedInput } from "./exit.ts";
import { readToken, TOKEN_HELP, TOKEN_OPTIONS } from "./input.ts";
import { printInspection } from "./print-inspection.ts";
import type { Terminal } from "./terminal.ts";
import { clockAt } from "./time-text.ts";
import { visibleJson } from "./visible.ts";
import { whyNotAToken } from "./why-not-a-token.ts";

export const inspectCommand: Command = {
  name: "inspect",
  summary: "show what is in a token, and what is odd about it",
  options: { ...TOKEN_OPTIONS, json: "flag", at: "text" },
  help: `rejwt inspect [TOKEN | -] [--file FILE] [--at DATE] [--json]

Shows the parts of a token, its times as dates, and what is odd about it. Proves nothing: anybody can write anything into
a token. Nothing leaves this machine.

${TOKEN_HELP}

  --file FILE   read the token from a file
  --at DATE     judge its times as of then
  --json        the report as JSON, without the token's signature

Exit code: 0 for a well-formed token, 1 for anything else, 2 where it was called wrongly.

  rejwt inspect --file token.jwt
  pbpaste | rejwt inspect
  rejwt inspect --json < token.jwt | jq .claims.exp`,
  async run(args: Arguments, terminal: Terminal): Promise<ExitCode> {
    const clock = clockAt(args.text("at"));
    const text = await readToken(args, terminal);
    const report = inspect(text, { clock });
    if (args.flag("json")) terminal.out(visibleJson(jsonReport(report)));
    else {
      if (report.kind === "not-a-token") throw refusedInput(whyNotAToken(report));
      printInspection(report, clock(), terminal);
    }
    return report.wellFormed ? EXIT.ok : EXIT.refused;
  },
};

/** The report without what could be used as a credential. */
function jsonReport({ kind, wellFormed, segments, times, findings }: Inspection): object {
  const part = (name: string): (typeof segments)[number] | undefined =>
    segments.find((segment) => segment.name === name);
  return {
    kind,
    wellFormed,
    header: shallow(part("header")?.json),
    claims: shallow(part("payload")?.json),
    signatureBytes: part("signature")?.bytes?.length,
    times,
    findings,
  };
}

/** What JSON.stringify can write, or nothing: it recurses, and `--json` must answer JSON whatever it was given. */
function shallow(json: unknown): unknown {
  try {
    JSON.stringify(json);
    return json;
  } catch {
    return undefined;
  }
}
