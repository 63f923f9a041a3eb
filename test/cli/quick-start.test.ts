/** The quick start's commands, one after the other, as they stand there. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { codeBlocks } from "../docs/code-blocks.ts";
import { rejwt } from "./program.ts";

test("a secret, a token and a look into it", async () => {
  const secret = await rejwt(["keygen", "HS256", "--stdout", "--format", "text"]);
  const first = codeBlocks("quick-start").find(
    ({ name, code }) => name.startsWith("docs/guides/quick-start.md") && code.includes("console.log(token)"),
  );
  const { stdout } = await promisify(execFile)(process.execPath, [first?.program ?? ""], {
    env: { PATH: process.env.PATH, JWT_SECRET: secret.stdout.trim() },
  });
  const [token = "", subject] = stdout.trim().split("\n");
  expect(subject).toBe("user_42");
  const looked = await rejwt(["inspect"], { stdin: `${token}\n` });
  expect(looked).toMatchObject({ code: 0, stdout: expect.stringMatching(/"sub": "user_42"[\s\S]+in 15 minutes/) });
});
