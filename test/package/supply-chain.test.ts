/** What comes with the package, and what it weighs: a change here is a decision, never an accident. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = <T>(path: string): T => JSON.parse(readFileSync(join(root, path), "utf8")) as T;

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
  readonly scripts: Readonly<Record<string, string>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly peer?: boolean;
  readonly optional?: boolean;
  readonly license?: string;
  readonly hasInstallScript?: boolean;
  readonly inBundle?: boolean;
}

const manifest = read<Manifest>("package.json");
const lock = read<{ readonly lockfileVersion: number; readonly packages: Readonly<Record<string, LockedPackage>> }>(
  "package-lock.json",
);
const locked = Object.entries(lock.packages).filter(([path]) => path !== "");
const shipped = locked.filter(([, { dev, devOptional, peer }]) => !(dev || devOptional || peer));

describe("the dependencies", () => {
  it("are jose alone, and jose has none", () => {
    expect(Object.keys(manifest.dependencies ?? {})).toEqual(["jose"]);
    expect(shipped.map(([path]) => path)).toEqual(["node_modules/jose"]);
  });

  it("that users bring are all optional", () => {
    const names = Object.keys(manifest.peerDependencies);
    expect(names.filter((name) => manifest.peerDependenciesMeta[name]?.optional !== true)).toEqual([]);
  });

  it("run nothing when they are installed, and neither does the package", () => {
    expect(shipped.filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([]);
    expect(Object.keys(manifest.scripts).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual([]);
  });

  it("are under the licence that is promised", () => {
    expect(manifest.license).toBe("MIT");
    expect(shipped.filter(([, { license }]) => license !== "MIT")).toEqual([]);
  });

  it("are listed in the SBOM, and nothing else is", () => {
    const sbom = JSON.parse(
      execFileSync(process.execPath, [join(import.meta.dirname, "sbom.mjs")], { encoding: "utf8" }),
    ) as {
      readonly components: readonly { readonly name: string; readonly scope: string }[];
    };
    expect(sbom.components).toMatchObject([{ name: "jose", scope: "required" }]);
  });
});

describe("the lock file", () => {
  it("names no server: every package comes from the registry that is configured, and is what its hash says", () => {
    expect(lock.lockfileVersion).toBe(3);
    expect(locked.filter(([, { resolved, link }]) => resolved !== undefined && link !== true)).toEqual([]);
    const unproved = locked.filter(
      ([, { integrity, link, inBundle }]) => !(integrity?.startsWith("sha512-") || link || inBundle),
    );
    expect(unproved.map(([path]) => path)).toEqual([]);
  });

  it("knows the licence of every package, development ones too, and none of them forbids their use", () => {
    // Unlicensed code, or a licence that reaches into what is built with it.
    const bad = locked.filter(([, { license }]) => /^(UNLICENSED|(A|L)?GPL|SSPL|BUSL)/.test(license ?? ""));
    expect(bad.map(([path]) => path)).toEqual([]);
  });
});

describe("what is built", () => {
  const files = (folder: string): readonly string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)],
    );
  const dist = files(join(root, "dist"));

  it("is there", () => {
    expect(existsSync(join(root, "dist/index.js"))).toBe(true);
  });

  it("holds no source map and no path of the machine that built it", () => {
    for (const path of dist) {
      expect(path).toMatch(/\.(js|cjs|d\.ts|d\.cts)$/);
      const text = readFileSync(path, "utf8");
      expect(text).not.toContain("sourceMappingURL");
      expect(text).not.toContain(root);
    }
  });

  it("weighs at most 1.8 MB, both formats and all types, with a second copy of the core for runtimes without Node", () => {
    const bytes = dist.reduce((sum, path) => sum + statSync(path).size, 0);
    expect(bytes).toBeLessThan(1_800_000);
  });

  it("loads no package but jose and Node's own modules", () => {
    const imported = new Set<string>();
    for (const path of dist.filter((file) => /\.(js|cjs)$/.test(file))) {
      const text = readFileSync(path, "utf8");
      for (const [, name] of text.matchAll(/(?:^|[\s;])(?:import|export)[^'"`;]*?from\s*["']([^"'./][^"']*)["']/g))
        imported.add(name ?? "");
      for (const [, name] of text.matchAll(/\b(?:require|import)\(["']([^"'./][^"']*)["']\)/g))
        imported.add(name ?? "");
    }
    expect([...imported].filter((name) => !name.startsWith("node:"))).toEqual(["jose"]);
  });
});
