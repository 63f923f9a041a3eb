/**
 * `npm run vectors:elsewhere -- DIR`: the corpus in DIR against the built `rejwt/web`, in a page of Chromium and in workerd;
 * exits 1 if a core case disagrees, or one takes the runtime down.
 */
import { createPublicKey } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { openPage, openWorker } from "./isolates.mjs";
import * as adapter from "./web-adapter.mjs";

const folder = resolve(process.argv[2] ?? "");
const runner = join(folder, "run-corpus.mjs");
if (process.argv[2] === undefined || !existsSync(runner)) {
  console.error("usage: npm run vectors:elsewhere -- DIR   where DIR holds run-corpus.mjs and its cases");
  process.exit(2);
}
const { loadCases, materialToken, unsupported, judge } = await import(pathToFileURL(runner).href);

const all = loadCases().flatMap(({ group, keys, cases }) =>
  cases.map((item) => ({ group, item, key: keys[item.key] })),
);

/** What can be sent: the case, or why not. */
function prepare({ item, key }) {
  const given = key ?? { kind: "none" };
  const lacking = unsupported(item, given, adapter);
  if (lacking !== null) return { lacking };
  const token = materialToken(item, key);
  // Only text goes to another process as it is.
  if (typeof token !== "string") return { lacking: "not text" };
  const b64 = given.b64u === undefined ? undefined : Buffer.from(given.b64u, "base64url").toString("base64");
  const jwk = given.jwk ?? jwkOf(given.pem);
  const sent = { kind: given.kind, text: given.text, pem: given.pem, jwk, b64 };
  return { sent: { token, key: sent, algorithms: item.algorithms, options: item.options ?? {} } };
}

function jwkOf(pem) {
  try {
    return pem === undefined ? undefined : createPublicKey(pem).export({ format: "jwk" });
  } catch {
    return undefined;
  }
}

const prepared = all.map((entry) => ({ ...entry, ...prepare(entry) }));
const runnable = prepared.filter(({ sent }) => sent !== undefined);
let failures = 0;

for (const [name, open] of [
  ["Chromium", openPage],
  ["workerd", openWorker],
]) {
  const isolate = await open();
  const totals = { core: { agree: 0, run: 0 }, policy: { agree: 0, run: 0 } };
  try {
    for (let at = 0; at < runnable.length; at += 100) {
      const batch = runnable.slice(at, at + 100);
      const outcomes = await isolate.run(batch.map(({ sent }) => sent));
      for (const [index, { group, item }] of batch.entries()) {
        const outcome = outcomes[index];
        const total = group.startsWith("policy") ? totals.policy : totals.core;
        const keyFault = "crashed" in outcome && (item.fault === "key" || item.algorithms === undefined);
        const verdict =
          keyFault && item.expected !== "accept" ? "agree" : "crashed" in outcome ? "crash" : judge(item, outcome).v;
        total.run++;
        if (verdict === "agree") total.agree++;
        else {
          if (total === totals.core) failures++;
          console.log(
            `    ${verdict} ${item.id}: expected ${item.expected}, got ${JSON.stringify(outcome).slice(0, 160)}`,
          );
        }
      }
    }
  } finally {
    await isolate.close();
  }
  const lacking = prepared.length - runnable.length;
  for (const [kind, { agree, run }] of Object.entries(totals)) {
    console.log(`${name}: TOTAL ${kind}: ${agree} agree / ${run} total`);
  }
  console.log(`${name}: ${lacking} cases not asked (what this runtime or rejwt/web does not have, or what is no text)`);
}
process.exit(failures === 0 ? 0 : 1);
