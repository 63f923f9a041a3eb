/** docs/errors.md says what the code says. `npm run docs:errors` writes it anew. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TOKEN_ERROR_CODES } from "../../src/errors.ts";
import { errorsPage } from "./errors-page.ts";

const page = join(import.meta.dirname, "../../docs/errors.md");

test("docs/errors.md is what the code says", () => {
  if (process.env.WRITE_DOCS !== undefined) writeFileSync(page, errorsPage());
  expect(readFileSync(page, "utf8")).toBe(errorsPage());
});

test.each(TOKEN_ERROR_CODES)("%s has a page that says what to do", (code) => {
  expect(errorsPage()).toMatch(new RegExp(`^### ${code}\n\n\\d{3}.+\n\n\\*\\*What to do\\.\\*\\* \\w`, "m"));
});
