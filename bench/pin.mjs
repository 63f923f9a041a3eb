/** One core for the whole process, where the system can pin it. */
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { argv, env, execArgv, execPath, exit, platform } from "node:process";

/** True in the process that is to measure: this one, or its pinned child, whose end is waited for. */
export function pinned() {
  if (env.BENCH_PINNED !== undefined || platform !== "linux") return true;
  const core = String(availableParallelism() - 1);
  if (spawnSync("taskset", ["-c", core, "true"]).status !== 0) return true;
  const command = ["-c", core, execPath, ...execArgv, ...argv.slice(1)];
  const { status } = spawnSync("taskset", command, { stdio: "inherit", env: { ...env, BENCH_PINNED: core } });
  exit(status ?? 1);
}
