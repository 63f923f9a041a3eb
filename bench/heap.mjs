/**
 * `npm run bench:heap`: bytes that a call allocates, beside the peers; and with `--minutes N` a heap that must not grow while tokens
 * are signed and verified for so long. Needs `--expose-gc`.
 */
import { argv, exit, memoryUsage, version } from "node:process";
import { createSigner, createVerifier } from "../dist/index.js";
import { rejwtKey, signers, verifiers } from "./contenders.mjs";
import { AUDIENCE, freshCopies, ISSUER, LIFE, material, tokenOf } from "./fixtures.mjs";
import { median } from "./rounds.mjs";

const CALLS = 400;
const TIMES = 9;
/** A heap that grows by less than this from its first third to its last is flat. */
const FLAT = 1.02;

/** Bytes of one call, on V8's heap: the median over several runs, none of which a collection fell into. */
async function allocated(operation, inputs) {
  const figures = [];
  for (let time = 0; time < TIMES; time++) {
    const tokens = inputs(CALLS);
    gc();
    const before = memoryUsage().heapUsed;
    for (const token of tokens) {
      const answer = operation(token);
      if (answer instanceof Promise) await answer;
    }
    const grown = memoryUsage().heapUsed - before;
    if (grown > 0) figures.push(grown / CALLS);
  }
  return median(figures);
}

async function beside(alg) {
  const keys = material(alg);
  const inputs = freshCopies([tokenOf(keys)]);
  for (const [what, all] of [
    ["verify", await verifiers(keys)],
    ["sign", await signers(keys)],
  ]) {
    console.log(`\n${alg} ${what}, bytes on the heap for one call, Node ${version}`);
    for (const [name, operation] of Object.entries(all)) {
      if (name.includes("raw key")) continue;
      console.log(`  ${name.padEnd(26)}${(await allocated(operation, inputs)).toFixed(0).padStart(8)}`);
    }
  }
}

/** Tokens that are all different, signed and verified, some refused, with and without a cache. */
async function flat(minutes) {
  const all = ["HS256", "ES256"].map((alg) => {
    const key = rejwtKey(material(alg));
    const options = { keys: key, issuer: ISSUER, audience: AUDIENCE };
    return {
      signer: createSigner({ key, issuer: ISSUER, audience: AUDIENCE, expiresIn: LIFE }),
      plain: createVerifier(options),
      caching: createVerifier({ ...options, cache: { maxTokens: 500 } }),
    };
  });
  const samples = [];
  const end = Date.now() + minutes * 60_000;
  let next = 0;
  let calls = 0;
  while (Date.now() < end) {
    for (const { signer, plain, caching } of all) {
      const token = signer.sign({ sub: `user_${calls % 1000}`, n: calls++ });
      plain.verify(token);
      caching.verify(token);
      caching.verify(token);
      plain.safeVerify(`${token.slice(0, -4)}AAAA`);
    }
    if (Date.now() >= next) {
      next = Date.now() + 10_000;
      await new Promise((resolve) => setImmediate(resolve));
      gc();
      samples.push(memoryUsage().heapUsed);
    }
  }
  // The first samples see code being compiled.
  const settled = samples.slice(Math.ceil(samples.length / 6));
  const third = Math.floor(settled.length / 3);
  const [first, last] = [median(settled.slice(0, third)), median(settled.slice(-third))];
  const mega = (bytes) => `${(bytes / 2 ** 20).toFixed(2)} MiB`;
  console.log(
    `\n${minutes} minutes, ${calls} tokens, Node ${version}: ${mega(first)} at first, ${mega(last)} at last, ${samples.length} samples`,
  );
  if (last > first * FLAT) {
    console.error("the heap grows");
    exit(1);
  }
}

const minutes = argv.includes("--minutes") ? Number(argv[argv.indexOf("--minutes") + 1]) : 0;
if (minutes > 0) await flat(minutes);
else for (const alg of ["HS256", "ES256"]) await beside(alg);
