/** Processes that run one program of this folder: bundled once, started together, and ended with their test. */
import { type ChildProcess, fork } from "node:child_process";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "tsup";
import { nextMessage } from "../../session/processes/fleet.ts";

export interface Bundled {
  /** Each has sent its first message. */
  readonly children: readonly ChildProcess[];
  close(): Promise<void>;
}

let bundles = 0;

/** @param task what each finds as JSON in its first argument */
export async function startBundled(program: string, task: unknown, count: number): Promise<Bundled> {
  // Within the package, so that the bundle finds the database clients.
  const folder = resolve("node_modules/.cache/rejwt-verifiers", `${process.pid}-${bundles++}`);
  await build({
    config: false,
    entry: { [program]: `test/revocation/processes/${program}.ts` },
    format: ["esm"],
    outDir: folder,
    outExtension: () => ({ js: ".mjs" }),
    target: "node20",
    external: ["ioredis", "pg", "redis"],
    silent: true,
  });
  const children = Array.from({ length: count }, () => fork(join(folder, `${program}.mjs`), [JSON.stringify(task)]));
  const close = async (): Promise<void> => {
    for (const child of children) child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(children.map(nextMessage));
  } catch (error) {
    await close();
    throw error;
  }
  return { children, close };
}
