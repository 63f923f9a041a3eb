/** docs/scale.md shows what `npm run scale` prints. `npm run scale -- --write` writes its tables anew. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { root } from "./code-blocks.ts";

const run = promisify(execFile);
const page = readFileSync(join(root, "docs/scale.md"), "utf8");
const names = [...page.matchAll(/^<!-- (.+) -->$/gm)].map((match) => match[1] ?? "");

function tableOf(text: string, name: string): string | undefined {
  return text.match(new RegExp(`^<!-- ${name} -->\\n((?:\\|.*\\n)+)`, "m"))?.[1];
}

let printed = "";
beforeAll(async () => {
  printed = (await run("npm", ["run", "--silent", "scale"], { cwd: root })).stdout;
}, 180_000);

test("the script prints the tables of the page, and no other", () => {
  expect([...printed.matchAll(/^<!-- (.+) -->$/gm)].map((match) => match[1]).sort()).toEqual([...names].sort());
});

test.each(names)("the table %s is what the script prints", (name) => {
  expect(tableOf(page, name)).toBeDefined();
  expect(tableOf(page, name)).toBe(tableOf(printed, name));
});

test("another fleet, of another seed, keeps the bound too", async () => {
  const { stdout } = await run("npm", ["run", "--silent", "scale", "--", "--verifiers", "40", "--seed", "7"], {
    cwd: root,
  });
  expect(stdout).not.toContain("broken");
}, 180_000);
