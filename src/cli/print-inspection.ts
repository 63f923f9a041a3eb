/** A report on a token, for people. */
import type { Finding, InspectedSegment } from "../jwt/finding.ts";
import type { Inspection } from "../jwt/inspect.ts";
import type { Colour } from "./colours.ts";
import type { Terminal } from "./terminal.ts";
import { dateText, distance } from "./time-text.ts";
import { visible, visibleJson } from "./visible.ts";

const PART_COLOURS: Readonly<Record<InspectedSegment["name"], Colour>> = {
  header: "red",
  payload: "magenta",
  signature: "cyan",
  other: "dim",
};

const SEVERITY_COLOURS: Readonly<Record<Finding["severity"], Colour>> = {
  danger: "red",
  warning: "yellow",
  info: "dim",
};

const KINDS: Readonly<Record<Inspection["kind"], string>> = {
  jws: "A signed token (JWS). Anybody can read it, and nothing of it was verified here.",
  jwe: "An encrypted token (JWE): only its header can be read.",
  "refresh-token": "A refresh token of rejwt. It says nothing to anybody but the server that made it.",
  "not-a-token": "Not a token.",
};

/** Characters. A longer token is no help on a screen. */
const MOST_SHOWN = 16_384;

const TIMES = [
  ["iat", "issued", "issuedAt"],
  ["nbf", "valid from", "notBefore"],
  ["exp", "expires", "expiresAt"],
] as const;

export function printInspection(report: Inspection, now: Date, terminal: Terminal): void {
  const { out, paint } = terminal;
  out(KINDS[report.kind]);
  // A refresh token is not shown again: whoever reads this over a shoulder could use it.
  if (report.kind === "jws" || report.kind === "jwe") printSegments(report.segments, terminal);
  printTimes(report.times, now, terminal);
  if (report.findings.length > 0) out(`\n${paint("bold", "Findings")}`);
  for (const { severity, message } of report.findings) {
    out(`  ${paint(SEVERITY_COLOURS[severity], severity.padEnd(7))}  ${visible(message)}`);
  }
}

function printSegments(segments: readonly InspectedSegment[], { out, paint }: Terminal): void {
  const length = segments.reduce((sum, { text }) => sum + text.length + 1, -1);
  const dotted = segments.map(({ name, text }) => paint(PART_COLOURS[name], text));
  out(`\n${length > MOST_SHOWN ? `(${length} characters)` : dotted.join(paint("dim", "."))}`);
  for (const { name, bytes, json } of segments) {
    if (name === "other") continue;
    out(`\n${paint(PART_COLOURS[name], capital(name))} ${paint("dim", sizeText(bytes))}`);
    if (json !== undefined) out(indent(visibleJson(json)));
  }
}

function printTimes(times: Inspection["times"], now: Date, { out, paint }: Terminal): void {
  const present = TIMES.flatMap(([claim, meaning, name]) => {
    const date = times[name];
    return date === undefined ? [] : [{ claim, meaning, date }];
  });
  if (present.length > 0) out(`\n${paint("bold", "Times")}`);
  for (const { claim, meaning, date } of present) {
    out(`  ${claim}  ${meaning.padEnd(10)}  ${dateText(date)}  ${paint("bold", distance(date, now))}`);
  }
}

function sizeText(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "not base64url" : `${bytes.length} bytes`;
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
