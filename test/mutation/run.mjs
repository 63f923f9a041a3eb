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
// Stryker takes the commas of a brace pattern for the ends of patterns.
const revocation = (...names) => names.map((name) => `src/revocation/${name}.ts`);
const overHttp = revocation("http-feed", "list-request", "signed-list", "heard-list", "feed-fault");
const nameTable = revocation("names", "few-names", "many-names", "name-part", "name-words", "keyed-hash");
const published = revocation("published-list", "shard-copy");
const httpReader = revocation("http-reader");
const skins = ["express", "fastify", "hono", "koa", "nest"];
/** Quick tests that import src/, with no server, process or build of their own. */
const folders = {
  encoding: { mutate: all("encoding"), tests: ["encoding"] },
  jwa: { mutate: all("jwa"), tests: ["jwa", "jwk", "jws"] },
  jwk: { mutate: all("jwk"), tests: ["jwk", "keys"] },
  jws: { mutate: all("jws"), tests: ["jws", "jwt", "keys"] },
  // A declared class with a quoted member: Stryker cannot place its mutant, and there is no code in the file.
  jwt: {
    mutate: [...all("jwt"), "!src/jwt/verified.ts"],
    tests: ["jwt", "keys/by-issuer", "session/start", "session/create-sessions", "revocation/list"],
  },
  session: { mutate: all("session"), tests: ["session"] },
  // Without the parts that have tests of their own.
  revocation: {
    mutate: [
      ...all("revocation"),
      ...[...overHttp, ...httpReader, ...published, ...nameTable].map((file) => `!${file}`),
    ],
    tests: [
      "revocation/list",
      "revocation/sessions-and-list",
      "revocation/messages",
      "revocation/revoked-entries",
      "revocation/follow",
      "revocation/waiting",
      "revocation/followed-list",
    ],
  },
  "revocation-names": {
    mutate: nameTable,
    tests: ["revocation/keyed-hash", "revocation/name-table", "revocation/names"],
  },
  // The feed over HTTP as far as it can be tested without servers: what an answer is refused for, and taken for.
  "revocation-over-http": {
    mutate: [...overHttp, ...httpReader],
    tests: ["revocation/http-reader", "revocation/http-feed-messages", "revocation/heard-list", "revocation/messages"],
  },
  "revocation-published": {
    mutate: published,
    tests: ["revocation/shard-copy", "revocation/published-list", "http/revocations-handler"],
  },
  store: {
    mutate: ["src/store/memory.ts", "src/store/family.ts"],
    tests: ["store/memory", "store/family", "store/start", "conformance/memory", "session"],
  },
  // Its tests have the whole table of answers, from the handlers of fetch: no framework, and hardly a server.
  http: {
    mutate: [...all("http"), ...skins.map((skin) => `!src/http/${skin}*.ts`), "!src/http/node-response.ts"],
    tests: ["http"],
  },
  // Each skin with the table on its own framework.
  ...Object.fromEntries(
    skins.map((skin) => [
      `http-${skin}`,
      {
        mutate: [`src/http/${skin}*.ts`, ...(skin === "express" ? ["src/http/node-response.ts"] : [])],
        tests: [`http/${skin}`, "http/guard", "http/skins", "http/session-handlers", "http/node-content"],
      },
    ]),
  ),
};
const slow =
  /process|redis|postgres|sqlite|real-stores|openid-issuer|key-file|jwks-outages|remote-|reverse-proxy|express|fastify|hono|koa|nest/;
/** Thousands of random values each, which find little that no rule notices. */
const random = /familiar|any-input|property/;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { mutate: { type: "string" }, static: { type: "boolean", default: false } },
});
const [name] = positionals;
const folder = folders[name];
if (folder === undefined) throw new Error(`say which folder: ${Object.keys(folders).join(", ")}`);

const files = folder.tests.flatMap((tests) =>
  tests.includes("/")
    ? [`test/${tests}.test.ts`]
    : readdirSync(join(root, "test", tests))
        .filter((file) => file.endsWith(".test.ts") && !slow.test(file) && !random.test(file))
        .map((file) => `test/${tests}/${file}`),
);
const options = ["run", "--mutate", values.mutate ?? folder.mutate.join(","), "--tempDirName", `.stryker-tmp/${name}`];
if (!values.static) options.push("--ignoreStatic");
const { status } = spawnSync(join(root, "node_modules/.bin/stryker"), options, {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, MUTATION_FILES: JSON.stringify(files) },
});
process.exit(status ?? 1);
