/**
 * `npm run vectors:compat -- DIR`: the vectors that other libraries' own tests are made of, against the built
 * `rejwt/compat/jsonwebtoken`. Exits 1 for any disagreement that is not listed here, and for one that is no longer there.
 */
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { disagreesAsListed } from "./disagreements.mjs";

/** A payload that is text or a number: jsonwebtoken signs and verifies it, and so must its stand-in. It is no JWT (RFC 7519 §7.2). */
const notObjects = ["jwt-139", "jwt-140", "jose-044", "jose-046", "jose-074", "jose-081", "jose-083", "jose-088"];
const listed = [...notObjects, "jose-093", "jose-099"].map((id) => `WRONG-ACCEPT ${id}`);

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: npm run vectors:compat -- DIR");
const runner = join(resolve(folder), "run-corpus.mjs");
const adapter = join(import.meta.dirname, "compat-adapter.mjs");
const { stdout } = spawnSync(process.execPath, [runner, adapter, "--group=^peer-"], { encoding: "utf8" });
console.log(stdout);
const passed = disagreesAsListed(stdout, listed);
console.log(passed ? `${listed.length} disagreements, all of them listed` : "FAILED: the list says otherwise");
process.exitCode = passed ? 0 : 1;
