/** Several processes that use one store: bundled once, started together, told what to do, and ended with their test. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "tsup";
import type { Presented, Task } from "./presenter.ts";

export interface Fleet {
  start(count: number): Promise<ChildProcess[]>;
  /** Ends every process that runs. */
  end(): void;
  /** Ends them, and removes the bundle. */
  close(): Promise<void>;
}

export async function createFleet(): Promise<Fleet> {
  // Within the package, so that the bundle finds the database clients.
  const bundles = resolve("node_modules/.cache/rejwt-processes", String(process.pid));
  const children: ChildProcess[] = [];
  await build({
    config: false,
    entry: { presenter: "test/session/processes/presenter.ts" },
    format: ["esm"],
    outDir: bundles,
    outExtension: () => ({ js: ".mjs" }),
    target: "node20",
    external: ["libsql", "ioredis", "pg"],
    silent: true,
  });

  const end = (): void => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  };
  return {
    async start(count) {
      const started = Array.from({ length: count }, () => fork(join(bundles, "presenter.mjs")));
      children.push(...started);
      await Promise.all(started.map(nextMessage));
      return started;
    },
    end,
    async close() {
      end();
      await rm(bundles, { recursive: true, force: true });
    },
  };
}

/** The next message of a process. Rejects where the process ends before. */
export async function nextMessage(child: ChildProcess): Promise<unknown> {
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
export async function perform(processes: readonly ChildProcess[], task: Task): Promise<Presented[]> {
  const answers = processes.map(async (child) => {
    const answer = nextMessage(child);
    child.send(task);
    return (await answer) as Presented[];
  });
  return (await Promise.all(answers)).flat();
}
