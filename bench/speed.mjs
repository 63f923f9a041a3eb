/**
 * `npm run bench`: signing and verifying beside the peers. Prints the table; writes `docs/charts/speed-node-N.json` and
 * `.svg` with `--write`; fails below the targets less 15 % with `--check`. `--rounds N` and `--algs A,B` make it shorter.
 */
import { writeFileSync } from "node:fs";
import { argv, exit, version } from "node:process";
import { barChart } from "./chart.mjs";
import { cachedVerifiers, contender, floors, signers, verifiers } from "./contenders.mjs";
import { ALGS, freshCopies, material, refusedTokens, tokenOf } from "./fixtures.mjs";
import { pinned } from "./pin.mjs";
import { race } from "./rounds.mjs";
import { FLOOR_TARGETS, peerTarget, shortfalls } from "./targets.mjs";

const option = (name, otherwise) => (argv.includes(name) ? argv[argv.indexOf(name) + 1] : otherwise);
const rounds = Number(option("--rounds", 60));
const algs = option("--algs", ALGS.join(",")).split(",");
const NOT_PEERS = ["rejwt", "floor", "bare primitive"];
/** Distinct tokens, where a cache is measured. */
const CACHED = 1000;

if (pinned()) await main();

async function main() {
  const rows = [];
  for (const alg of algs) {
    const keys = material(alg);
    const token = tokenOf(keys);
    for (const measure of [verifying, signing, caching]) {
      const row = await measure(alg, keys, token);
      print(row);
      rows.push(row);
    }
  }
  const report = { node: version, rounds, rows };
  if (argv.includes("--write")) write(report);
  const short = shortfalls(rows);
  for (const line of short.all) console.log(line);
  if (argv.includes("--check") && short.failing.length > 0) {
    console.error(`\nBelow a target less 15 %:\n${short.failing.join("\n")}`);
    exit(1);
  }
}

async function verifying(alg, keys, token) {
  const peers = await verifiers(keys);
  for (const [name, verify] of Object.entries(peers)) await prove(`${alg} ${name}`, verify, keys);
  const all = { ...peers, ...floors(keys, token).verify };
  return figures("verify", alg, await raceOf(all, freshCopies([token]), token));
}

async function signing(alg, keys, token) {
  const peers = await signers(keys);
  const { rejwt } = await verifiers(keys);
  for (const [name, sign] of Object.entries(peers)) {
    const claims = rejwt(await sign());
    if (claims.exp - claims.iat !== 900) throw new Error(`${alg} ${name}: not the claims that were asked for`);
  }
  return figures("sign", alg, await raceOf({ ...peers, ...floors(keys, token).sign }));
}

/** A thousand tokens in turn, all in the cache before. */
async function caching(alg, keys, _token) {
  const tokens = Array.from({ length: CACHED }, (_, at) => tokenOf(keys, { jti: `one of a thousand: number ${at}` }));
  const cached = cachedVerifiers(keys, CACHED);
  const { rejwt: _ours, jose: _slow, hono: _slower, ...uncached } = await verifiers(keys);
  for (const [name, verify] of Object.entries(cached)) {
    await prove(`${alg} ${name}`, verify, keys);
    for (const token of tokens) await verify(token);
  }
  return figures("cached", alg, await raceOf({ ...cached, ...uncached }, freshCopies(tokens), tokens[0]));
}

function raceOf(all, prepare, sample) {
  const contenders = Object.entries(all).map(([name, operation]) => contender(name, operation, prepare, sample));
  return race(contenders, { rounds });
}

/** The good token is accepted, and each of the bad ones refused, before anything is timed; twice, for those that remember. */
async function prove(name, verify, keys) {
  const good = tokenOf(keys);
  for (let time = 0; time < 2; time++) {
    const claims = await verify(good);
    if (claims.role !== "editor") throw new Error(`${name} does not answer the claims`);
    for (const [what, bad] of Object.entries(refusedTokens(keys))) {
      const refused = await Promise.resolve()
        .then(() => verify(bad))
        .then(
          () => false,
          () => true,
        );
      if (!refused) throw new Error(`${name} accepts ${what}`);
    }
  }
}

function figures(what, alg, result) {
  const own = what === "cached" ? "rejwt, cache" : "rejwt";
  const all = result.names.map((name) => ({
    name,
    perSecond: result.perSecond(name),
    nanoseconds: result.nanoseconds(name),
    ratio: result.ratio(own, name),
  }));
  const peers = all.filter(({ name }) => !NOT_PEERS.includes(name) && name !== own);
  const best = (list) => list.reduce((one, other) => (other.perSecond > one.perSecond ? other : one));
  const row = { what, alg, all, best: best(peers) };
  if (what === "cached") {
    const uncached = best(peers.filter(({ name }) => !name.endsWith("cache")));
    return { ...row, best: all.find(({ name }) => name === "fast-jwt, cache"), uncached };
  }
  // The Rust peer is not on node:crypto, and twice as fast at Ed25519: the target says every peer that is.
  const onCrypto = alg === "EdDSA" ? peers.filter(({ name }) => name !== "@node-rs") : peers;
  return { ...row, best: best(onCrypto), floor: all.find(({ name }) => name === "floor") };
}

function print({ what, alg, all, best, floor, uncached }) {
  console.log(`\n${alg} ${what}`);
  for (const { name, perSecond, ratio } of all) {
    const kilo = (perSecond / 1000).toFixed(perSecond < 20_000 ? 2 : 0);
    console.log(`  ${name.padEnd(26)}${kilo.padStart(9)} k/s${`${ratio.toFixed(2)} ×`.padStart(10)}`);
  }
  const targets = [`best peer ${best.name}: ${best.ratio.toFixed(2)} (target ${peerTarget(what, alg)})`];
  if (floor) targets.push(`floor: ${floor.ratio.toFixed(2)} (target ${FLOOR_TARGETS[alg]})`);
  if (uncached) targets.push(`best without a cache ${uncached.name}: ${uncached.ratio.toFixed(0)}`);
  console.log(`  → ${targets.join("; ")}`);
}

function write(report) {
  const major = version.slice(1).split(".", 1)[0];
  const place = (kind) => new URL(`../docs/charts/speed-node-${major}.${kind}`, import.meta.url);
  writeFileSync(place("json"), `${JSON.stringify(report, null, 2)}\n`);
  const bars = report.rows
    .filter(({ what }) => what === "verify")
    .map(({ alg, all }) => ({
      group: alg,
      bars: all.filter(({ name }) => !["floor", "bare primitive"].includes(name)),
    }));
  writeFileSync(place("svg"), barChart(`Verifications in a second, one core, Node ${version}`, bars));
}
