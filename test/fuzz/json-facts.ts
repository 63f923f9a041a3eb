/** What is odd about a JSON text, found by a reader that shares nothing with src/: one recursive function for each kind. */

export interface JsonFacts {
  readonly twice: boolean;
  readonly proto: boolean;
  readonly surrogate: boolean;
  readonly infinite: boolean;
  readonly depth: number;
}

/** @param text JSON that `JSON.parse` accepts */
export function jsonFacts(text: string): JsonFacts {
  const facts = { twice: false, proto: false, surrogate: false, infinite: false, depth: 0 };
  let rest = text;
  const skip = (pattern: RegExp): string => {
    const found = pattern.exec(rest)?.[0] ?? "";
    rest = rest.slice(found.length);
    return found;
  };
  const space = (): string => skip(/^[ \t\r\n]*/);
  const string = (): string => {
    const value = JSON.parse(skip(/^"(?:[^"\\]|\\.)*"/s)) as string;
    // A text of well-formed characters survives being written as UTF-8.
    facts.surrogate ||= Buffer.from(value).toString() !== value;
    return value;
  };
  const items = (close: string, depth: number, item: () => void): void => {
    facts.depth = Math.max(facts.depth, depth);
    rest = rest.slice(1);
    for (space(); rest[0] !== close; space()) {
      if (rest[0] === ",") rest = rest.slice(1);
      space();
      item();
    }
    rest = rest.slice(1);
  };
  const value = (depth: number): void => {
    space();
    if (rest[0] === "{") {
      const names: string[] = [];
      items("}", depth + 1, () => {
        const name = string();
        facts.proto ||= name === "__proto__";
        facts.twice ||= names.includes(name);
        names.push(name);
        space();
        rest = rest.slice(1);
        value(depth + 1);
      });
    } else if (rest[0] === "[") items("]", depth + 1, () => value(depth + 1));
    else if (rest[0] === '"') string();
    else {
      const isInfinite = Math.abs(Number(skip(/^[^,\]}\s]+/))) === Number.POSITIVE_INFINITY;
      facts.infinite ||= isInfinite;
    }
  };
  value(0);
  return facts;
}
