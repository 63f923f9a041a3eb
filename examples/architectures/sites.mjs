/** The four architectures, each as processes on loopback behind a load balancer of its own. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { start } from "../demo/process.mjs";
import { startRedis } from "./redis.mjs";

/** Real tokens live 15 minutes; nobody would wait for that. */
const TIMES = { accessLife: 20, grace: 1, bound: 1, acceptFor: 5 };
const PLAIN_LIFE = 6;

const file = (name) => new URL(name, import.meta.url).href;

/** @returns names and texts, and `start`, which answers `url`, `stop` and what `tell` needs to know */
export function sites({ hasRedis, folder }) {
  return [
    {
      letter: "a",
      name: "sessions in server memory",
      start: () => twoServers("memory-server.mjs", {}),
    },
    hasRedis && {
      letter: "b",
      name: "sessions in a shared Redis",
      start: async () => {
        const redis = await startRedis();
        return { ...(await twoServers("redis-server.mjs", { redisUrl: redis.url }, redis)), outageSeconds: 2 };
      },
    },
    {
      letter: "c",
      name: "plain JWT",
      accessLife: PLAIN_LIFE,
      // Redis may stop: there is none to ask.
      start: async () => {
        const redis = hasRedis ? await startRedis() : undefined;
        const options = { secret: randomBytes(32).toString("hex"), accessLife: PLAIN_LIFE };
        return { ...(await twoServers("jwt-server.mjs", options, redis)), outageSeconds: 2 };
      },
    },
    { letter: "d", name: hasRedis ? "rejwt" : "rejwt on SQLite", ...TIMES, start: () => rejwt({ hasRedis, folder }) },
  ].filter(Boolean);
}

async function twoServers(server, options, redis) {
  const servers = await Promise.all([start("A", file(server), options), start("B", file(server), options)]);
  const routes = [{ prefix: "/", servers: servers.map(({ url }) => url) }];
  const balancer = await start("balancer", file("balancer.mjs"), { routes });
  return site([balancer, ...servers], balancer, redis, { graceSeconds: 0, watchSeconds: PLAIN_LIFE + 2 });
}

async function rejwt({ hasRedis, folder }) {
  const redis = hasRedis ? await startRedis() : undefined;
  const { accessLife, grace, bound, acceptFor } = TIMES;
  const where = hasRedis ? { redisUrl: redis.url } : { databasePath: join(folder, "sessions.db") };
  const auth = await start("auth", file("rejwt-auth-server.mjs"), { ...where, accessLife, grace });
  const options = { ...where, jwksUrl: `${auth.url}/jwks`, bound, acceptFor };
  const apis = await Promise.all([
    start("A", file("rejwt-api-server.mjs"), options),
    start("B", file("rejwt-api-server.mjs"), options),
  ]);
  const routes = [
    { prefix: "/orders", servers: apis.map(({ url }) => url) },
    { prefix: "/", servers: [auth.url] },
  ];
  const balancer = await start("balancer", file("balancer.mjs"), { routes });
  const facts = { graceSeconds: grace, watchSeconds: accessLife, outageSeconds: acceptFor + 3 };
  return site([balancer, ...apis, auth], balancer, redis, facts);
}

function site(processes, { url }, redis, facts) {
  return {
    url,
    redis,
    ...facts,
    async stop() {
      await Promise.all(processes.map((process) => process.stop()));
      await redis?.stop();
    },
  };
}
