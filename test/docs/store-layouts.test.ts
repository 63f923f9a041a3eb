/** The page about tables and keys says what the code creates, to the letter. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { revocationTables } from "../../src/store/postgres-revocations.ts";
import { tables } from "../../src/store/postgres-tables.ts";
import { columns, letterOf } from "../../src/store/redis-record.ts";
import { VERSION_1 } from "../../src/store/sqlite-schema.ts";
import { root } from "./code-blocks.ts";

const page = readFileSync(join(root, "docs/reference/store-layouts.md"), "utf8");
const blocks = [...page.matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, sql]) => (sql ?? "").trim());

describe("the page about tables and keys", () => {
  it("shows the tables of PostgreSQL as they are created", () => {
    expect(blocks).toContain(tables("rejwt").trim());
    expect(blocks).toContain(revocationTables("rejwt").trim());
  });

  it("shows the tables of SQLite as they are created", () => {
    expect(blocks).toContain(VERSION_1.trim());
  });

  it("shows the columns of a record of Redis, in their order and width", () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)].map(
      ([, name, width]) => [name, Number(width)] as const,
    );
    expect(rows.length).toBeGreaterThan(10);
    let next = 1;
    for (const [name, width] of rows) {
      expect(columns(name as Parameters<typeof columns>[0])).toBe(`${next}, ${next + width - 1}`);
      next += width;
    }
  });

  it("shows the letter of each reason", () => {
    const reasons = [...page.matchAll(/`(\w)` (\w+)(?=[,.])/g)].map(([, letter, reason]) => [reason, letter] as const);
    expect(reasons.length).toBe(10);
    for (const [reason, letter] of reasons) expect(letterOf(reason as Parameters<typeof letterOf>[0])).toBe(letter);
  });
});
