/** What runs by itself, before a change lands and at night: that it can run, and that it is everything that is promised. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
const ci = read(".ci/run");
const workflows = Object.fromEntries(
  readdirSync(join(root, ".github/workflows")).map((name) => [name, read(`.github/workflows/${name}`)]),
);
const nightly = workflows["nightly.yml"] ?? "";
/** A list of YAML, on one line or on a line for each item. */
function listOf(text: string, name: string): readonly string[] {
  const inline = new RegExp(`^ +${name}: \\[(.+)\\]`, "m").exec(text)?.[1]?.split(",");
  const lines = new RegExp(`^ +${name}:\n((?: +- .+\n)+)`, "m").exec(text)?.[1]?.trim().split("\n");
  return (inline ?? lines ?? []).map((item) => item.replace(/^ *- /, "").trim().replaceAll('"', ""));
}

/** The npm scripts that a text runs, those of the nightly matrix among them. */
function scriptsOf(text: string): readonly string[] {
  const named = [...text.matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)].map(([, name]) => name ?? "");
  const inMatrix = text.includes("npm run $" + "{{ matrix.run }}") ? listOf(text, "run") : [];
  return [...named, ...inMatrix.map((item) => item.split(" ")[0] ?? "")];
}

test.each(Object.entries({ ...workflows, ".ci/run": ci }))("%s runs scripts that exist", (_name, text) => {
  expect(scriptsOf(text).filter((name) => scripts[name] === undefined)).toEqual([]);
});

it("whatever SECURITY.md says that one can check is checked by itself", () => {
  const run = new Set([ci, ...Object.values(workflows)].flatMap(scriptsOf));
  // Its parts are parts of `check`.
  const inCheck = ["trust"];
  const promised = scriptsOf(read("SECURITY.md"));
  expect(promised).toContain("soak");
  expect(promised.filter((name) => !run.has(name) && !inCheck.includes(name))).toEqual([]);
});

it("the mutants of every folder are made at night", () => {
  const { stderr } = spawnSync(process.execPath, [join(root, "test/mutation/run.mjs")], { encoding: "utf8" });
  const folders = /Error: say which folder: (.+)/.exec(stderr)?.[1]?.split(", ") ?? [];
  expect(folders).toContain("jws");
  expect(listOf(nightly, "folder").toSorted()).toEqual(folders.toSorted());
});

describe("a workflow that demands every service", () => {
  const services = (/^services=\((.+)\)$/m.exec(ci)?.[1] ?? "").split(" ");
  const demanding = Object.entries(workflows).filter(([, text]) => text.includes('REQUIRE_SERVICES: "1"'));

  it("is there", () => {
    expect(services).toContain("redis-server");
    expect(demanding.map(([name]) => name)).toContain("ci.yml");
  });

  test.each(demanding)("%s installs them", (_name, text) => {
    const installed = / apt-get install .*--no-install-recommends (.+)$/m.exec(text)?.[1]?.split(" ") ?? [];
    // GitHub's machines come with /usr/bin/chromium; Ubuntu has no package of that name, and asking for it fails.
    expect(installed.toSorted()).toEqual(services.filter((name) => name !== "chromium").toSorted());
  });
});
