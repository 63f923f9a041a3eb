/** Critical extensions: understood, every one, or the token is refused. RFC 7515 §4.1.11, RFC 7797 §6. */
import { describe, expect, it, test, vi } from "vitest";
import type { Header } from "../../src/index.ts";
import { type CritHandlers, checkCritHandlers, criticalNames, runCritHandlers } from "../../src/jws/crit.ts";
import type { ParsedHeader } from "../../src/jws/header.ts";
import { codeOf, refusalOf } from "../fixtures/refusals.ts";

const accept = (): void => {};
const header = (members: object): ParsedHeader & Header => ({ alg: "HS256", ...members });
const names = (members: object, handlers: CritHandlers = { ext: accept, other: accept }): readonly string[] =>
  criticalNames(header(members), handlers);

const REGISTERED = [
  ...["alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit"],
  ...["enc", "zip", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c", "b64"],
];

describe("crit", () => {
  it("that is absent asks for nothing, whatever else the header has", () => {
    expect(names({ ext: 1, unknown: 2, b64: true })).toEqual([]);
  });

  it("names extensions that the header has and a handler understands", () => {
    expect(names({ crit: ["ext", "other"], ext: 1, other: null })).toEqual(["ext", "other"]);
  });

  test.each<[string, object]>([
    ["undefined as a value", { crit: undefined, ext: 1 }],
    ["null", { crit: null, ext: 1 }],
    ["text", { crit: "ext", ext: 1 }],
    ["an object", { crit: { 0: "ext", length: 1 }, ext: 1 }],
    ["an empty array", { crit: [] }],
    ["a name that is no text", { crit: [1], 1: 1 }],
    ["a name in an array", { crit: [["ext"]], ext: 1 }],
    ["null for a name", { crit: [null], null: 1 }],
    ["an empty name", { crit: [""], "": 1 }],
    ["a name twice", { crit: ["ext", "ext"], ext: 1 }],
    ["a name that the header has not", { crit: ["ext"] }],
    ["an inherited name", { crit: ["toString"] }],
    ["a name without a handler", { crit: ["unknown"], unknown: 1 }],
    ["one name with a handler and one without", { crit: ["ext", "unknown"], ext: 1, unknown: 1 }],
    ["the name in another case", { crit: ["EXT"], EXT: 1 }],
  ])("is not %s", (_what, members) => {
    expect(codeOf(() => names(members))).toBe("CRIT");
  });

  it("is not an inherited name, even where the header has a member of it", () => {
    expect(codeOf(() => names({ crit: ["constructor"], constructor: 1 }))).toBe("CRIT");
  });

  test.each(REGISTERED)("does not name %s, which is registered, and a handler for it is CONFIG", (name) => {
    // Not even where the handler slipped in.
    expect(codeOf(() => names({ [name]: "x", crit: [name] }, { [name]: accept }))).toBe("CRIT");
    expect(codeOf(() => checkCritHandlers("test", { [name]: accept }))).toBe("CONFIG");
  });
});

describe("a handler", () => {
  test.each([[1], [null], [undefined], ["text"], [{}]])("is a function, and not case %#", (handler) => {
    const { code, message } = refusalOf(() => checkCritHandlers("test", { ext: handler as never }));
    expect(code).toBe("CONFIG");
    expect(message).toContain('"ext"');
  });

  it("is given the member's value and the header", () => {
    const ext = vi.fn();
    const other = vi.fn();
    const given = header({ crit: ["ext"], ext: { deep: [1] }, other: 1 });
    runCritHandlers(["ext"], given, { ext, other });
    expect(ext.mock.calls).toEqual([[{ deep: [1] }, given]]);
    expect(other).not.toHaveBeenCalled();
  });

  it("refuses the token by throwing, and what it threw is the cause", () => {
    const cause = new Error("not this one");
    const refuse = (): never => {
      throw cause;
    };
    const error = refusalOf(() =>
      runCritHandlers(["ext", "other"], header({ ext: 1 }), { ext: accept, other: refuse }),
    );
    expect(error).toMatchObject({ code: "CRIT", status: 401 });
    expect(error.cause).toBe(cause);
  });

  it("that answers a promise is a mistake, and never an accept: it would refuse too late", () => {
    const late = async (): Promise<never> => {
      throw new Error("too late");
    };
    for (const handler of [late, async () => {}]) {
      const { code, message } = refusalOf(() => runCritHandlers(["ext"], header({ ext: 1 }), { ext: handler }));
      expect(code).toBe("CONFIG");
      expect(message).toContain('"ext"');
    }
  });
});
