/**
 * `npm run sbom`: a CycloneDX bill of what users install, on standard output. `npm sbom --omit=dev` leaves out every package
 * that a development dependency needs too, so npm is shown a manifest and a lock without those.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const read = (name) => JSON.parse(readFileSync(join(root, name), "utf8"));
const { devDependencies, peerDependencies, peerDependenciesMeta, ...manifest } = read("package.json");
const lock = read("package-lock.json");
const { devDependencies: _dev, peerDependencies: _peer, peerDependenciesMeta: _meta, ...own } = lock.packages[""];
const shipped = Object.entries(lock.packages).filter(
  ([path, { dev, devOptional, peer }]) => path !== "" && !(dev || devOptional || peer),
);

const folder = mkdtempSync(join(tmpdir(), "rejwt-sbom-"));
try {
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  writeFileSync(
    join(folder, "package-lock.json"),
    JSON.stringify({ ...lock, packages: { "": own, ...Object.fromEntries(shipped) } }),
  );
  const options = ["--sbom-format", "cyclonedx", "--sbom-type", "library", "--package-lock-only"];
  process.stdout.write(
    execFileSync("npm", ["sbom", ...options], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] }),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
