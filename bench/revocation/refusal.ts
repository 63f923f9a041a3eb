/** From the moment at which `endAll` resolved to the moment at which a verifier process refuses: milliseconds. */

import { openIssuer, type SharedPlace } from "../../test/revocation/processes/issuing.ts";
import { startVerifiers } from "../../test/revocation/processes/verifiers.ts";
import { startPostgres } from "../../test/services/postgres.ts";
import { startRedis } from "../../test/services/redis.ts";
import { quantile } from "../rounds.mjs";

const VERIFIERS = 8;
const BOUND_SECONDS = 5;

export async function refusal(logouts: number): Promise<void> {
  console.log(`from endAll to refusal, ${VERIFIERS} verifier processes, ${logouts} logouts`);
  console.log("| feed | p50 ms | p99 ms | max ms |\n|---|---|---|---|");
  const redis = await startRedis();
  await row("Redis, 64 shards", { kind: "Redis", port: redis.port }, logouts);
  await redis.stop();
  const postgres = await startPostgres();
  await row("PostgreSQL", { kind: "PostgreSQL", url: postgres.url }, logouts);
  await postgres.stop();
}

async function row(name: string, place: SharedPlace, logouts: number): Promise<void> {
  const issuer = await openIssuer(place);
  const verifiers = await startVerifiers(place, VERIFIERS, BOUND_SECONDS);
  const times: number[] = [];
  for (let count = 0; count < logouts; count++) {
    const subject = `user ${count}`;
    const { accessToken } = await issuer.sessions.start({ subject });
    const refused = await verifiers.watch([accessToken]);
    await issuer.sessions.endAll(subject);
    const endedAtMs = performance.timeOrigin + performance.now();
    for (const { atMs } of await refused()) times.push(atMs - endedAtMs);
  }
  await verifiers.close();
  await issuer.close();
  const [p50, p99, max] = [0.5, 0.99, 1].map((part) => quantile(times, part).toFixed(0));
  console.log(`| ${name} | ${p50} | ${p99} | ${max} |`);
}
