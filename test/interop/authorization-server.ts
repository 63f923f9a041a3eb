/** An authorization server and a resource on real HTTP, as clients that were written elsewhere meet them. */
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { guard } from "../../src/http/hono.ts";
import { createOauthHandlers, dpopNonces, jwksHandler } from "../../src/http/index.ts";
import {
  createSessions,
  createSigner,
  createVerifier,
  generateKey,
  keyRing,
  memoryStore,
  type Sessions,
} from "../../src/index.ts";

export const CLIENT_ID = "an app: with / characters";
export const CLIENT_SECRET = "its secret: + % / characters";

export interface AuthorizationServer {
  readonly origin: string;
  readonly sessions: Sessions;
  close(): Promise<void>;
}

/** `POST /token`, `/revoke`, `/introspect`; `GET /jwks`; `GET /me` behind a guard that takes bearer tokens and proofs. */
export async function startAuthorizationServer(): Promise<AuthorizationServer> {
  const app = new Hono();
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const store = memoryStore();
  const ring = keyRing([await generateKey("ES256")], { tokenLife: "15m" });
  const common = { issuer: origin, audience: "https://api.example" } as const;
  const signer = createSigner({ ...common, key: ring, expiresIn: "15m" });
  const verifier = createVerifier({ ...common, keys: ring, required: ["sub"] });
  const sessions = createSessions({
    signer,
    store,
    refreshSecrets: [new Uint8Array(32).fill(7)],
    idle: "14d",
    absolute: "90d",
  });
  const dpop = { origin, usedProofs: store, nonces: dpopNonces({ secret: new Uint8Array(32).fill(3) }) };
  const handlers = createOauthHandlers({
    sessions,
    verifier,
    dpop,
    authenticateClient: (client) =>
      client.clientId === CLIENT_ID && "clientSecret" in client && client.clientSecret === CLIENT_SECRET,
  });
  const auth = guard(verifier, { dpop });

  const publish = jwksHandler(ring);
  app.get("/jwks", (c) => publish(c.req.raw));
  app.all("/token", (c) => handlers.token(c.req.raw));
  app.all("/revoke", (c) => handlers.revoke(c.req.raw));
  app.all("/introspect", (c) => handlers.introspect(c.req.raw));
  app.get("/me", auth, (c) => c.json({ sub: auth.of(c).claims.sub }));
  return {
    origin,
    sessions,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** RFC 8414 §2, as far as these clients ask. */
export function metadataOf(origin: string) {
  return {
    issuer: origin,
    token_endpoint: `${origin}/token`,
    revocation_endpoint: `${origin}/revoke`,
    introspection_endpoint: `${origin}/introspect`,
    jwks_uri: `${origin}/jwks`,
    dpop_signing_alg_values_supported: ["ES256", "Ed25519", "PS256", "RS256"],
  };
}
