/**
 * The main job, running: an auth server and two API servers as processes of their own, a browser, and a thief.
 * `--keep` leaves the servers running and prints the curl lines to talk to them.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Browser } from "./browser.mjs";
import { print } from "./print.mjs";
import { start } from "./process.mjs";

const keep = process.argv.includes("--keep");
// Real tokens live 15 minutes and retries get 30 seconds; the demo has no such patience.
const accessLife = keep ? "15m" : "3s";
const grace = keep ? "30s" : "2s";
const seconds = (duration) => Number.parseInt(duration, 10) * 1000 + 200;

const folder = await mkdtemp(join(tmpdir(), "rejwt-demo-"));
const checks = [];
const check = (what, holds, got) => checks.push({ what, holds, got: JSON.stringify(got) });
const expectStatus = (what, status, ...answers) =>
  check(
    what,
    answers.every((answer) => answer.status === status),
    answers.map((answer) => answer.status),
  );

const auth = await start("auth", "auth-server.mjs", { databasePath: join(folder, "auth.db"), accessLife, grace });
const jwksUrl = `${auth.url}/.well-known/jwks.json`;
const apiA = await start("api A", "api-server.mjs", { jwksUrl });
const apiB = await start("api B", "api-server.mjs", { jwksUrl });
const servers = [auth, apiA, apiB];

console.log("rejwt: one auth server with a SQLite file, two API servers that know only its public keys");

async function step(title, run) {
  step.count = (step.count ?? 0) + 1;
  print.step(step.count, title);
  await run();
  // What the servers saw arrives by another way than their answers.
  await sleep(50);
  print.saw(servers);
}

try {
  if (keep) printCurlLines();
  else process.exitCode = await walkThrough();
} finally {
  if (!keep) {
    await Promise.all(servers.map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  }
}

async function walkThrough() {
  const ada = new Browser("Ada");

  await step("Log in", async () => {
    expectStatus("a wrong password is refused", 401, await ada.login(auth, "ada@shop.example", "wrong"));
    const answer = await ada.login(auth, "ada@shop.example", "correct horse");
    expectStatus("the right one starts a session", 200, answer);
    check(
      "the refresh token is in an HttpOnly cookie, not in the body",
      /HttpOnly/i.test(answer.setCookie) && !JSON.stringify(answer.body).includes("rjt1"),
      answer.setCookie,
    );
  });

  await step("Call both API servers: neither has a session, a database, or a secret", async () => {
    expectStatus("both accept the access token", 200, await ada.call(apiA), await ada.call(apiB));
    expectStatus("no token is refused", 401, await new Browser("somebody").call(apiA));
  });

  await step("Change one claim and keep the signature", async () => {
    const [header, payload, signature] = ada.accessToken.split(".");
    const claims = { ...JSON.parse(Buffer.from(payload, "base64url").toString()), sub: "user_1" };
    const forged = [header, Buffer.from(JSON.stringify(claims)).toString("base64url"), signature].join(".");
    expectStatus("a forged token is refused", 401, await ada.call(apiA, forged));
  });

  await step("Wait until the access token has expired", async () => {
    await sleep(seconds(accessLife));
    expectStatus("both refuse it then", 401, await ada.call(apiA), await ada.call(apiB));
  });

  await step("Refresh", async () => {
    const before = ada.refreshCookie;
    expectStatus("a refresh gives a new access token", 200, await ada.refresh(auth));
    check("and a new refresh token", ada.refreshCookie !== before, "the same cookie");
    expectStatus("which both API servers accept", 200, await ada.call(apiA), await ada.call(apiB));
  });

  await step("The reply to a refresh is lost, and the browser tries again", async () => {
    const lost = await ada.refresh(auth, { loseReply: true });
    const retried = await ada.refresh(auth);
    expectStatus("the retry is no theft", 200, retried);
    const cookie = ({ setCookie }) => setCookie?.split(";")[0];
    check("it gets the very same successor", cookie(lost) === cookie(retried), [cookie(lost), cookie(retried)]);
  });

  const thief = new Browser("Thief");
  await step("A thief copies the refresh token, and uses it after Ada did", async () => {
    thief.refreshCookie = ada.refreshCookie;
    expectStatus("Ada refreshes as always", 200, await ada.refresh(auth));
    print.note(`the thief waits out the ${grace} in which a retry is answered`);
    await sleep(seconds(grace));
    expectStatus("the thief's copy is refused", 401, await thief.refresh(auth));
    expectStatus("and Ada's own is dead too: both copies die", 401, await ada.refresh(auth));
    check("the cookies are cleared", ada.refreshCookie === undefined && thief.refreshCookie === undefined, "kept");
  });

  await step("Log in again, then log out", async () => {
    expectStatus("a new session starts", 200, await ada.login(auth, "ada@shop.example", "correct horse"));
    const kept = ada.refreshCookie;
    expectStatus("logout needs the cookie alone", 204, await ada.logout(auth));
    ada.refreshCookie = kept;
    expectStatus("a refresh token kept from before is refused", 401, await ada.refresh(auth));
  });

  await step("Stop the auth server", async () => {
    await ada.login(auth, "ada@shop.example", "correct horse");
    await auth.stop();
    expectStatus("the API servers need nobody to verify a token", 200, await ada.call(apiA), await ada.call(apiB));
  });

  return print.table(checks) === 0 ? 0 : 1;
}

function printCurlLines() {
  const origin = '-H "Origin: https://shop.example"';
  console.log(`
The servers stay up until you press Ctrl-C. In another terminal:

  curl -i -c jar ${origin} -H "Content-Type: application/json" -d '{"email":"ada@shop.example","password":"correct horse"}' ${auth.url}/login
  TOKEN=…                # the access_token of the answer
  curl -i -H "Authorization: Bearer $TOKEN" ${apiA.url}/orders
  curl -i -H "Authorization: Bearer $TOKEN" ${apiB.url}/orders
  curl -i -b jar -c jar ${origin} -X POST ${auth.url}/refresh
  curl -i -b jar -c jar ${origin} -X POST ${auth.url}/logout
  curl ${jwksUrl}
`);
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
    process.exit();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}
