/** The packed package, outside this repository: what is in it, and that each way of loading it works. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Packed, pack } from "./packed.ts";

describe("the packed package", () => {
  let packed: Packed;
  beforeAll(() => {
    packed = pack();
  });
  afterAll(() => {
    packed?.remove();
  });

  it("holds what was built and the four files that describe it", () => {
    const beside = packed.files.filter((path) => !/^dist\/.+\.(js|cjs|d\.ts|d\.cts)$/.test(path));
    expect(beside.toSorted()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
  });

  it.each([
    ["signs and verifies from an ES module", "sign-and-verify.mjs"],
    ["signs and verifies from a CommonJS module", "sign-and-verify.cjs"],
    ["loads every entry point both ways, without a peer dependency", "every-entry-point.mjs"],
    ["knows its errors in whichever copy they were made", "errors-across-copies.mjs"],
    ["takes its keys in whichever copy they were made", "keys-across-copies.mjs"],
    ["takes remote keys in whichever copy they were made", "remote-keys-across-copies.mjs"],
  ])("%s", (_name, program) => {
    expect(packed.run(program)).toBe("ok\n");
  });
});
