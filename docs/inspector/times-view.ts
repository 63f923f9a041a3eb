/** The times of a token: as a list for everybody, and drawn on a line. */
import { dateText, distance } from "../../src/cli/time-text.ts";
import type { Inspection } from "../../src/jwt/inspect.ts";
import { element, make, makeSvg } from "./dom.ts";

const MEANINGS = [
  ["issuedAt", "iat", "issued"],
  ["notBefore", "nbf", "valid from"],
  ["expiresAt", "exp", "expires"],
] as const;

interface Mark {
  readonly name: string;
  readonly ms: number;
}

export function showTimes(times: Inspection["times"], now: Date): void {
  const present = MEANINGS.flatMap(([member, claim, meaning]) => {
    const date = times[member];
    return date === undefined ? [] : [{ claim, meaning, date }];
  });
  element("times-section").hidden = present.length === 0;
  element("times").replaceChildren(
    ...present.map(({ claim, meaning, date }) =>
      make(
        "li",
        "",
        make("code", "", claim),
        ` ${meaning} ${dateText(date)}, `,
        make("strong", "", distance(date, now)),
      ),
    ),
  );
  const marks = present.map(({ claim, date }) => ({ name: claim, ms: date.getTime() }));
  element("line").replaceChildren(...(marks.length === 0 ? [] : [draw(marks, now.getTime())]));
}

/** The life of the token as a bar, its times above, and now below. */
function draw(marks: readonly Mark[], nowMs: number): SVGElement {
  const all = [...marks.map(({ ms }) => ms), nowMs];
  const first = Math.min(...all);
  const width = Math.max(...all) - first;
  const place = (ms: number): number => 4 + (width === 0 ? 46 : (92 * (ms - first)) / width);

  const svg = makeSvg("svg", {});
  svg.append(line("axis", 0, 100, 44, 44));
  const from = marks.find(({ name }) => name === "nbf") ?? marks.find(({ name }) => name === "iat");
  const until = marks.find(({ name }) => name === "exp");
  if (from !== undefined && until !== undefined && from.ms < until.ms) {
    svg.append(line("life", place(from.ms), place(until.ms), 44, 44));
  }
  for (const { ms } of marks) svg.append(line("axis", place(ms), place(ms), 34, 54));
  for (const { text, x } of labels(marks.map(({ name, ms }) => ({ text: name, x: place(ms) })))) {
    svg.append(label(text, x, 26));
  }
  svg.append(line("now", place(nowMs), place(nowMs), 32, 58), label("now", place(nowMs), 70));
  return svg;
}

/** Percent of the width below which two labels would lie on each other. */
const LABEL_WIDTH = 9;

interface Label {
  readonly text: string;
  readonly x: number;
}

/** Those that are close to each other become one: `iat nbf`. */
function labels(single: readonly Label[]): readonly Label[] {
  const joined: Label[] = [];
  for (const next of single.toSorted((a, b) => a.x - b.x)) {
    const last = joined.at(-1);
    if (last === undefined || next.x - last.x > LABEL_WIDTH) joined.push(next);
    else joined.splice(-1, 1, { text: `${last.text} ${next.text}`, x: last.x });
  }
  return joined;
}

function line(className: string, x1: number, x2: number, y1: number, y2: number): SVGElement {
  return makeSvg("line", { class: className, x1: `${x1}%`, x2: `${x2}%`, y1: String(y1), y2: String(y2) });
}

function label(text: string, x: number, y: number): SVGElement {
  // What is at an edge stays inside.
  const anchor = x < 10 ? "start" : x > 90 ? "end" : "middle";
  return makeSvg("text", { x: `${x}%`, y: String(y), "text-anchor": anchor }, text);
}
