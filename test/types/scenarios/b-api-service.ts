// (b) one of three Fastify API services: remote JWKS, revocation feed over Redis.
import Fastify from "fastify";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { type ClaimsOf, createRevocationList, createVerifier, type VerifiedClaims } from "rejwt";
import { guard } from "rejwt/fastify";
import { remoteKeys } from "rejwt/jwks";
import { redisFeed } from "rejwt/redis";

const keys = remoteKeys("https://auth.example/.well-known/jwks.json", { algs: ["ES256"] });
const revocations = createRevocationList({
  feed: redisFeed(new Redis()),
  bound: "5s",
  duringOutage: { acceptFor: "10m" },
});
export const feedOverNodeRedis = redisFeed(createClient()); // the other client fits too
const verifier = createVerifier({
  keys,
  issuer: "https://auth.example",
  audience: "orders",
  profile: "at+jwt",
  required: ["sub"],
  revocations,
});
const auth = guard(verifier, { scope: "orders:read" });

const app = Fastify();
app.get("/orders", { preHandler: auth }, async (request) => {
  const { claims } = auth.of(request);
  return { subject: claims.sub, tenant: claims["tenant"] };
});
// A socket is verified once and lives for hours: ask again whenever the list changes.
interface Socket {
  readonly claims: VerifiedClaims<ClaimsOf<typeof verifier>>;
  close(): void;
}
const sockets = new Set<Socket>();
revocations.onChange(() => {
  for (const socket of sockets) if (revocations.isRevoked(socket.claims)) socket.close();
});
app.addHook("onClose", async () => {
  keys.close();
  await revocations.close();
});
if (!(await revocations.ready({ timeoutMs: 2_000 })))
  app.log.warn("feed is down: serving tokens younger than the bound");
await app.listen({ port: 4001 });
