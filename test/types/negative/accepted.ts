// Must all compile: awkward but legitimate uses.

import { Cluster, Redis } from "ioredis";
import pg from "pg";
import { createClient, createCluster, createSentinel } from "redis";
import {
  type AsyncVerifier,
  type ClaimsOf,
  createSigner,
  createVerifier,
  generateKey,
  type Key,
  keyRing,
  type Signer,
  type SignerOptions,
  type Verifier,
  type VerifierOptions,
  verifierByIssuer,
} from "rejwt";
import { remoteKeys } from "rejwt/jwks";
import { postgresFeed, postgresStore } from "rejwt/postgres";
import { redisFeed, redisStore } from "rejwt/redis";
import { z } from "zod";

declare const key: Key;
declare const signer: Signer;
const base = { issuer: "a", audience: ["a", "b"] };
// an interface (no index signature) can be signed; so can unknown-valued records and branded types
interface Payload {
  role: string;
  nested: { tags: string[]; n?: number };
}
declare const payload: Payload;
declare const bag: Record<string, unknown>;
declare const branded: string & { readonly __brand: "UserId" };
signer.sign(payload);
signer.sign(bag);
signer.sign({ sub: branded });
signer.sign({});
signer.sign({ tenant: undefined, ok: true });
// options built elsewhere, spread in
export function make(
  extra: Partial<Pick<VerifierOptions<Key, "sub", undefined, undefined>, "clockSkew" | "clock">>,
): Verifier {
  return createVerifier({ keys: key, ...base, ...extra });
}
// narrower verifiers fit where wider ones are asked for
const v = createVerifier({ keys: key, ...base, required: ["sub"], schema: z.object({ role: z.string() }) });
const wide: AsyncVerifier<{ readonly role: string }> = v;
const plain: AsyncVerifier<unknown> = v;
// generic code over any verifier
export async function run<C>(verifier: AsyncVerifier<C>, t: string): Promise<C> {
  return (await verifier.verifyAsync(t)).claims;
}
const role: Promise<string> = run(v, "t").then((c) => c.role);
// arrays, unions, rings as keys
createVerifier({ keys: [key, key], ...base }).verify("t");
createVerifier({ keys: keyRing([key, { key, signsFrom: new Date() }], { tokenLife: "15m" }), ...base }).verify("t");
createVerifier({ keys: [key, remoteKeys("u", { algs: ["RS256"] })], ...base }).verifyAsync("t");
createSigner({
  key: keyRing([await generateKey("ES256")], { tokenLife: 900 }),
  issuer: false,
  audience: false,
  expiresIn: false,
}).sign({});
// real clients
redisStore(new Redis());
redisStore(new Cluster([]));
redisFeed(createClient());
redisStore(createCluster({ rootNodes: [] }));
redisStore(createSentinel({ name: "m", sentinelRootNodes: [] }));
postgresStore(new pg.Pool());
postgresFeed(new pg.Pool());
// schema that renames a registered claim's type
const dated = createVerifier({
  keys: key,
  ...base,
  schema: z.object({ exp: z.number().transform((n) => new Date(n * 1000)) }),
});
const d: Date = dated.verify("t").claims.exp;
declare const union: ClaimsOf<ReturnType<typeof combined>>;
function combined() {
  return verifierByIssuer([v, dated]);
}
if ("role" in union) union.role.toUpperCase();
else union.exp.getTime();
