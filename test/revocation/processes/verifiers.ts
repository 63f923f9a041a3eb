/** Several processes that verify: bundled once, started together, and ended with their test. */
import { type ChildProcess, fork } from "node:child_process";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "tsup";
import { nextMessage } from "../../session/processes/fleet.ts";
import type { SharedPlace } from "./issuing.ts";
import type { Refused } from "./verifier.ts";

export interface Verifiers {
  /** Makes all watch these tokens, which each must accept now; then answers when each has refused them. */
  watch(tokens: readonly string[]): Promise<() => Promise<readonly Refused[]>>;
  close(): Promise<void>;
}

export async function startVerifiers(place: SharedPlace, count: number, boundSeconds: number): Promise<Verifiers> {
  // Within the package, so that the bundle finds the database clients.
  const bundles = resolve("node_modules/.cache/rejwt-verifiers", `${process.pid}-${place.kind}`);
  await build({
    config: false,
    entry: { verifier: "test/revocation/processes/verifier.ts" },
    format: ["esm"],
    outDir: bundles,
    outExtension: () => ({ js: ".mjs" }),
    target: "node20",
    external: ["ioredis", "pg", "redis"],
    silent: true,
  });
  const task = JSON.stringify({ place, boundSeconds });
  const children: ChildProcess[] = Array.from({ length: count }, () => fork(join(bundles, "verifier.mjs"), [task]));
  const close = async (): Promise<void> => {
    for (const child of children) child.kill("SIGKILL");
    await rm(bundles, { recursive: true, force: true });
  };
  try {
    await Promise.all(children.map(nextMessage));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async watch(tokens) {
      await Promise.all(
        children.map((child) => {
          const watching = nextMessage(child);
          child.send({ tokens });
          return watching;
        }),
      );
      const refused = Promise.all(children.map((child) => nextMessage(child) as Promise<Refused>));
      return () => refused;
    },
    close,
  };
}
