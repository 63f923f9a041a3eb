/** What `import "rejwt"` loads, read from the built files: no package, and of Node what the core needs. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";

const DIST = join(import.meta.dirname, "../../dist");

/** Every specifier that is not a file of ours, of a file and all that it imports at once. */
function loads(file: string, seen: Set<string> = new Set(), found: Set<string> = new Set()): Set<string> {
  if (seen.has(file)) return found;
  seen.add(file);
  for (const [, specifier = ""] of readFileSync(file, "utf8").matchAll(
    /^(?:import|export)\b[^;]*?["']([^"']+)["'];/gm,
  )) {
    if (specifier.startsWith(".")) loads(join(dirname(file), specifier), seen, found);
    else found.add(specifier);
  }
  return found;
}

it("importing rejwt loads no package, and nothing of Node that sessions, keys and tokens do not need", () => {
  const needed = ["buffer", "crypto", "diagnostics_channel", "events"].map((name) => `node:${name}`);
  const loaded = [...loads(join(DIST, "index.js"))];
  expect(loaded).toContain("node:crypto");
  expect(loaded.filter((name) => !needed.includes(name))).toEqual([]);
});

it("importing rejwt/jwks loads jose, which this test would see", () => {
  expect([...loads(join(DIST, "jwk/remote-keys.js"))]).toContain("jose");
});
