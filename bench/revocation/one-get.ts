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
const [PARSED, CHECKED, ASKED] = ["parsed", "parsed and checked", "parsed and asked about"];

/** So that nothing is thrown away before it is made. */
let last: ReturnType<typeof claims> | undefined;

export async function oneGet(rounds: number): Promise<void> {
  const server = await startRedis();
  const client = redisClient(server.port);
  const feed = memoryStore();
  for (let number = 0; number < ENTRIES; number++) {
    await feed.addRevocation({ kind: "session", sessionId: sessionId(number) });
  }
  const list = createRevocationList({ feed, bound: "1h", duringOutage: "reject" });
  if (!(await list.ready())) throw new Error("the list was not read");
  const checker = checkerOf("bench", list, ["https://auth.test"], 0);

  let asked = ENTRIES;
  const time = Date.now() / 1000;
  // Whole claims, parsed within the measured time: what was made before it has left the processor's caches, and to fetch
  // it from memory takes longer than the check.
  const payload = () => ({ ...claims(asked++), iat: time, exp: time + 900, rv: { t: time, s: 1, e: 1, shard: 0 } });
  const prepare = (count: number) => Array.from({ length: count }, () => JSON.stringify(payload()));
  const result = await race(
    [
      {
        name: PARSED,
        prepare,
        run: (_count: number, all: readonly string[]) => {
          for (const one of all) last = JSON.parse(one);
        },
      },
      {
        name: CHECKED,
        prepare,
        run: (_count: number, all: readonly string[]) => {
          for (const one of all) {
            last = JSON.parse(one);
            checker?.check(last ?? {}, undefined, time, false);
          }
        },
      },
      {
        name: ASKED,
        prepare,
        run: async (_count: number, all: readonly string[]) => {
          for (const one of all) {
            last = JSON.parse(one);
            if ((await client.get(`revoked:${last?.sid}`)) !== null) throw new Error("revoked");
          }
        },
      },
    ],
    { clock: "wall", rounds, turnMs: 20, warmUpMs: 1000, most: 500 },
  );
  const beyondParsing = (name: string) => result.nanoseconds(name) - result.nanoseconds(PARSED);
  const [check, get] = [beyondParsing(CHECKED), beyondParsing(ASKED)];
  const ratio = get / check;
  console.log(`one check against ${list.status().entries} entries, and one GET of a Redis on the same machine`);
  console.log("| | ns | beside GET |\n|---|---|---|");
  console.log(`| list | ${check.toFixed(0)} | ${ratio.toFixed(0)} × (target ${TARGET}) |`);
  console.log(`| one GET | ${get.toFixed(0)} | 1 |`);
  if (ratio < TARGET) console.log(`short: list beside one GET: ${ratio.toFixed(0)}, target ${TARGET}`);
  await list.close();
  client.disconnect();
  await server.stop();
}
