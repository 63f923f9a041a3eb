/** What a bundler takes of the package for one import: `createVerifier` alone pulls in no store, no HTTP, no jose. */
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const dist = join(import.meta.dirname, "../../dist");

async function bundle(program: string): Promise<{ readonly text: string; readonly imports: readonly string[] }> {
  const result = await build({
    stdin: { contents: program, resolveDir: dist },
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    external: ["jose"],
    logOverride: { "ignored-bare-import": "silent" },
  });
  const [output] = Object.values(result.metafile.outputs);
  return { text: result.outputFiles[0]?.text ?? "", imports: output?.imports.map(({ path }) => path) ?? [] };
}

const parts = {
  "the stores": /function memoryStore|"CREATE TABLE|EVALSHA/,
  sessions: /function createSessions|formatRefreshToken/,
  "the HTTP edge": /WWW-Authenticate|Set-Cookie/i,
  "the signer": /function createSigner/,
  "remote keys": /function remoteKeys/,
  "the inspector": /function inspect\(/,
};

describe("a bundle of createVerifier alone", () => {
  it("has no store, no session, no HTTP, no signer, no inspector, and no jose", async () => {
    const { text, imports } = await bundle('import { createVerifier } from "./index.js"; console.log(createVerifier);');
    expect(text).toContain("function createVerifier");
    expect(
      Object.entries(parts)
        .filter(([, pattern]) => pattern.test(text))
        .map(([name]) => name),
    ).toEqual([]);
    expect(imports.filter((path) => !path.startsWith("node:"))).toEqual([]);
  });

  it("is told apart from one that has them", async () => {
    const program =
      'export { createSessions, createSigner, createVerifier, inspect, memoryStore } from "./index.js"; export * from "./http/index.js"; export * from "./jwk/remote-keys.js";';
    const { text, imports } = await bundle(program);
    expect(
      Object.entries(parts)
        .filter(([, pattern]) => !pattern.test(text))
        .map(([name]) => name),
    ).toEqual([]);
    expect(imports).toContain("jose");
  });
});
