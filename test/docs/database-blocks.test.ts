/** What the documents show of Redis and PostgreSQL, run against them as it stands there. */
import { describe, expect, it } from "vitest";
import { requirePostgres, startPostgres } from "../services/postgres.ts";
import { requireRedis, startRedis } from "../services/redis.ts";
import { type CodeBlock, codeBlocks, needsDatabase, promises, runProgram } from "./code-blocks.ts";

const blocks = codeBlocks("database-blocks").filter(needsDatabase);
const asks = (name: string): CodeBlock[] => blocks.filter(({ code }) => code.includes(`process.env.${name}`));

async function runAll(programs: readonly CodeBlock[], environment: NodeJS.ProcessEnv): Promise<void> {
  for (const { program, code } of programs) {
    const printed = await runProgram(program, environment);
    expect(promises(code).length).toBeGreaterThan(0);
    for (const promised of promises(code)) expect(printed).toContain(promised);
  }
}

describe("a block of the documents", () => {
  it("that needs Redis runs", requireRedis(), async () => {
    const server = await startRedis();
    try {
      expect(asks("REDIS_URL").length).toBeGreaterThan(1);
      await runAll(asks("REDIS_URL"), { REDIS_URL: server.url });
    } finally {
      await server.stop();
    }
  });

  it("that needs PostgreSQL runs", requirePostgres(), async () => {
    const server = await startPostgres();
    try {
      expect(asks("DATABASE_URL").length).toBeGreaterThan(0);
      await runAll(asks("DATABASE_URL"), { DATABASE_URL: server.url });
    } finally {
      await server.stop();
    }
  });
});
