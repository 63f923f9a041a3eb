/** Unknown names and half-set options are refused by name, at once. */
import { describe, expect, it, test } from "vitest";
import {
  checkBytes,
  checkDefined,
  checkFunction,
  checkNames,
  configError,
  countOption,
  flagOption,
  textOption,
} from "../src/options.ts";
import { codeOf, refusalOf } from "./fixtures/refusals.ts";

describe("an options object", () => {
  test.each([undefined, null, 1, "a", true, [], ["a"], () => {}, Symbol("a")])("is an object: not case %#", (value) => {
    expect(codeOf(() => checkNames("test", value, ["a"]))).toBe("CONFIG");
  });

  it("may have any of the known names, or none", () => {
    for (const options of [{}, { a: 1 }, { a: undefined, b: 2 }, Object.assign(Object.create(null), { b: 1 })]) {
      expect(codeOf(() => checkNames("test", options, ["a", "b"]))).toBe("accepted");
    }
  });

  it("with an unknown name is refused, and the message says which and what there is", () => {
    const { code, message } = refusalOf(() => checkNames("createThing", { a: 1, c: 2 }, ["a", "b"]));
    expect(code).toBe("CONFIG");
    expect(message).toBe('createThing: there is no option "c". The options are: a, b');
  });

  it("has no inherited name for a known one", () => {
    expect(codeOf(() => checkNames("test", JSON.parse('{"__proto__":1}'), ["a"]))).toBe("CONFIG");
    expect(codeOf(() => checkNames("test", { toString: 1 }, ["a"]))).toBe("CONFIG");
  });
});

describe("an option that tightens", () => {
  it("may be left out, or have any value but undefined", () => {
    for (const options of [{}, { subject: null }, { subject: "" }, { other: undefined }]) {
      expect(codeOf(() => checkDefined("test", options, ["subject"]))).toBe("accepted");
    }
  });

  it("is not undefined, and the message names it", () => {
    const { code, message } = refusalOf(() => checkDefined("test", { subject: undefined }, ["issuer", "subject"]));
    expect(code).toBe("CONFIG");
    expect(message).toContain('option "subject" is undefined');
  });
});

describe("an option of a type", () => {
  test.each([undefined, null, "", 1, ["a"], new String("a"), Symbol("a")])("text is not case %#", (value) => {
    expect(codeOf(() => textOption("test", "name", value))).toBe("CONFIG");
  });

  test.each([undefined, null, "f", {}])("a function is not case %#", (value) => {
    expect(codeOf(() => checkFunction("test", "clock", value))).toBe("CONFIG");
  });

  test.each([undefined, null, "2", 0, 1.5, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 2n])(
    "a count from 1 up is not case %#",
    (value) => {
      expect(codeOf(() => countOption("test", "maxBytes", value, 1))).toBe("CONFIG");
    },
  );

  test.each([null, "true", 0, 1, {}])("a flag is not case %#", (value) => {
    expect(codeOf(() => flagOption("test", "private", value))).toBe("CONFIG");
  });

  test.each([undefined, null, "bytes", [1], new ArrayBuffer(1), new Uint16Array(1), new DataView(new ArrayBuffer(1))])(
    "bytes are not case %#",
    (value) => {
      expect(codeOf(() => checkBytes("test", "payload", value))).toBe("CONFIG");
    },
  );

  it("is given back", () => {
    expect(textOption("test", "name", "a")).toBe("a");
    expect(countOption("test", "maxBytes", 1, 1)).toBe(1);
    expect([true, false, undefined].map((value) => flagOption("test", "private", value))).toEqual([true, false, false]);
    expect(codeOf(() => checkFunction("test", "clock", () => {}))).toBe("accepted");
    expect(codeOf(() => checkBytes("test", "payload", Buffer.from("a")))).toBe("accepted");
  });
});

it("a mistake in options says where, and what led to it", () => {
  const cause = new Error("why");
  expect(configError("createThing", "no", cause)).toMatchObject({ code: "CONFIG", message: "createThing: no", cause });
});
