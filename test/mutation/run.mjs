/**
 * `npm run mutation -- FOLDER [--mutate FILES] [--static]`: changes one thing at a time in src/FOLDER and runs the tests below.
 * A change that no test notices has survived.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const root = join(import.meta.dirname, "../..");
const all = (folder) => [`src/${folder}/**/*.ts`];
/** Quick tests that import src/, with no server, process or build of their own. */
const folders = {
  encoding: { mutate: all("encoding"), tests: ["encoding"] },
  jwa: { mutate: all("jwa"), tests: ["jwa", "jwk", "jws"] },
  jwk: { mutate: all("jwk"), tests: ["jwk", "keys"] },
  jws: { mutate: all("jws"), tests: ["jws", "jwt", "keys"] },
  // A declared class with a quoted member: Stryker cannot place its mutant, and there is no code in the file.
  jwt: { mutate: [...all("jwt"), "!src/jwt/verified.ts"], tests: ["jwt"] },
  session: { mutate: all("session"), tests: ["session"] },
  revocation: { mutate: all("revocation"), tests: ["revocation"] },
  store: { mutate: ["src/store/memory.ts", "src/store/family.ts"], tests: ["store", "conformance", "session"] },
  http: { mutate: all("http"), tests: ["http"] },
};
const slow = /process|redis|postgres|sqlite|real-stores|openid-issuer|key-file|jwks-outages|remote-/;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { mutate: { type: "string" }, static: { type: "boolean", default: false } },
});
const [name] = positionals;
const folder = folders[name];
if (folder === undefined) throw new Error(`say which folder: ${Object.keys(folders).join(", ")}`);

/** Thousands of random values each: asked last, of mutants that no rule noticed. */
const random = /familiar|any-input|property/;

const quick = folder.tests.flatMap((tests) =>
  readdirSync(join(root, "test", tests))
    .filter((file) => file.endsWith(".test.ts") && !slow.test(file))
    .map((file) => `test/${tests}/${file}`),
);
const files = [...quick.filter((file) => !random.test(file)), ...quick.filter((file) => random.test(file))];
const options = ["run", "--mutate", values.mutate ?? folder.mutate.join(","), "--tempDirName", `.stryker-tmp/${name}`];
if (!values.static) options.push("--ignoreStatic");
const { status } = spawnSync(join(root, "node_modules/.bin/stryker"), options, {
  cwd: root,
  stdio: "inherit",
  // The first thousands of random tokens find what there is to find of a mutant.
  env: { ...process.env, MUTATION_FILES: JSON.stringify(files), MUTANTS: "3000" },
});
process.exit(status ?? 1);
