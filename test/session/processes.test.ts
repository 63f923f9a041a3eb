import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import Database from "libsql";
import { build } from "tsup";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { sqliteStore } from "../../src/store/sqlite.ts";
import type { Presented, Task } from "./processes/presenter.ts";
import { setUp } from "./sessions.ts";

const secret = "a refresh secret that every process of these tests has";
const folder = mkdtempSync(join(tmpdir(), "rejwt-processes-"));
// Within the package, so that the bundle finds libsql.
const bundles = resolve("node_modules/.cache/rejwt-processes", String(process.pid));
const children: ChildProcess[] = [];

beforeAll(async () => {
  await build({
    config: false,
    entry: { presenter: "test/session/processes/presenter.ts" },
    format: ["esm"],
    outDir: bundles,
    outExtension: () => ({ js: ".mjs" }),
    target: "node20",
    external: ["libsql"],
    silent: true,
  });
}, 60_000);

afterEach(() => {
  for (const child of children.splice(0)) child.kill();
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(bundles, { recursive: true, force: true });
});

async function startProcesses(count: number): Promise<ChildProcess[]> {
  const started = Array.from({ length: count }, () => fork(join(bundles, "presenter.mjs")));
  children.push(...started);
  await Promise.all(started.map(nextMessage));
  return started;
}

async function nextMessage(child: ChildProcess): Promise<unknown> {
  const stop = new AbortController();
  const message = once(child, "message", stop).then(([content]: unknown[]) => content);
  const exit = once(child, "exit", stop).then(() => {
    throw new Error("the process ended before it answered");
  });
  try {
    return await Promise.race([message, exit]);
  } finally {
    // Whichever is still waited for rejects, heard by nobody.
    for (const waiting of [message, exit]) waiting.catch(() => {});
    stop.abort();
  }
}

/** Gives every process its task at once. */
async function perform(processes: readonly ChildProcess[], task: Task): Promise<Presented[]> {
  const answers = processes.map(async (child) => {
    const answer = nextMessage(child);
    child.send(task);
    return (await answer) as Presented[];
  });
  return (await Promise.all(answers)).flat();
}

describe("several processes on one SQLite file", { timeout: 60_000 }, () => {
  it("that present one token at once get one successor, of one rotation, generation after generation", async () => {
    const path = join(folder, "race.db");
    const store = sqliteStore(new Database(path));
    await store.migrate();
    const { sessions } = setUp({ store, refreshSecrets: [secret] });
    let { refreshToken } = await sessions.start({ subject: "ann" });
    const processes = await startProcesses(4);
    for (let generation = 0; generation < 10; generation++) {
      const replies = await perform(processes, { path, secret, tokens: [refreshToken], times: 16 });
      expect(replies).toHaveLength(64);
      expect(replies.filter((reply) => reply.outcome === "rotated")).toHaveLength(1);
      expect(replies.filter((reply) => reply.outcome === "replayed")).toHaveLength(63);
      const successors = new Set(replies.map((reply) => reply.refreshToken));
      expect(successors.size).toBe(1);
      refreshToken = [...successors][0] ?? "";
    }
  });

  it("may all create the tables at once", async () => {
    const path = join(folder, "fresh.db");
    const replies = await perform(await startProcesses(4), { path, secret, tokens: ["garbage"], times: 1 });
    expect(replies.map((reply) => reply.outcome)).toEqual(Array(4).fill("REFRESH_INVALID"));
    expect(new Database(path).prepare("SELECT version FROM rejwt_schema").all()).toEqual([{ version: 1 }]);
  });

  it("lose no token to a process that is killed between commit and reply", async () => {
    const path = join(folder, "killed.db");
    const store = sqliteStore(new Database(path));
    await store.migrate();
    const { sessions } = setUp({ store, refreshSecrets: [secret] });
    const { refreshToken, sessionId } = await sessions.start({ subject: "ann" });
    const [victim] = await startProcesses(1);
    if (victim === undefined) throw new Error("no process");
    const committed = nextMessage(victim);
    const died = once(victim, "exit");
    victim.send({ path, secret, tokens: [refreshToken], times: 1, dieAfterCommit: true } satisfies Task);
    const winner = await committed;
    expect((await died)[1]).toBe("SIGKILL");

    const retry = await sessions.refresh(refreshToken);
    expect(retry.outcome).toBe("replayed");
    expect((await store.read(sessionId))?.family.current).toBe(winner);
    expect((await sessions.refresh(retry.refreshToken)).outcome).toBe("rotated");
  });
});
