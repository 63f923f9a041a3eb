/** What a verifier does about revocation for one token: a look into the list, beside one GET that it waits for. */
import { checkerOf } from "../../src/jwt/revocation-check.ts";
import { createRevocationList } from "../../src/revocation/create-revocation-list.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { redisClient } from "../../test/revocation/processes/issuing.ts";
import { startRedis } from "../../test/services/redis.ts";
import { race } from "../rounds.mjs";
import { claims, sessionId } from "./entries.ts";

/** Ten logouts a second while access tokens live for a quarter of an hour. */
const ENTRIES = 9000;
const TARGET = 200;

export async function oneGet(rounds: number): Promise<void> {
  const server = await startRedis();
  const client = redisClient(server.port);
  const feed = memoryStore();
  for (let number = 0; number < ENTRIES; number++) {
    await feed.addRevocation({ kind: "session", sessionId: sessionId(number) });
  }
  const list = createRevocationList({ feed, bound: "1h", duringOutage: "reject" });
  if (!(await list.ready())) throw new Error("the list was not read");
  const checker = checkerOf("bench", list, ["https://auth.test"]);

  let asked = ENTRIES;
  const time = Date.now() / 1000;
  // Whole claims, new to the engine each time; few enough to be in the processor's caches, as what was just parsed is.
  const payload = () => ({ ...claims(asked++), iat: time, exp: time + 900, rv: { t: time, s: 1, e: 1, shard: 0 } });
  const prepare = (count: number) => Array.from({ length: count }, payload);
  const result = await race(
    [
      {
        name: "list",
        prepare,
        run: (_count: number, all: readonly ReturnType<typeof payload>[]) => {
          for (const one of all) checker?.check(one, undefined, time, false);
        },
      },
      {
        name: "one GET",
        prepare,
        run: async (_count: number, all: readonly ReturnType<typeof payload>[]) => {
          for (const { sid } of all) if ((await client.get(`revoked:${sid}`)) !== null) throw new Error("revoked");
        },
      },
    ],
    { clock: "wall", rounds, turnMs: 20, warmUpMs: 1000, most: 500 },
  );
  const ratio = result.ratio("list", "one GET");
  console.log(`one check against ${list.status().entries} entries, and one GET of a Redis on the same machine`);
  console.log("| | ns | beside GET |\n|---|---|---|");
  console.log(`| list | ${result.nanoseconds("list").toFixed(0)} | ${ratio.toFixed(0)} × (target ${TARGET}) |`);
  console.log(`| one GET | ${result.nanoseconds("one GET").toFixed(0)} | 1 |`);
  if (ratio < TARGET) console.log(`short: list beside one GET: ${ratio.toFixed(0)}, target ${TARGET}`);
  await list.close();
  client.disconnect();
  await server.stop();
}
