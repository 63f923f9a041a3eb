/** The load of the soak, in a process of its own: it must end by itself when everything is closed. */
import {
  createRevocationList,
  createSessions,
  createSigner,
  createVerifier,
  generateKey,
  isTokenError,
  memoryStore,
  secretKey,
} from "../../dist/index.js";

const minutes = Number(process.argv[2]);
const common = { issuer: "https://auth.example", audience: "https://api.example" };
const secret = secretKey("s".repeat(32), { alg: "HS256" });
const pair = await generateKey("ES256", { kid: "pair" });
/**
 * Twelve hours pass with each round of users: what is kept for days is forgotten, and must be, many times within the run. How
 * many records live at once is then the same on a quick machine and on a busy one.
 */
const ROUND_MS = 12 * 3_600_000;
let now = Date.now();
const clock = () => new Date(now);
const listeners = () => process.eventNames().flatMap((name) => process.listeners(name)).length;
const listenersBefore = listeners();
const store = memoryStore({ clock, maxTokenLife: "1d" });
const signer = createSigner({ key: secret, ...common, expiresIn: "1d", clock });
const sessions = createSessions({
  signer,
  store,
  refreshSecrets: ["r".repeat(32)],
  idle: "14d",
  absolute: "30d",
  clock,
});

const policy = { ...common, clock };
const verifier = createVerifier({ keys: [secret, pair], ...policy });
/** Two rounds; there are logouts in each, and a verifier's list hears of them at once. */
const list = createRevocationList({ feed: store, bound: "1d", duringOutage: { acceptFor: "2d" }, clock });
/** Far more tokens pass by than it may remember. */
const remembering = createVerifier({ keys: [secret, pair], ...policy, revocations: list, cache: { maxTokens: 200 } });
await list.ready();
const pairSigner = createSigner({ key: pair, ...common, expiresIn: "1d", clock });
const counts = {
  verified: 0,
  refused: 0,
  started: 0,
  refreshed: 0,
  reused: 0,
  ended: 0,
  revoked: 0,
  entries: 0,
  days: 0,
};
const codes = new Set();
function refused(run) {
  try {
    run();
    counts.verified++;
  } catch (error) {
    if (!isTokenError(error)) throw error;
    codes.add(error.code);
    if (error.code === "REVOKED") counts.revoked++;
    counts.refused++;
  }
}
/** Access tokens of sessions that were ended, to be shown to the list once more. */
const ended = [];

async function user(number) {
  const subject = `user_${number % 500}`;
  const started = await sessions.start({ subject });
  counts.started++;
  let current = started;
  for (let step = 0; step < 4; step++) {
    for (let call = 0; call < 5; call++) {
      refused(() => verifier.verify(current.accessToken));
      refused(() => remembering.verify(current.accessToken));
      // A token that nobody has seen before, good and bad.
      const strange = signer.sign({ sub: subject, jti: `${number}.${step}.${call}` });
      refused(() => verifier.verify(strange));
      refused(() => remembering.verify(strange));
      refused(() =>
        verifier.verify(
          `${current.accessToken.slice(0, -6)}${String(number * 97 + call)
            .padStart(6, "A")
            .slice(-6)}`,
        ),
      );
    }
    refused(() => verifier.verify(pairSigner.sign({ sub: subject })));
    current = await sessions.refresh(current.refreshToken);
    counts.refreshed++;
  }
  if (number % 7 === 0) {
    await sessions.refresh(started.refreshToken).catch((error) => codes.add(error.code));
    counts.reused++;
  } else if (number % 3 === 0) {
    await sessions.end(current.sessionId);
    ended.push(current.accessToken);
    counts.ended++;
  } else if (number % 101 === 0) await sessions.endAll(subject);
}

const end = performance.now() + minutes * 60_000;
const samples = [];
const sample = () => {
  globalThis.gc();
  globalThis.gc();
  samples.push({ heap: process.memoryUsage().heapUsed, day: counts.days });
};
let number = 0;
let nextSample = performance.now() + (minutes * 60_000) / 30;
while (performance.now() < end) {
  await Promise.all(Array.from({ length: 16 }, () => user(number++)));
  await new Promise((resolve) => setImmediate(resolve));
  for (const token of ended.splice(0)) refused(() => remembering.verify(token));
  counts.entries = Math.max(counts.entries, list.status().entries);
  counts.days += ROUND_MS / 86_400_000;
  now += ROUND_MS;
  if (performance.now() > nextSample) {
    sample();
    nextSample += (minutes * 60_000) / 30;
  }
}
sample();
await list.close();
await store.close();
await new Promise((resolve) => setTimeout(resolve, 50));
const handles = process
  .getActiveResourcesInfo()
  .filter((name) => !/TTYWrap|PipeWrap|FSReqCallback|Immediate/.test(name));
const left = listeners() - listenersBefore;
process.send({ counts, codes: [...codes], heaps: samples, handles, left });
process.disconnect();
