/**
 * `npm run bench:growth`: how cost grows with what there is more of. Each series is a line in `docs/charts` with `--write`. It fails
 * where a step costs more than in proportion, or where a lookup does not stay as it was. `--families N` is the last step of SQLite, `--only NAME`
 * one series.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv, exit, version } from "node:process";
import { createSessions, createSigner, createVerifier, keyRing, memoryStore, secretKey } from "../dist/index.js";
import { sqliteStore } from "../dist/store/sqlite.js";
import { openDatabase } from "../examples/demo/database.mjs";
import { lineChart } from "./chart.mjs";
import { freshCopies } from "./fixtures.mjs";
import { pinned } from "./pin.mjs";
import { race } from "./rounds.mjs";

const option = (name, otherwise) => (argv.includes(name) ? Number(argv[argv.indexOf(name) + 1]) : otherwise);
const FAMILIES = option("--families", 100_000);
const ROUNDS = option("--rounds", 30);
/** What noise may add to a step that grows in proportion. */
const STEP_NOISE = 1.3;
/** What may be added to a lookup from its first step to its last: a map or a tree of a million things does not fit in the processor's caches, which one of a thousand does. */
const LOOKUP_NOISE = 3;

const PARTIES = { issuer: "https://auth.example", audience: "https://api.example" };
const secretOf = (number) =>
  secretKey(`a secret of the bench, number ${number}, long enough`, { alg: "HS256", kid: `key ${number}` });
const KEY = secretOf(0);
const signerOf = (key) => createSigner({ key, ...PARTIES, expiresIn: "1h" });

/** Verifications of one token, a fresh string each. */
function verifying(name, keys, token) {
  const verifier = createVerifier({ keys, ...PARTIES });
  const run = (_count, tokens) => {
    for (const one of tokens) verifier.verify(one);
  };
  return { name, prepare: freshCopies([token]), run };
}

/** JSON.parse of its payload alone: V8 makes objects of over 128 members in another way, which takes twice as long. */
function parsing(name, token) {
  const text = Buffer.from(token.split(".")[1], "base64url").toString("latin1");
  const run = (_count, texts) => {
    for (const one of texts) JSON.parse(one);
  };
  return { name, prepare: freshCopies([text]), run };
}

function tokenSizes() {
  return [200, 500, 1000, 2000, 4000, 8000].map((size) => {
    const signer = signerOf(KEY);
    const bare = signer.sign({}).length;
    const token = signer.sign(size > bare ? { x: "x".repeat(Math.ceil(((size - bare) * 3) / 4)) } : {});
    return { x: token.length, contender: verifying(`${size}`, KEY, token) };
  });
}

function claimCounts() {
  return [5, 20, 50, 100, 200].map((count) => {
    const claims = Object.fromEntries(Array.from({ length: count - 4 }, (_, at) => [`claim_${at}`, `value ${at}`]));
    const token = signerOf(KEY).sign(claims);
    return { x: count, contender: verifying(`${count}`, KEY, token), parse: parsing(`JSON.parse ${count}`, token) };
  });
}

function ringSizes() {
  return [1, 10, 100, 1000].map((count) => {
    const keys = Array.from({ length: count }, (_, at) => secretOf(at));
    const token = signerOf(keys[count - 1]).sign({});
    const [first, ...later] = keys;
    const turns = later.map((key, at) => ({ key, signsFrom: new Date(Date.now() + (at + 1) * 86_400_000) }));
    return { x: count, contender: verifying(`${count}`, keyRing([first, ...turns], { tokenLife: "1h" }), token) };
  });
}

const sessionsOn = (store) =>
  createSessions({
    signer: signerOf(KEY),
    store,
    refreshSecrets: ["a refresh secret of the bench, 32 bytes and more"],
    idle: "1d",
    absolute: "2d",
  });

/** Refreshes of sessions picked anywhere among those that there are. */
function refreshing(name, sessions, tokens) {
  const run = async (count) => {
    for (let done = 0; done < count; done++) {
      const at = Math.floor(Math.random() * tokens.length);
      tokens[at] = (await sessions.refresh(tokens[at])).refreshToken;
    }
  };
  return { name, run };
}

/** The tokens of new sessions; of very many only some are kept. */
async function startSessions(sessions, count, subjectOf) {
  const tokens = [];
  for (let from = 0; from < count; from += 1000) {
    const size = Math.min(1000, count - from);
    const started = await Promise.all(
      Array.from({ length: size }, (_, at) => sessions.start({ subject: subjectOf(from + at) })),
    );
    const share = Math.ceil(count / 10_000);
    for (let at = 0; at < size; at += share) tokens.push(started[at].refreshToken);
  }
  return tokens;
}

async function sessionsPerSubject() {
  const steps = [];
  for (const count of [10, 100, 1000, 10_000]) {
    const sessions = sessionsOn(memoryStore());
    const tokens = await startSessions(sessions, count, () => "user_42");
    steps.push({ x: count, contender: refreshing(`${count}`, sessions, tokens) });
  }
  return steps;
}

const folder = mkdtempSync(join(tmpdir(), "rejwt-growth-"));

async function familiesInSqlite() {
  const steps = [];
  for (let count = 1000; count <= FAMILIES; count *= 10) {
    const database = await openDatabase(join(folder, `${count}.db`));
    // What grows is asked, not what the disk takes.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
    const store = sqliteStore(database);
    await store.migrate();
    const sessions = sessionsOn(store);
    const tokens = await startSessions(sessions, count, (at) => `user_${at}`);
    steps.push({ x: count, contender: refreshing(`${count}`, sessions, tokens) });
  }
  return steps;
}

const SERIES = [
  ["token-size", "verify HS256", "characters of the token", tokenSizes, "linear"],
  ["claims", "verify HS256", "claims", claimCounts, "linear"],
  ["ring", "verify HS256", "keys in the ring", ringSizes, "constant"],
  ["sessions", "refresh, memory store", "sessions of the subject", sessionsPerSubject, "constant"],
  ["families", "refresh, SQLite", "sessions in the file", familiesInSqlite, "constant"],
];

/** @returns what is wrong with a series, if anything is */
function faultOf(points, growth) {
  if (growth === "constant") {
    const factor = points.at(-1).y / points[0].y;
    return factor > LOOKUP_NOISE && `the last step takes ${factor.toFixed(2)} times the first`;
  }
  const steep = points.slice(1).find((point, at) => {
    const before = points[at];
    const share = point.parse === undefined ? 0 : point.parse / before.parse;
    return point.y / before.y > STEP_NOISE * Math.max(point.x / before.x, share);
  });
  return steep && `the step to ${steep.x} grows by more than in proportion, and by more than JSON.parse`;
}

if (pinned()) {
  const faults = [];
  try {
    for (const [name, what, unit, make, growth] of SERIES) {
      if (argv.includes("--only") && argv[argv.indexOf("--only") + 1] !== name) continue;
      const steps = await make();
      const result = await race(
        steps.flatMap(({ contender, parse }) => (parse === undefined ? [contender] : [contender, parse])),
        { rounds: ROUNDS, warmUpMs: 80, most: 2000 },
      );
      const micro = (one) => one && result.nanoseconds(one.name) / 1000;
      const points = steps.map(({ x, contender, parse }) => ({ x, y: micro(contender), parse: micro(parse) }));
      console.log(`\n${what}, by ${unit}`);
      for (const { x, y, parse } of points) {
        const share = parse === undefined ? "" : `, JSON.parse alone ${parse.toFixed(2)}`;
        console.log(`${String(x).padStart(9)}${y.toFixed(2).padStart(10)} µs${share}`);
      }
      const fault = faultOf(points, growth);
      console.log(fault ? `  short: ${fault}` : `  ${growth === "linear" ? "no step worse than linear" : "constant"}`);
      if (fault) faults.push(`${name}: ${fault}`);
      if (argv.includes("--write")) {
        const chart = lineChart(`${what}, Node ${version}`, unit, "µs", points);
        writeFileSync(new URL(`../docs/charts/growth-${name}.svg`, import.meta.url), chart);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (faults.length > 0) exit(1);
}
