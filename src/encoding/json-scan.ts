/** One pass over valid JSON for what JSON.parse lets through: duplicates, `__proto__`, lone surrogates, depth, infinity. */
import { tokenError } from "../errors.ts";

/**
 * Refuses JSON that two readers could read differently.
 * @param text JSON that `JSON.parse` accepts
 * @param maxDepth how deep objects and arrays may nest
 * @param part what the text is, for the message
 * @throws MALFORMED RFC 7519 §4 (duplicate names), RFC 8725 §3.7, RFC 8259 §6 (numbers beyond a double)
 */
export function scanJson(text: string, maxDepth: number, part: string): void {
  // One entry a level: the member names seen so far in an object, undefined in an array.
  const levels: (Set<string> | undefined)[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at];
    if (char === "{" || char === "[") {
      levels.push(char === "{" ? new Set() : undefined);
      if (levels.length > maxDepth) throw tokenError("MALFORMED", `the ${part} nests deeper than ${maxDepth} levels`);
    } else if (char === "}" || char === "]") {
      levels.pop();
    } else if (char === '"') {
      const end = endOfString(text, at);
      const string = JSON.parse(text.slice(at, end)) as string;
      if (!string.isWellFormed()) throw tokenError("MALFORMED", `the ${part} holds a lone surrogate`);
      if (isFollowedByColon(text, end)) checkMember(string, levels.at(-1), part);
      at = end;
      continue;
    } else if (char === "-" || isDigit(char)) {
      const end = endOfNumber(text, at);
      // JSON.parse reads 1e400 as Infinity, other readers as a number or not at all.
      if (!Number.isFinite(Number(text.slice(at, end)))) {
        throw tokenError("MALFORMED", `the ${part} holds a number that is too large`);
      }
      at = end;
      continue;
    }
    at++;
  }
}

function checkMember(name: string, seen: Set<string> | undefined, part: string): void {
  if (name === "__proto__") throw tokenError("MALFORMED", `the ${part} has a member named __proto__`);
  if (seen?.has(name)) throw tokenError("MALFORMED", `the ${part} has the same member twice`);
  seen?.add(name);
}

/** The index after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= "0" && char <= "9";
}

/** The index after the number that starts at `start`. */
function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  while (isDigit(text[at]) || ".eE+-".includes(text[at] ?? " ")) at++;
  return at;
}

/** In valid JSON, a colon after a string makes it a member name. */
function isFollowedByColon(text: string, from: number): boolean {
  let at = from;
  while (text[at] === " " || text[at] === "\t" || text[at] === "\n" || text[at] === "\r") at++;
  return text[at] === ":";
}
