/** A verifier with a list beside the same verifier that asks Redis (GET) about each token, and one that does neither. */
import { createVerifier } from "../../src/jwt/verifier.ts";
import { createRevocationList } from "../../src/revocation/create-revocation-list.ts";
import { openFeed, openIssuer, redisClient, verifierOptions } from "../../test/revocation/processes/issuing.ts";
import { startRedis } from "../../test/services/redis.ts";
import { inFlight } from "../rotate/in-flight.ts";
import { race } from "../rounds.mjs";

const TOKENS = 1000;
const REVOKED = 1000;
const CONCURRENCY = 64;

export async function asking(rounds: number): Promise<void> {
  const server = await startRedis();
  const place = { kind: "Redis", port: server.port } as const;
  const issuer = await openIssuer(place);
  const client = redisClient(server.port);
  const tokens: string[] = [];
  for (let count = 0; count < TOKENS; count++) {
    tokens.push((await issuer.sessions.start({ subject: `user ${count}` })).accessToken);
  }
  for (let count = 0; count < REVOKED; count++) await issuer.sessions.endAll(`stranger ${count}`);
  // Long enough for the whole run: what is measured is the check.
  const list = createRevocationList({ feed: await openFeed(place), bound: "1m", duringOutage: "reject" });
  if (!(await list.ready({ timeoutMs: 20_000 }))) throw new Error("the list was not read");

  const plain = createVerifier(verifierOptions);
  const listed = createVerifier({ ...verifierOptions, revocations: list });
  const token = (): string => tokens[Math.floor(Math.random() * TOKENS)] ?? "";
  const contenders = [
    { name: "no check", check: async () => void plain.verify(token()) },
    { name: "list", check: async () => void listed.verify(token()) },
    {
      name: "GET on each request",
      check: async () => {
        const { jti, sid } = plain.verify(token()) as { readonly jti?: string; readonly sid?: string };
        if ((await client.get(`revoked:${sid ?? jti}`)) !== null) throw new Error("revoked");
      },
    },
  ];
  const result = await race(
    contenders.map(({ name, check }) => ({
      name,
      run: (count: number) => inFlight(check, CONCURRENCY, count),
    })),
    { clock: "wall", rounds, turnMs: 200, warmUpMs: 1000, most: 1_000_000 },
  );
  console.log(`verifications of HS256 session tokens, ${CONCURRENCY} in flight, ${list.status().entries} entries`);
  console.log("| revocation | a second | beside GET |\n|---|---|---|");
  for (const name of result.names) {
    const ratio = result.ratio(name, "GET on each request").toFixed(2);
    console.log(`| ${name} | ${Math.round(result.perSecond(name))} | ${ratio} |`);
  }
  await list.close();
  client.disconnect();
  await issuer.close();
  await server.stop();
  // The feed's own client stays open.
  process.exit();
}
