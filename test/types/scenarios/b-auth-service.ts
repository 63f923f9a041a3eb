// (b) auth service: ES256 ring, rotated monthly, JWKS, Redis sessions.
import { readdirSync, readFileSync, watch } from "node:fs";
import Fastify from "fastify";
import { Redis } from "ioredis";
import { createSessions, createSigner, importPem, type Key, keyRing, type RingEntry } from "rejwt";
import { redisStore } from "rejwt/redis";

// keys/2026-05-01.pem … : the same files on every instance, so that every instance agrees which key signs.
const load = (): RingEntry<Key>[] =>
  readdirSync("keys")
    .sort()
    .map((file) => ({
      key: importPem(readFileSync(`keys/${file}`, "utf8"), { alg: "ES256" }),
      signsFrom: new Date(file.slice(0, 10)),
    }));
const ring = keyRing(load(), { tokenLife: "10m", jwksMaxAge: "5m" });
watch("keys", () => ring.replace(load()));

const signer = createSigner({
  key: ring,
  issuer: "https://auth.example",
  audience: ["orders", "billing", "search"],
  expiresIn: "10m",
  profile: "at+jwt",
});
const sessions = createSessions({
  signer,
  store: redisStore(new Redis()),
  refreshSecrets: [process.env.REFRESH_SECRET],
  idle: "14d",
  absolute: "90d",
  claims: async (session) => ({ client_id: "web", tenant: session.metadata["tenant"] }),
});

const app = Fastify();
app.get("/.well-known/jwks.json", async (request, reply) => {
  const { status, headers, body } = ring.jwksResponse(request.headers["if-none-match"]);
  return reply.code(status).headers(headers).send(body);
});
app.post<{ Body: { refresh_token: string } }>("/token", async (request) =>
  sessions.refresh(request.body.refresh_token),
);
await app.listen({ port: 4000 });
