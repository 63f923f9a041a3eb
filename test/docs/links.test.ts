/** Every relative link of the documents leads somewhere, and every anchor to a heading that is there. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { documents, root } from "./code-blocks.ts";

interface Link {
  readonly from: string;
  readonly to: string;
}

const links: Link[] = documents().flatMap((file) =>
  [...withoutCode(readFileSync(file, "utf8")).matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)]
    .map((match) => ({ from: relative(root, file), to: match[1] ?? "" }))
    .filter(({ to }) => !/^[a-z]+:/.test(to)),
);

test("the documents link to each other", () => {
  expect(links.length).toBeGreaterThan(40);
});

describe("a link leads somewhere", () => {
  test.each(links)("$from → $to", ({ from, to }) => {
    const [path = "", anchor] = to.split("#");
    const target = path === "" ? join(root, from) : join(root, dirname(from), path);
    expect(existsSync(target)).toBe(true);
    if (anchor === undefined) return;
    expect(statSync(target).isFile()).toBe(true);
    expect(anchorsOf(readFileSync(target, "utf8"))).toContain(anchor);
  });
});

describe("every page of docs/ can be reached from the house map", () => {
  const index = "docs/index.md";
  const reached = new Set([index]);
  for (const page of reached) {
    for (const { from, to } of links) {
      const path = to.split("#", 1)[0] ?? "";
      if (from === page && path.endsWith(".md")) reached.add(join(dirname(from), path));
    }
  }
  const pages = documents()
    .map((file) => relative(root, file))
    // The map links to their folder.
    .filter((file) => file.startsWith("docs/") && !file.startsWith("docs/decisions/"));
  test.each(pages)("%s", (page) => {
    expect([...reached]).toContain(page);
  });
});

/** As GitHub makes them: lower case, without punctuation, hyphens for spaces. */
function anchorsOf(text: string): readonly string[] {
  return [...withoutCode(text).matchAll(/^#{1,6} (.+)$/gm)].map((match) =>
    (match[1] ?? "")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(/\s/g, "-"),
  );
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gm, "").replaceAll(/`[^`\n]*`/g, "");
}
