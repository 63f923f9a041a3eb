/** What happens to each architecture: the same steps, and what they measured. */
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "./client.mjs";

const USER = "ada";
const TURNS = 20;
const TIMED_REQUESTS = 500;
const POLL_MS = 25;

/**
 * @param site `url` of its load balancer; `graceSeconds`, in which a retry is answered; `watchSeconds`, for how long a
 *   revoked token is watched at most; `redis`, if its servers need one; `outageSeconds`, for how long that is stopped
 */
export async function tell(site) {
  const ada = new Client(site.url);
  const login = await ada.login(USER);
  const turns = await times(TURNS, () => ada.orders());
  const timed = await times(TIMED_REQUESTS, () => ada.orders());
  const theft = await steal(site, ada);
  const banned = await ban(site);
  const outage = site.redis === undefined ? undefined : await stopStore(site);
  return { login: login.status, turns: counted(turns), ...spread(timed), theft, banned, outage };
}

/** Somebody copies what Ada holds, and uses it after she did. */
async function steal({ graceSeconds, watchSeconds }, ada) {
  await ada.login(USER);
  const thief = ada.copy();
  const renewed = await ada.refresh();
  if (renewed.status !== 200) {
    // Nothing is ever replaced, so that nothing can tell the two apart: one of two servers knows the cookie at least.
    const answers = await times(2, () => thief.orders());
    return { isNoticed: false, thief: answers.some(({ status }) => status === 200) ? 200 : answers[0].status };
  }
  await sleep(graceSeconds * 1000 + 200);
  const used = await thief.refresh();
  const start = performance.now();
  const after = await watch(ada, start, watchSeconds);
  const own = await ada.refresh();
  return {
    isNoticed: used.code === "REFRESH_REUSED",
    thief: used.status,
    own: own.status,
    refusedAfter: after.lastAccepted,
  };
}

/** Ada is logged out everywhere, and goes on sending what she has. */
async function ban({ url, watchSeconds }) {
  const ada = new Client(url);
  await ada.login(USER);
  const before = counted(await times(2, () => ada.orders()));
  const { status } = await new Client(url).ban(USER);
  const { lastAccepted, samples } = await watch(ada, performance.now(), watchSeconds);
  return { before, status, refusedAfter: lastAccepted, samples };
}

/** The shared store stops, and comes back. */
async function stopStore({ url, redis, outageSeconds }) {
  const ada = new Client(url);
  await ada.login(USER);
  await redis.kill();
  const start = performance.now();
  const orders = await ada.orders();
  const { lastAccepted, samples } = await watch(ada, start, outageSeconds);
  // Last, since a refresh that fails must not have harmed anything by then.
  const refresh = await ada.refresh();
  const late = await ada.orders();
  await redis.restart();
  const back = await recovered(ada);
  return { orders: orders.status, keptFor: lastAccepted, refresh, late, back, samples };
}

/** Asks until nothing has been accepted for half a second, or the time is up. Seconds since `start` of the last yes. */
async function watch(client, start, seconds) {
  const samples = [];
  let lastAccepted = 0;
  let at = 0;
  while (at < seconds && at - lastAccepted < 0.5) {
    const { status } = await client.orders();
    at = (performance.now() - start) / 1000;
    samples.push({ at, status });
    if (status === 200) lastAccepted = at;
    await sleep(POLL_MS);
  }
  return { lastAccepted, samples };
}

async function recovered(client) {
  const start = performance.now();
  for (let tries = 0; tries < 200; tries++) {
    const { status } = await client.orders();
    if (status === 200) return (performance.now() - start) / 1000;
    // As clients do: a token that has expired is renewed where it can be.
    if (status === 401) await client.refresh();
    await sleep(50);
  }
  return undefined;
}

async function times(count, ask) {
  const answers = [];
  for (let at = 0; at < count; at++) answers.push(await ask());
  return answers;
}

/** `{ 200: 10, 403: 10 }` */
function counted(answers) {
  const counts = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function spread(answers) {
  const ms = answers.map((answer) => answer.ms).toSorted((a, b) => a - b);
  const calls = answers.reduce((sum, answer) => sum + answer.calls, 0) / answers.length;
  return { p50: ms[Math.floor(ms.length * 0.5)], p99: ms[Math.floor(ms.length * 0.99)], calls };
}
