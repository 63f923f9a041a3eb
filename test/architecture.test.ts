/** The order of the house, kept by a script: which file may import which, what files are called, who reads the time. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as rules from "./architecture/rules.ts";
import { parseSource, readSources } from "./architecture/sources.ts";

const house = readSources(join(import.meta.dirname, "../src"));

const check = (rule: rules.Rule, files: Readonly<Record<string, string>>): readonly string[] =>
  rule(Object.entries(files).map(([path, text]) => parseSource(path, text)));

describe("the house", () => {
  it("has files", () => {
    expect(house.length).toBeGreaterThan(1);
  });

  it.each([
    ["imports from the floors above only", rules.floorsInOrder],
    ["has no import cycle", rules.noCycles],
    ["imports files that are there, with their extension", rules.importsResolve],
    ["has short files", rules.shortFiles],
    ["has plain names in kebab-case", rules.plainNames],
    ["has an index that is a list of names", rules.indexIsAList],
    ["reads the time in time.ts only", rules.oneClock],
    ["loads no peer dependency", rules.peersForTypesOnly],
  ])("%s", (_name, rule) => {
    expect(rule(house)).toEqual([]);
  });
});

describe("the rules catch", () => {
  it.each([
    ["a lower floor", "jws/compact.ts", `import { sign } from "../jwt/signer.ts";`],
    ["a lower floor, for a type", "encoding/json.ts", `import type { Key } from "../jwk/key.ts";`],
    ["a lower floor, in a type", "encoding/json.ts", `export type A = import("../jwk/key.ts").Key;`],
    ["a lower floor, re-exported", "jwa/table.ts", `export { a } from "../jwk/key.ts";`],
    ["a lower floor, loaded late", "jwa/table.ts", `export const a = () => import("../jwk/key.ts");`],
    ["a concrete store", "session/sessions.ts", `import { memoryStore } from "../store/memory.ts";`],
    ["a store's inside, in a revocation list", "revocation/list.ts", `import { a } from "../store/family.ts";`],
    ["a value where only types are allowed", "testing/spoil.ts", `import { decode } from "../jwt/decode.ts";`],
    ["a file allowed for its types", "store/contract.ts", `import { checkOnce } from "../jwt/single-use.ts";`],
    ["a type beside the one allowed", "store/contract.ts", `import type { Verified } from "../jwt/verified.ts";`],
    ["a module that only names types", "testing/spoil.ts", `import { type Verified } from "../jwt/verifier.ts";`],
    ["anything in the client", "client/fetch.ts", `import { tokenError } from "../errors.ts";`],
    ["a floor that is not in the table", "sessions/family.ts", ""],
  ])("an import of %s", (_name, path, text) => {
    expect(check(rules.floorsInOrder, { [path]: text })).toHaveLength(1);
  });

  it.each([
    ["the same floor", "jws/verify.ts", `import { split } from "./compact.ts";`],
    ["the ground", "jws/verify.ts", `import { tokenError } from "../errors.ts";`],
    ["a package", "jws/verify.ts", `import { sign } from "node:crypto";`],
    ["a store's contract", "revocation/list.ts", `import type { SessionStore } from "../store/contract.ts";`],
    ["a pure part of a store", "session/sessions.ts", `import { next } from "../store/family.ts";`],
    ["a type where types are allowed", "testing/spoil.ts", `import type { Verified } from "../jwt/verifier.ts";`],
    ["a type of the one file allowed", "store/contract.ts", `import type { UsedTokens } from "../jwt/single-use.ts";`],
    ["anything in the index", "index.ts", `export { memoryStore } from "./store/memory.ts";`],
  ])("nothing in an import of %s", (_name, path, text) => {
    expect(check(rules.floorsInOrder, { [path]: text })).toEqual([]);
  });

  it("a cycle, of types too", () => {
    const files = { "jwk/a.ts": `import type { B } from "./b.ts";`, "jwk/b.ts": `export { a } from "./a.ts";` };
    expect(check(rules.noCycles, files)).toEqual(["import cycle: jwk/a.ts → jwk/b.ts → jwk/a.ts"]);
  });

  it("an import without its extension", () => {
    const files = { "jwk/a.ts": `import { b } from "./b";`, "jwk/b.ts": "" };
    expect(check(rules.importsResolve, files)).toEqual([`jwk/a.ts: "./b" is no file under src/`]);
  });

  it("a file of more than 250 lines", () => {
    expect(check(rules.shortFiles, { "a.ts": "//\n".repeat(251), "b.ts": "//\n".repeat(250) })).toHaveLength(1);
  });

  it.each(["jwk/keyRing.ts", "jwk/Key.ts", "jwk/key_ring.ts", "jwk/key.js", "utils/a.ts", "jwk/json-helpers.ts"])(
    "the name %s",
    (path) => {
      expect(check(rules.plainNames, { [path]: "" })).toHaveLength(1);
    },
  );

  it.each([
    `export * from "./errors.ts";`,
    `export * as errors from "./errors.ts";`,
    `export const one = 1;`,
    `import "./errors.ts";`,
  ])("an index with %s", (text) => {
    expect(check(rules.indexIsAList, { "index.ts": text })).toHaveLength(1);
  });

  it("nothing in an index of names", () => {
    const text = `export { a } from "./a.ts";\nexport type { B } from "./b.ts";`;
    expect(check(rules.indexIsAList, { "index.ts": text })).toEqual([]);
  });

  it.each(["Date.now()", "new Date()", "new Date", "Date()", "performance.now()", "process.hrtime.bigint()"])(
    "a file that reads the time with %s",
    (expression) => {
      const text = `export const now = ${expression};`;
      expect(check(rules.oneClock, { "jwt/a.ts": text })).toHaveLength(1);
      expect(check(rules.oneClock, { "time.ts": text })).toEqual([]);
    },
  );

  it("nothing in a date that is made from a number", () => {
    expect(check(rules.oneClock, { "jwt/a.ts": "export const a = new Date(0);" })).toEqual([]);
  });

  it.each(["express", "ioredis", "@nestjs/common", "libsql/promise"])("a value import of %s", (name) => {
    expect(check(rules.peersForTypesOnly, { "a.ts": `import a from "${name}";` })).toHaveLength(1);
    expect(check(rules.peersForTypesOnly, { "a.ts": `import type { A } from "${name}";` })).toEqual([]);
  });
});
