/** The package as users get it: packed, and unpacked into a project of its own outside this repository. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Packed {
  /** What the tarball holds. */
  readonly files: readonly string[];
  /** Runs a file of `programs/` in the project that has the package. @returns what it printed */
  run(program: string): string;
  remove(): void;
}

/** @throws when dist/ has not been built */
export function pack(): Packed {
  const root = join(import.meta.dirname, "../..");
  const project = mkdtempSync(join(tmpdir(), "rejwt-packed-"));
  const [tarball] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", project], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }),
  ) as [{ readonly filename: string; readonly files: readonly { readonly path: string }[] }];
  const installed = join(project, "node_modules/rejwt");
  mkdirSync(installed, { recursive: true });
  // No package manager: the package needs nothing beside itself and its dependencies, and this shows it.
  execFileSync("tar", ["-xzf", join(project, tarball.filename), "-C", installed, "--strip-components=1"]);
  const { dependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  for (const name of Object.keys(dependencies)) {
    symlinkSync(join(root, "node_modules", name), join(project, "node_modules", name), "junction");
  }
  writeFileSync(join(project, "package.json"), "{}\n");
  cpSync(join(import.meta.dirname, "programs"), project, { recursive: true });
  return {
    files: tarball.files.map(({ path }) => path),
    run: (program) => execFileSync(process.execPath, [program], { cwd: project, encoding: "utf8", stdio: "pipe" }),
    remove: () => rmSync(project, { recursive: true, force: true }),
  };
}
