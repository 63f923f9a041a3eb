/** JSON objects with exactly one reading. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { parseJsonObject } from "../../src/encoding/json.ts";
import { jsonObject, SEED } from "../fixtures/arbitraries.ts";
import { codeOf, refusalOf } from "../fixtures/refusals.ts";

const parse = (text: string, maxDepth = 32): Record<string, unknown> =>
  parseJsonObject(Buffer.from(text), maxDepth, "payload");

const nested = (levels: number, open = '{"a":', close = "}"): string =>
  `${open.repeat(levels - 1)}{}${close.repeat(levels - 1)}`;

describe("a JSON object", () => {
  test.each([
    ["text", '"{}"'],
    ["a number", "1"],
    ["null", "null"],
    ["true", "true"],
    ["an array", "[]"],
    ["an array of objects", "[{}]"],
    ["nothing", ""],
    ["white space", " \n"],
    ["an open brace", "{"],
    ["two objects", "{}{}"],
    ["a trailing comma", '{"a":1,}'],
    ["a comment", '{/* */"a":1}'],
    ["single quotes", "{'a':1}"],
    ["a name without quotes", "{a:1}"],
    ["NaN", '{"a":NaN}'],
    ["a leading zero", '{"a":01}'],
    ["a raw control character", '{"a":"\n"}'],
    ["a byte order mark", "\ufeff{}"],
    ["a non-breaking space", "\u00a0{}"],
  ])("is not %s", (_what, text) => {
    expect(codeOf(() => parse(text))).toBe("MALFORMED");
  });

  it("is not bytes that are no UTF-8", () => {
    expect(codeOf(() => parseJsonObject(Uint8Array.of(0x7b, 0xff, 0x7d), 32, "payload"))).toBe("MALFORMED");
  });

  test.each([
    ["side by side", '{"a":1,"a":2}'],
    ["with one value", '{"a":1,"a":1}'],
    ["with another between", '{"a":1,"b":2,"a":3}'],
    ["further in", '{"x":{"a":1,"a":2}}'],
    ["in an array", '{"x":[{"a":1,"a":2}]}'],
    ["one of them escaped", '{"a":1,"\\u0061":2}'],
    ["with white space", '{ "a" : 1 , "a" \t\r\n: 2 }'],
    ["that are empty", '{"":1,"":2}'],
    ["with quotes in them", '{"\\"":1,"\\"":2}'],
    ["with a backslash at the end", '{"a\\\\":1,"a\\\\":2}'],
    ["after an inner object", '{"a":{"b":1},"a":2}'],
    ["after an inner array", '{"a":[1],"a":2}'],
    ["that are numbers", '{"1":1,"1":2}'],
  ])("has no two members of one name, %s", (_where, text) => {
    expect(codeOf(() => parse(text))).toBe("MALFORMED");
  });

  test.each([
    ["in one object and the object in it", '{"a":{"a":{"a":1}}}'],
    ["in two objects of an array", '{"x":[{"a":1},{"a":2}]}'],
    ["as a name and as a value", '{"a":"a","b":"a"}'],
    ["as names that differ in case", '{"a":1,"A":2}'],
    ["as composed and decomposed letters", '{"é":1,"e\u0301":2}'],
    ["beside a value with a colon", '{"a":"\\"a\\":1","b":2}'],
  ])("may have one name twice %s", (_where, text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  test.each([
    ["plainly", '{"__proto__":{"admin":true}}'],
    ["further in", '{"a":{"__proto__":1}}'],
    ["in an array", '{"a":[{"__proto__":null}]}'],
    ["escaped", '{"\\u005f_proto__":1}'],
    ["before white space", '{"__proto__" :1}'],
  ])("has no member named __proto__, spelled %s", (_how, text) => {
    expect(codeOf(() => parse(text))).toBe("MALFORMED");
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });

  it("may have the text __proto__ as a value, and other inherited names as members", () => {
    const text = '{"a":"__proto__","constructor":1,"toString":2,"hasOwnProperty":3}';
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  test.each([
    ["high, in a value", '{"a":"\\ud800"}'],
    ["low, in a value", '{"a":"\\udc00"}'],
    ["high, in a name", '{"\\ud800":1}'],
    ["in the wrong order", '{"a":"\\udc00\\ud800"}'],
    ["in an array", '{"a":["\\ud800"]}'],
    ["in capitals", '{"a":"\\uD800"}'],
  ])("has no lone surrogate, %s", (_where, text) => {
    expect(codeOf(() => parse(text))).toBe("MALFORMED");
  });

  it("may spell a whole character as two escaped surrogates", () => {
    expect(parse('{"a":"\\ud83d\\ude00"}')).toEqual({ a: "😀" });
  });

  test.each([
    ["positive", '{"a":1e400}'],
    ["negative", '{"a":-1e400}'],
    ["in an array", '{"a":[1E+999]}'],
    ["of many digits", `{"a":1${"0".repeat(309)}}`],
    ["before white space", '{"a":1e400 }'],
  ])("has no number beyond a double, which one reader takes for infinity: %s", (_what, text) => {
    expect(codeOf(() => parse(text))).toBe("MALFORMED");
  });

  it("may have any other number", () => {
    const text =
      '{ "a":[1e308,-1.5E-7,0,-0.0,12345678901234567890,1e-400,1.7976931348623157e308] ,"b":"1e400","1e400":-1 }';
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it("may have the text of an escape behind a backslash", () => {
    expect(parse('{"a":"\\\\ud800"}')).toEqual({ a: "\\ud800" });
  });

  test.each([
    ["objects", '{"a":', "}"],
    ["arrays in objects", '{"a":[', "]}"],
  ])("nests as deep as asked and no deeper: %s", (_what, open, close) => {
    const step = open.includes("[") ? 2 : 1;
    const text = nested(4, open, close);
    const depth = 3 * step + 1;
    expect(parse(text, depth)).toEqual(JSON.parse(text));
    expect(codeOf(() => parse(text, depth - 1))).toBe("MALFORMED");
  });

  it("may have any number of objects side by side", () => {
    const text = `{"a":[${Array(100).fill("{}").join()}]}`;
    expect(parse(text, 3)).toEqual(JSON.parse(text));
    expect(codeOf(() => parse(text, 2))).toBe("MALFORMED");
  });

  it("does not count brackets in text", () => {
    expect(parse('{"a":"[[[[{{{{"}', 1)).toEqual({ a: "[[[[{{{{" });
  });

  it("of a million levels is refused, not a stack overflow", () => {
    expect(codeOf(() => parse(nested(1_000_000)))).toBe("MALFORMED");
    expect(codeOf(() => parse(`{"a":${"[".repeat(1_000_000)}`))).toBe("MALFORMED");
  });

  it("is named in the message, and its text is not", () => {
    for (const text of [
      '{"geheim":1,"geheim":2}',
      '{"geheim":',
      '["geheim"]',
      '{"geheim":"\\ud800"}',
      '{"__proto__":"geheim"}',
    ]) {
      const { message } = refusalOf(() => parse(text));
      expect(message).toContain("payload");
      expect(message).not.toContain("geheim");
    }
  });
});

describe("for whatever JSON object", () => {
  const spacing = fc.constantFrom(undefined, 1, "\t", "\n \r");

  it("the reading is JSON.parse's", () => {
    fc.assert(
      fc.property(jsonObject, spacing, (object, space) => {
        const text = JSON.stringify(object, undefined, space);
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it("the reading is JSON.parse's where letters are escaped", () => {
    fc.assert(
      fc.property(jsonObject, (object) => {
        const text = JSON.stringify(object).replace(
          /[a-f](?=[^"\\]*")/g,
          (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`,
        );
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          // An escape fell on `true`, `false`, or behind a backslash.
          expect(codeOf(() => parse(text))).toBe("MALFORMED");
          return;
        }
        expect(parse(text)).toEqual(expected);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  /** The same object with something put in as the first member of one of its objects. */
  const withMember = fc.tuple(jsonObject, fc.nat(), fc.constantFrom("", " ", "\n\t")).map(([object, pick, space]) => {
    const text = JSON.stringify(object);
    const places = [...text.matchAll(/"(?:[^"\\]|\\.)*"|([{])/g)].filter((match) => match[1] !== undefined);
    const place = (places[pick % places.length]?.index ?? 0) + 1;
    const isEmpty = text[place] === "}";
    return (members: string) =>
      `${text.slice(0, place)}${space}${members}${space}${isEmpty ? "" : ","}${text.slice(place)}`;
  });

  test.each([
    ["two members of one name", '"zz":1,"zz":1'],
    ["two members of one name, one escaped", '"zz":1,"z\\u007a":[]'],
    ["__proto__", '"__proto__":{}'],
    ["a lone surrogate", '"zz":"\\udfff"'],
    ["a lone surrogate in a name", '"\\ud800zz":1'],
    ["too deep a value", `"zz":${"[".repeat(33)}${"]".repeat(33)}`],
  ])("%s in any place is refused", (_what, members) => {
    fc.assert(
      fc.property(withMember, (insert) => {
        expect(codeOf(() => parse(insert(members)))).toBe("MALFORMED");
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it("an innocent member in any place is not", () => {
    fc.assert(
      fc.property(withMember, (insert) => {
        expect(codeOf(() => parse(insert('"zz":[1,{"y":"\\ud83d\\ude00"}]')))).toBe("accepted");
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});

describe("a member that stands twice is found where what follows is short", () => {
  // As long as the shortest text without the duplicate, but for an exponent's being shorter than its digits.
  test.each([
    ["a whole number", '{"a":1,"a":2,"n":1e8}', '{"a":2,"n":100000000}'],
    ["a whole number of three zeros", '{"":1,"":2,"n":1e3,"m":1e7}', '{"":2,"n":1000,"m":10000000}'],
    ["a fraction", '{"a":1,"a":2,"n":5e-8}', '{"a":2,"n":0.00000005}'],
    ["a number below zero", '{"a":1,"a":2,"n":-1e8}', '{"a":2,"n":-100000000}'],
  ])("as %s", (_what, twice, once) => {
    expect(twice.length - once.length).toBeLessThanOrEqual(0);
    expect(codeOf(() => parse(twice))).toBe("MALFORMED");
    expect(codeOf(() => parse(once))).toBe("accepted");
  });

  it("whatever numbers there are, in whatever spelling", () => {
    const number = fc
      .tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: -12, max: 12 }), fc.boolean())
      .map(([digits, power, isShort]) => (isShort ? `${digits}e${power}` : JSON.stringify(digits * 10 ** power)));
    const name = fc.constantFrom("", "a", "bb");
    const members = fc.array(fc.tuple(name, number), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(members, (pairs) => {
        const text = `{${pairs.map(([key, value]) => `"${key}":${value}`).join()}}`;
        const isUnique = new Set(pairs.map(([key]) => key)).size === pairs.length;
        expect(codeOf(() => parse(text))).toBe(isUnique ? "accepted" : "MALFORMED");
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });
});
